"""One repository: findings of its newest images, and what they save net of sharing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.analysis.across.compressed_twice import find_compressed_twice
from auditor.analysis.across.duplicate_images import find_duplicate_images
from auditor.analysis.across.found import AcrossFinding
from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.analysis.across.layer_order import find_layer_order
from auditor.analysis.across.releases import releases_per_month
from auditor.analysis.across.repeated_content import find_repeated_content
from auditor.analysis.across.stale_tags import find_stale_tags
from auditor.analysis.across.step_growth import find_step_growth
from auditor.analysis.across.tag_lines import TaggedImage, line_of, newest_of_lines
from auditor.analysis.build_steps import align_steps
from auditor.analysis.cluster_inventory import Workload
from auditor.analysis.pull_time import PullModel, saved_seconds
from auditor.analysis.readable_steps import readable_step
from auditor.analysis.savings import ChangedImage, HeldLayer, stored_saving_bytes
from auditor.analysis.weight import Circumstances, Weight, WeightRules, weigh
from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.finding_plain import to_plain
from auditor.domain.findings import Claim, Confidence, Finding
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.ledger.globs import matches
from auditor.store.analyses import KeptFinding, load_kept_findings
from auditor.store.analysis_reads import (
    ImageRead,
    RepositoryRead,
    TaggedRead,
    load_images,
    load_pushes,
    load_tagged,
)
from auditor.store.finding_rows import HeldRead, KeptRow, Potential, held_in_scope, load_held_layers
from auditor.usecases.judge_images import ImageJudge, JudgedImage

_MOST_IMAGES = 1_000
"""Of more images than these a repository's older ones are not compared with each other."""
_DEVELOPMENT = "development"
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


def judge_repository(
    judge: ImageJudge, repository: RepositoryRead, around: Surroundings
) -> JudgedRepository:
    """The findings of a repository now, each told by the newest image that shows it.

    Looked at are the newest images of the lines of its tags; what an older version of a
    line shows alone is mended already. How much leaves the registry is counted over every
    image that the repository holds.
    """
    connection = judge.connection
    tagged = load_tagged(connection, repository.repository_id, around.platform)
    held = load_held_layers(connection, repository.repository_id)
    current = newest_of_lines(
        TaggedImage(one.tag, one.digest, one.since, one.created_at) for one in tagged
    )
    ids = {one.digest: one.manifest_id for one in tagged}
    names = {rule.info.identifier for rule in judge.choice.for_repository(repository.name)}
    judged = judge.judge([ids[one.digest] for one in current], repository.name)
    by_digest = {one.read.digest: one for one in judged}
    shown = [(one, by_digest[one.digest]) for one in current if one.digest in by_digest]
    work = _Work(judge, repository, around, tagged, held, names)
    return work.result(shown)


@dataclass(slots=True)
class _Work:
    """One repository under judgement."""

    judge: ImageJudge
    repository: RepositoryRead
    around: Surroundings
    tagged: Sequence[TaggedRead]
    held: Mapping[int, Sequence[HeldRead]]
    names: set[str]
    kept: dict[int, tuple[KeptFinding, ...]] = field(default_factory=dict)
    reads: tuple[ImageRead, ...] = ()
    added: dict[tuple[str, str], int] = field(default_factory=dict)

    def result(self, shown: Sequence[tuple[TaggedImage, JudgedImage]]) -> JudgedRepository:
        self.kept = load_kept_findings(self.judge.connection, self.held)
        rows: dict[tuple[str, str], KeptRow] = {}
        priorities: list[int] = []
        for tagged, image in shown:
            findings = self.judge.told_of(image, self.repository.name)
            weight = self._weight(tagged, image)
            for one in findings:
                rows.setdefault((one.rule, one.key), self._row(tagged, image, one, weight))
            priorities.append(sum(_priority(one.pull_saving_bytes, weight) for one in findings))
        newest = self.judge.told_of(shown[0][1], self.repository.name) if shown else ()
        pull = sum(one.pull_saving_bytes for one in newest)
        across = [one for one in self._across() if self._is_told(one)]
        images = {image.read.digest: (tagged, image) for tagged, image in shown}
        for found in across:
            row = self._across_row(found, images)
            rows.setdefault((row.rule, row.key), row)
        stored = self._stored_of_all(
            across, [row for row in rows.values() if row.stored_saving_bytes > 0]
        )
        potential = Potential(pull, stored, max(priorities, default=0))
        return JudgedRepository(tuple(rows.values()), potential)

    def _added_bytes(self, finding: Finding) -> int:
        """What the change would bring to the registry: layers it holds already cost nothing."""
        sizes = dict(finding.added_layers)
        there = held_in_scope(self.judge.connection, self.repository.scope_id, sizes)
        return max(0, finding.added_bytes - sum(sizes[digest] for digest in there))

    def _is_told(self, found: AcrossFinding) -> bool:
        rule = found.finding.rule
        least = self.judge.choice.minimum_saving_bytes(rule)
        saving = max(found.stored_saving_bytes, found.finding.pull_saving_bytes)
        transfer = found.transfer_bytes_per_month or 0
        return rule in self.names and max(saving, transfer) >= least

    def _row(
        self, tagged: TaggedImage, image: JudgedImage, finding: Finding, weight: Weight
    ) -> KeptRow:
        showing = self._showing(finding.rule, finding.key)
        images = [self._changed(key, [kept]) for key, kept in showing]
        added = self._added_bytes(finding)
        self.added[finding.rule, finding.key] = added
        stored = stored_saving_bytes(images, added) if finding.claims else 0
        seconds = saved_seconds(
            image.facts.layers, finding.claims, finding.added_bytes, self.around.pull
        )
        return self._kept_row(
            finding,
            image.read,
            tagged.tag,
            weight,
            images=len(showing) or 1,
            stored=stored,
            seconds=seconds,
            exactness=Exactness.ESTIMATED,
        )

    def _kept_row(
        self,
        finding: Finding,
        image: ImageRead,
        tag: str,
        weight: Weight,
        *,
        images: int,
        stored: int,
        seconds: float,
        exactness: Exactness,
    ) -> KeptRow:
        return KeptRow(
            rule=finding.rule,
            key=finding.key,
            manifest_id=image.manifest_id,
            tag=tag,
            platform=str(image.platform) if image.platform else "",
            confidence=_SURE[finding.confidence],
            images=images,
            pull_saving_bytes=finding.pull_saving_bytes,
            stored_saving_bytes=stored,
            priority_bytes=_priority(finding.pull_saving_bytes, weight),
            body={
                "finding": to_plain(finding),
                "cold_start_seconds": round(seconds, 3),
                "ranked_low": list(weight.reasons),
                "exactness": exactness.value,
            },
        )

    def _weight(self, tagged: TaggedImage, image: JudgedImage) -> Weight:
        line = line_of(tagged.tag)
        moments = {
            one.manifest_id: one.created_at or one.since
            for one in self.tagged
            if line_of(one.tag) == line
        }
        where = self.repository.registry, self.repository.name
        return weigh(
            Circumstances(
                repository=self.repository.name,
                image_bytes=_pull_bytes(image.read),
                releases_per_month=releases_per_month(moments.values(), self.judge.now),
                retained_versions=len(moments),
                labels=image.read.labels,
                environment=self.around.environment_of(*where),
                is_autoscaled=self.around.is_autoscaled(*where),
            ),
            self.around.weight_rules,
        )

    def _showing(self, rule: str, key: str) -> list[tuple[int, KeptFinding]]:
        """The images of the repository that show a finding, each with what it claims of it."""
        return [
            (manifest_id, one)
            for manifest_id, kept in self.kept.items()
            for one in kept
            if (one.rule, one.key) == (rule, key)
        ]

    def _changed(self, manifest_id: int, kept: Sequence[KeptFinding]) -> ChangedImage:
        claims: dict[int, int] = {}
        for one in kept:
            for claim in one.claims:
                claims[claim.layer] = claims.get(claim.layer, 0) + claim.size_bytes
        layers = tuple(
            HeldLayer(one.blob, one.size_bytes, one.manifests, one.repositories)
            if one.repositories
            else None
            for one in self.held[manifest_id]
        )
        first = min(one.first_layer for one in kept)
        return ChangedImage(layers, tuple(Claim(*pair) for pair in sorted(claims.items())), first)

    def _stored_of_all(self, across: Sequence[AcrossFinding], freeing: Sequence[KeptRow]) -> int:
        """What all changes that free something free together, each blob once."""
        worth = {(row.rule, row.key) for row in freeing}
        changed: list[ChangedImage] = []
        touched: set[int] = set()
        added: dict[tuple[str, str], int] = {}
        for manifest_id, kept in self.kept.items():
            claiming = [one for one in kept if one.claims and (one.rule, one.key) in worth]
            if not claiming:
                continue
            image = self._changed(manifest_id, claiming)
            changed.append(image)
            touched |= {one.blob for one in image.layers[image.first_layer :] if one}
            added |= {(one.rule, one.key): self.added[one.rule, one.key] for one in claiming}
        blobs = {layer.digest: layer.blob for image in self.reads for layer in image.layers}
        freed = {
            blob.digest: blob.size_bytes
            for found in across
            for blob in found.freed
            if blobs.get(blob.digest) not in touched
        }
        return stored_saving_bytes(changed, sum(added.values())) + sum(freed.values())

    def _across(self) -> Iterator[AcrossFinding]:
        """What only a look across the repository's images tells."""
        if not 1 < len(self.held) <= _MOST_IMAGES:
            return
        self.reads = load_images(self.judge.connection, self.held)
        images = tuple(sorted(self._pushes(), key=lambda one: (one.moment, one.digest.text)))
        everything = RepositoryImages(self.repository.name, images)
        platforms: dict[str, list[PushedImage]] = {}
        for image in images:
            platforms.setdefault(image.platform, []).append(image)
        wanted = str(self.around.platform)
        name = (
            wanted if wanted in platforms else max(platforms, key=lambda one: len(platforms[one]))
        )
        line = replace(everything, images=tuple(platforms[name]))
        nodes, now = self.around.pulling_nodes, self.judge.now
        yield from find_layer_order(line, now, nodes)
        yield from find_repeated_content(line, now, nodes)
        yield from find_step_growth(line)
        yield from find_stale_tags(everything, now)
        yield from find_duplicate_images([everything])
        yield from find_compressed_twice([everything])

    def _pushes(self) -> Iterator[PushedImage]:
        pushes = load_pushes(self.judge.connection, self.repository.repository_id)
        about = {one.manifest_id: one for one in pushes}
        for image in self.reads:
            push = about.get(image.manifest_id)
            if push is None:
                continue
            steps = align_steps(len(image.layers), image.history).steps
            fits = len(image.diff_ids) == len(image.layers)
            held = self.held[image.manifest_id]
            layers = tuple(
                PushedLayer(
                    digest=layer.digest,
                    size_bytes=layer.size_bytes,
                    media_type=layer.media_type,
                    diff_id=image.diff_ids[at] if fits else None,
                    step=readable_step(step.created_by) if step else "",
                    raw_step=step.created_by if step else "",
                    is_held_elsewhere=held[at].repositories > 1,
                )
                for at, (layer, step) in enumerate(zip(image.layers, steps, strict=True))
                if not layer.is_foreign
            )
            yield PushedImage(
                digest=image.digest,
                layers=layers,
                seen_at=push.since,
                created_at=image.created_at,
                tags=push.tags,
                current_tags=push.current_tags,
                config=image.config,
                other_bytes=image.other_bytes,
                base_layers=push.base_layers,
                platform=str(image.platform) if image.platform else "",
            )

    def _across_row(
        self, found: AcrossFinding, shown: Mapping[Digest, tuple[TaggedImage, JudgedImage]]
    ) -> KeptRow:
        reads = {image.digest: image for image in self.reads}
        image = reads[found.digest]
        tag = next((one.tag for one in self.tagged if one.digest == found.digest), "")
        pair = shown.get(found.digest)
        weight = self._weight(*pair) if pair else Weight(0.5, ("Only older versions show it.",))
        return self._kept_row(
            found.finding,
            image,
            tag,
            weight,
            images=found.images,
            stored=found.stored_saving_bytes,
            seconds=0.0,
            exactness=found.stored_exactness,
        )


def _priority(pull_saving_bytes: int, weight: Weight) -> int:
    return int(pull_saving_bytes * weight.factor)


def _pull_bytes(image: ImageRead) -> int:
    return image.other_bytes + sum({it.digest: it.size_bytes for it in image.layers}.values())
