"""One repository: findings of its newest images, and what they save net of sharing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from auditor.analysis.across.found import AcrossFinding
from auditor.analysis.across.releases import releases_per_month
from auditor.analysis.across.tag_lines import TaggedImage, line_of, newest_of_lines
from auditor.analysis.base_image import is_verified
from auditor.analysis.bases.held_bases import CurrentImage, held_bases
from auditor.analysis.bases.slimmer import builds
from auditor.analysis.cluster_inventory import Workload
from auditor.analysis.pull_time import PullModel, saved_seconds
from auditor.analysis.savings import ChangedImage, HeldLayer, stored_saving_bytes
from auditor.analysis.weight import Circumstances, Weight, WeightRules, weigh
from auditor.domain.chain import chain_ids
from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.finding_plain import to_plain
from auditor.domain.findings import Claim, Confidence, Finding
from auditor.domain.globs import matches
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.store.analyses import KeptFinding, load_base_heights, load_kept_findings
from auditor.store.analysis_reads import (
    ImageRead,
    RepositoryRead,
    TaggedRead,
    load_tagged,
)
from auditor.store.base_rows import KeptBase
from auditor.store.engine import Connection
from auditor.store.finding_rows import HeldRead, KeptRow, Potential, held_in_scope, load_held_layers
from auditor.usecases.judge_images import ImageJudge, JudgedImage
from auditor.usecases.look_across import LookAcross, look_across

_Name = tuple[str, str]
"""Rule and key: what a finding is called in its repository."""
_DEVELOPMENT = "development"
_ONLY_OLDER = Weight(0.5, ("Only an older version shows it.",))
_SURE = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of repositories beside their images.

    `development_names`: globs of repositories that are not for production. `inventory`: what
    runs where, by image name with registry; it counts before names.
    """

    weight_rules: WeightRules = field(default_factory=WeightRules)
    pull: PullModel = field(default_factory=PullModel)
    pulling_nodes: int = 3
    platform: Platform = DEFAULT_PLATFORM

    development_names: tuple[str, ...] = ()
    inventory: Mapping[str, Workload] = field(default_factory=dict)

    def environment_of(self, registry: str, repository: str) -> str:
        """What it runs in; empty where nobody says."""
        workload = self.inventory.get(f"{registry}/{repository}")
        if workload is not None:
            return workload.environment
        is_development = any(matches(glob, repository) for glob in self.development_names)
        return _DEVELOPMENT if is_development else ""

    def is_autoscaled(self, registry: str, repository: str) -> bool:
        """Whether new nodes pull it all the time."""
        workload = self.inventory.get(f"{registry}/{repository}")
        return workload is not None and workload.is_autoscaled


@dataclass(frozen=True, slots=True)
class JudgedRepository:
    """What is to be kept of a repository."""

    rows: tuple[KeptRow, ...]
    potential: Potential
    bases: tuple[KeptBase, ...] = ()


def judge_repository(
    connection: Connection,
    judge: ImageJudge,
    repository: RepositoryRead,
    around: Surroundings,
    known: Mapping[int, JudgedImage] = MappingProxyType({}),
) -> JudgedRepository:
    """The findings of a repository now, each told by the newest image that shows it.

    Looked at are the newest images of the lines of its tags; what an older version of a
    line shows alone is mended already. How much leaves the registry is counted over every
    image that the repository holds. `known`: images that the same judge has judged just now.
    """
    tagged = load_tagged(connection, repository.repository_id, around.platform)
    held = load_held_layers(connection, repository.repository_id)
    current = newest_of_lines(
        TaggedImage(one.tag, one.digest, one.since, one.created_at) for one in tagged
    )
    ids = {one.digest: one.manifest_id for one in tagged}
    judged = judge.judge_for([ids[one.digest] for one in current], repository.name, known)
    by_digest = {one.read.digest: one for one in judged}
    told = [
        _Told(
            one,
            image,
            judge.told_of(image, repository.name),
            _weight(around, repository, image, tagged, one, judge.now),
        )
        for one in current
        if (image := by_digest.get(one.digest)) is not None
    ]
    across = look_across(
        connection,
        repository,
        held,
        known={key: known[key].read for key in held if key in known},
        platform=around.platform,
        pulling_nodes=around.pulling_nodes,
        now=judge.now,
    )
    added = {
        digest for one in told for finding in one.findings for digest, _ in finding.added_layers
    }
    storage = _Storage(
        held,
        load_kept_findings(connection, held),
        held_in_scope(connection, repository.scope_id, added),
    )
    result = _Work(judge, repository, around, storage, told, across).result()
    heights = load_base_heights(connection, held)
    return replace(result, bases=tuple(_bases([one.image for one in told], held, heights)))


def _bases(
    current: Sequence[JudgedImage],
    held: Mapping[int, Sequence[HeldRead]],
    heights: Mapping[int, int],
) -> Iterator[KeptBase]:
    """The bases of the current images, as far as their layers prove them."""
    images = {one.read.manifest_id: one for one in current if is_verified(one.facts.base)}
    found = held_bases(
        [
            CurrentImage(key, image.facts.base_layers, builds(image.facts))
            for key, image in images.items()
        ],
        {key: [one.blob for one in layers] for key, layers in held.items()},
        heights,
        {
            one.blob: one.manifests if one.repositories else 0
            for layers in held.values()
            for one in layers
        },
    )
    for one in found:
        layers = images[one.manifest_id].read.layers[: one.layer_count]
        yield KeptBase(
            chain=chain_ids([layer.digest for layer in layers])[-1].to_bytes(),
            manifest_id=one.manifest_id,
            layer_count=one.layer_count,
            images=one.images,
            releases=one.releases,
            builds=one.builds,
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """The newest image of a line, with what is told of it."""

    tagged: TaggedImage
    image: JudgedImage
    findings: tuple[Finding, ...]
    weight: Weight

    @property
    def priority_bytes(self) -> int:
        return sum(_priority(one.pull_saving_bytes, self.weight) for one in self.findings)


@dataclass(slots=True)
class _Storage:
    """What the registry holds of a repository: its images, their findings, new bases' layers."""

    held: Mapping[int, Sequence[HeldRead]]
    kept: Mapping[int, Sequence[KeptFinding]]
    there: frozenset[Digest]
    showing: dict[_Name, list[tuple[int, KeptFinding]]] = field(default_factory=dict)
    stacks: dict[int, tuple[HeldLayer | None, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for manifest_id, kept in self.kept.items():
            self.stacks[manifest_id] = tuple(
                HeldLayer(one.blob, one.size_bytes, one.manifests, one.repositories)
                if one.repositories
                else None
                for one in self.held[manifest_id]
            )
            for one in kept:
                self.showing.setdefault((one.rule, one.key), []).append((manifest_id, one))

    def saving_bytes(self, finding: Finding) -> int:
        """What leaves when all images that show the finding are built the other way."""
        images = [
            self.changed(manifest_id, [one])
            for manifest_id, one in self.showing.get((finding.rule, finding.key), ())
        ]
        return stored_saving_bytes(images, self.added_bytes(finding)) if finding.claims else 0

    def added_bytes(self, finding: Finding) -> int:
        """What the change would bring to the registry: layers it holds already cost nothing."""
        known = (size for digest, size in finding.added_layers if digest in self.there)
        return max(0, finding.added_bytes - sum(known))

    def changed(self, manifest_id: int, kept: Sequence[KeptFinding]) -> ChangedImage:
        """An image with all that these findings claim of it."""
        claims: Counter[int] = Counter()
        for one in kept:
            claims.update({claim.layer: claim.size_bytes for claim in one.claims})
        first = min(one.first_layer for one in kept)
        pairs = (Claim(*pair) for pair in sorted(claims.items()))
        return ChangedImage(self.stacks[manifest_id], tuple(pairs), first)

    def saving_of_all(
        self, freeing: Mapping[_Name, int], freed: Mapping[Digest, int], blobs: Mapping[Digest, int]
    ) -> int:
        """What changes free together, each blob once.

        `freeing`: the changes, with what each brings; `freed`: blobs that go as a whole by
        others, `blobs` their ids. One that is built anew by the former is counted there.
        """
        changed: list[ChangedImage] = []
        touched: set[int] = set()
        for manifest_id, kept in self.kept.items():
            claiming = [one for one in kept if one.claims and (one.rule, one.key) in freeing]
            if claiming:
                image = self.changed(manifest_id, claiming)
                changed.append(image)
                touched |= {one.blob for one in image.layers[image.first_layer :] if one}
        whole = sum(size for digest, size in freed.items() if blobs.get(digest) not in touched)
        return stored_saving_bytes(changed, sum(freeing.values())) + whole


@dataclass(slots=True)
class _Work:
    """One repository under judgement."""

    judge: ImageJudge
    repository: RepositoryRead
    around: Surroundings
    storage: _Storage
    told: Sequence[_Told]
    across: LookAcross

    def result(self) -> JudgedRepository:
        rows: dict[_Name, KeptRow] = {}
        freeing: dict[_Name, int] = {}
        for one in self.told:
            for finding in one.findings:
                name = finding.rule, finding.key
                if name in rows:
                    continue
                rows[name] = row = self._row(one, finding)
                if row.stored_saving_bytes > 0:
                    freeing[name] = self.storage.added_bytes(finding)
        freed: dict[Digest, int] = {}
        for found in filter(self._is_told, self.across.findings):
            row = self._across_row(found)
            rows.setdefault((row.rule, row.key), row)
            freed |= {blob.digest: blob.size_bytes for blob in found.freed}
        blobs = {layer.digest: layer.blob for it in self.across.images for layer in it.layers}
        newest = self.told[0].findings if self.told else ()
        potential = Potential(
            pull_saving_bytes=sum(one.pull_saving_bytes for one in newest),
            stored_saving_bytes=self.storage.saving_of_all(freeing, freed, blobs),
            priority_bytes=max((one.priority_bytes for one in self.told), default=0),
        )
        return JudgedRepository(tuple(rows.values()), potential)

    def _is_told(self, found: AcrossFinding) -> bool:
        rule = found.finding.rule
        choice = self.judge.choice
        saving = max(
            found.stored_saving_bytes,
            found.finding.pull_saving_bytes,
            found.transfer_bytes_per_month or 0,
        )
        looks = any(
            rule == one.info.identifier for one in choice.for_repository(self.repository.name)
        )
        return looks and saving >= choice.minimum_saving_bytes(rule)

    def _row(self, told: _Told, finding: Finding) -> KeptRow:
        showing = self.storage.showing.get((finding.rule, finding.key), ())
        seconds = saved_seconds(
            told.image.facts.layers, finding.claims, finding.added_bytes, self.around.pull
        )
        return KeptRow(
            rule=finding.rule,
            key=finding.key,
            manifest_id=told.image.read.manifest_id,
            tag=told.tagged.tag,
            platform=_text(told.image.read.platform),
            confidence=_SURE[finding.confidence],
            images=len(showing) or 1,
            pull_saving_bytes=finding.pull_saving_bytes,
            stored_saving_bytes=self.storage.saving_bytes(finding),
            priority_bytes=_priority(finding.pull_saving_bytes, told.weight),
            body=_body(finding, seconds, told.weight, Exactness.ESTIMATED),
        )

    def _across_row(self, found: AcrossFinding) -> KeptRow:
        image = next(one for one in self.across.images if one.digest == found.digest)
        told = next((one for one in self.told if one.tagged.digest == found.digest), None)
        weight = told.weight if told else _ONLY_OLDER
        finding = found.finding
        # Bytes that need not travel again each month count as those a pull saves, up to a pull.
        spared = min(found.transfer_bytes_per_month or 0, _pull_bytes(image))
        return KeptRow(
            rule=finding.rule,
            key=finding.key,
            manifest_id=image.manifest_id,
            tag=told.tagged.tag if told else "",
            platform=_text(image.platform),
            confidence=_SURE[finding.confidence],
            images=found.images,
            pull_saving_bytes=finding.pull_saving_bytes,
            stored_saving_bytes=found.stored_saving_bytes,
            priority_bytes=_priority(max(finding.pull_saving_bytes, spared), weight),
            body=_body(finding, 0.0, weight, found.stored_exactness),
        )


def _body(
    finding: Finding, seconds: float, weight: Weight, exactness: Exactness
) -> dict[str, object]:
    return {
        "finding": to_plain(finding),
        "cold_start_seconds": round(seconds, 3),
        "ranked_low": list(weight.reasons),
        "exactness": exactness.value,
    }


def _weight(
    around: Surroundings,
    repository: RepositoryRead,
    image: JudgedImage,
    tagged: Sequence[TaggedRead],
    newest: TaggedImage,
    now: datetime,
) -> Weight:
    line = line_of(newest.tag)
    moments = {
        one.manifest_id: one.created_at or one.since for one in tagged if line_of(one.tag) == line
    }
    where = repository.registry, repository.name
    return weigh(
        Circumstances(
            repository=repository.name,
            image_bytes=_pull_bytes(image.read),
            releases_per_month=releases_per_month(moments.values(), now),
            retained_versions=len(moments),
            labels=image.read.labels,
            environment=around.environment_of(*where),
            is_autoscaled=around.is_autoscaled(*where),
        ),
        around.weight_rules,
    )


def _priority(pull_saving_bytes: int, weight: Weight) -> int:
    return int(pull_saving_bytes * weight.factor)


def _pull_bytes(image: ImageRead) -> int:
    return image.other_bytes + sum({it.digest: it.size_bytes for it in image.layers}.values())


def _text(platform: Platform | None) -> str:
    return str(platform) if platform else ""
