"""Images in front of the rules: store -> analysis."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.analysis.bases.names import split_name
from auditor.analysis.bases.outdated import (
    Ends,
    ends_by_line,
    find_end_of_life_base,
    find_outdated_base,
)
from auditor.analysis.bases.slimmer import find_slimmer_base
from auditor.analysis.bases.variants import VariantIndex
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.judging import find_in_image
from auditor.analysis.savings import settle
from auditor.catalogue.lifecycles import load_ends_of_life
from auditor.domain.bases import KnownBase
from auditor.domain.digest import DiffId
from auditor.domain.findings import Finding
from auditor.domain.platform import Platform
from auditor.store.analysis_reads import (
    ImageRead,
    load_images,
    load_moved_tags,
)
from auditor.store.engine import Connection
from auditor.store.image_reads import images_below
from auditor.usecases.base_relatives import all_public_bases, known_base, relatives_of
from auditor.usecases.image_bases import BaseLookup, FoundBases
from auditor.usecases.rule_choice import RuleChoice


@dataclass(frozen=True, slots=True)
class JudgedImage:
    """An image, what rules saw of it, and what they found; the biggest saving first.

    `alone` is what rules about single images found before bases were looked at and findings
    settled; `current` what tags of its base name now.
    """

    read: ImageRead
    facts: ImageFacts
    bases: FoundBases
    findings: tuple[Finding, ...]
    alone: tuple[Finding, ...]
    current: Mapping[str, KnownBase]


@dataclass(slots=True)
class ImageJudge:
    """Judges images of one moment of the database; `now` dates ends of life.

    Without a `connection` bases are those of the catalogue alone. `variants`: other bases to change to, from the catalogue and from what was crawled.
    """

    connection: Connection | None
    choice: RuleChoice
    now: datetime
    variants: VariantIndex
    bases: BaseLookup
    ends: Ends = field(default_factory=lambda: ends_by_line(load_ends_of_life()))
    current: dict[tuple[int, Platform | None], KnownBase | None] = field(default_factory=dict)

    @classmethod
    def at(
        cls, connection: Connection, choice: RuleChoice, now: datetime, platform: Platform
    ) -> ImageJudge:
        """A judge over what the database holds now."""
        known = all_public_bases(connection, platform, now)
        return cls(connection, choice, now, VariantIndex(known), BaseLookup(connection))

    @classmethod
    def of_one(
        cls,
        connection: Connection,
        choice: RuleChoice,
        now: datetime,
        platform: Platform,
        manifest_id: int,
    ) -> ImageJudge:
        """A judge for one image, who has looked up the relatives of its base alone."""
        images = load_images(connection, [manifest_id])
        return cls.of_read(connection, choice, now, platform, images)

    @classmethod
    def of_read(
        cls,
        connection: Connection | None,
        choice: RuleChoice,
        now: datetime,
        platform: Platform,
        images: Sequence[ImageRead],
    ) -> ImageJudge:
        """The same for images however they were read; the database need not hold them."""
        lookup = BaseLookup(connection)
        lookup.prepare(images)
        names = {
            split_name(name)[0].rpartition("/")[2]
            for image in images
            for view in lookup.trace(image)[0].views[:1]
            for name in view.names
        }
        known = relatives_of(connection, names, platform, now)
        return cls(connection, choice, now, VariantIndex(known), lookup)

    def told_of(self, image: JudgedImage, repository: str) -> tuple[Finding, ...]:
        """The findings to be told of an image of a repository.

        What saves too little is not told, and kept all the same: the images that show it
        change with those that do tell it.
        """
        names = {rule.info.identifier for rule in self.choice.for_repository(repository)}
        return tuple(
            one
            for one in image.findings
            if one.rule in names
            and (
                not one.claims
                or one.pull_saving_bytes >= self.choice.minimum_saving_bytes(one.rule)
            )
        )

    def current_of(self, base_id: int | None, platform: Platform | None) -> dict[str, KnownBase]:
        """What tags that named a base name today, where that is another image."""
        moved = self._moved([base_id]) if base_id is not None else {}
        return self._today(moved.get(base_id or 0, ()), platform)

    def on(self, connection: Connection) -> ImageJudge:
        """The same judge over another connection; what it has looked up stays."""
        return replace(self, connection=connection, bases=self.bases.on(connection))

    def judge(self, manifests: Collection[int], repository: str = "") -> tuple[JudgedImage, ...]:
        """Judge these images, all at once; `repository` for the words and the rules of one.

        Without a repository all rules that are switched on look at them.
        """
        images = load_images(self.connection, manifests) if self.connection else ()
        return self.judge_read(images, repository)

    def judge_read(
        self, images: Sequence[ImageRead], repository: str = ""
    ) -> tuple[JudgedImage, ...]:
        """The same for images however they were read."""
        self.bases.prepare(images)
        found = [(image, *self.facts_of(image, repository)) for image in images]
        base_ids = [bases.base_id for _, _, bases in found if bases.base_id is not None]
        moved = self._moved(base_ids)
        return tuple(
            self._judge(image, facts, bases, moved.get(bases.base_id or 0, ()))
            for image, facts, bases in found
        )

    def judge_for(
        self, manifests: Collection[int], repository: str, known: Mapping[int, JudgedImage]
    ) -> tuple[JudgedImage, ...]:
        """As `judge`, where some were judged without a repository before, by the same judge."""
        missing = [one for one in manifests if one not in known]
        anew = self.judge(missing, repository) if missing else ()
        judged = {one.read.manifest_id: one for one in anew}
        for one in manifests:
            if one in known:
                facts = replace(known[one].facts, repository=repository)
                judged[one] = self._settled(replace(known[one], facts=facts))
        return tuple(judged[one] for one in sorted(judged))

    def facts_of(self, image: ImageRead, repository: str = "") -> tuple[ImageFacts, FoundBases]:
        """What rules see of an image that the look-up of bases was prepared for."""
        bases, steps = self.bases.trace(image)
        fits = len(image.diff_ids) == len(image.layers)
        unknown: Sequence[DiffId | None] = [None] * len(image.layers)
        diff_ids = image.diff_ids if fits else unknown
        layers = tuple(
            LayerFacts(layer.digest, layer.size_bytes, layer.media_type, diff_id, layer.is_foreign)
            for layer, diff_id in zip(image.layers, diff_ids, strict=True)
        )
        facts = ImageFacts(
            digest=image.digest,
            layers=layers,
            steps=steps,
            base=bases.base,
            platform=image.platform,
            created_at=image.created_at,
            labels=image.labels,
            repository=repository,
        )
        return facts, bases

    def _judge(
        self,
        image: ImageRead,
        facts: ImageFacts,
        bases: FoundBases,
        moved: Iterable[tuple[str, int]],
    ) -> JudgedImage:
        current = self._today(moved, image.platform)
        alone = find_in_image(facts, self.choice.rules)
        return self._settled(JudgedImage(image, facts, bases, (), alone, current))

    def _settled(self, image: JudgedImage) -> JudgedImage:
        """With what is found about its base, and all findings together."""
        facts = image.facts
        of_base = (
            find_slimmer_base(facts, self.variants),
            find_outdated_base(facts, image.current),
            find_end_of_life_base(facts, self.ends, self.now.date(), image.bases.views[1:]),
        )
        names = self.choice.names
        wanted = [one for one in of_base if one is not None and one.rule in names]
        return replace(image, findings=settle([*image.alone, *wanted], facts.layers))

    def _today(
        self, moved: Iterable[tuple[str, int]], platform: Platform | None
    ) -> dict[str, KnownBase]:
        return {
            name: base
            for name, manifest_id in moved
            if (base := self._base_of(manifest_id, platform)) is not None
        }

    def _moved(self, bases: Iterable[int]) -> Mapping[int, Sequence[tuple[str, int]]]:
        found: dict[int, list[tuple[str, int]]] = {}
        if self.connection is None:
            return found
        for tag in load_moved_tags(self.connection, bases):
            found.setdefault(tag.base_id, []).append((tag.name, tag.manifest_id))
        return found

    def _base_of(self, manifest_id: int, platform: Platform | None) -> KnownBase | None:
        """The image that a base's tag names now, for a platform."""
        key = manifest_id, platform
        if self.connection is not None and key not in self.current:
            fitting = [
                one
                for one, of in images_below(self.connection, manifest_id)
                if platform is None or of.satisfies(platform)
            ]
            images = load_images(self.connection, fitting[:1])
            self.current[key] = known_base(images[0], (), self.now) if images else None
        return self.current.get(key)
