"""One image, straight from where it is, held against a policy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.analysis.breakdown import pull_bytes
from auditor.analysis.build_steps import align_steps
from auditor.analysis.image_change import compare_images
from auditor.analysis.policy_judging import judge
from auditor.analysis.readable_steps import readable_step
from auditor.analysis.rules.book import BOOK
from auditor.domain.digest import DiffId
from auditor.domain.errors import (
    NotFoundError,
    SettingsError,
    StoreError,
    UnknownReferenceError,
    UsageError,
)
from auditor.domain.exactness import Exactness
from auditor.domain.globs import matches
from auditor.domain.image_change import ImageSide, SideLayer
from auditor.domain.platform import Platform
from auditor.domain.policy import CheckedImage, CheckReport, Policy, PolicyFacts
from auditor.domain.read_image import LayerMeasure, ReadImage
from auditor.settings import Settings
from auditor.settings_policy import PolicyFile, Said
from auditor.store.analysis_reads import ImageRead, LayerRead
from auditor.store.engine import Connection, Database
from auditor.store.registry_reads import list_registry_names
from auditor.usecases.analyse import Analysis
from auditor.usecases.audit_registry import NO_FLAGS, TargetFlags
from auditor.usecases.image_bases import BaseLookup, FoundBases
from auditor.usecases.image_place import ImagePlace, place_beside, place_of
from auditor.usecases.judge_image import findings_of
from auditor.usecases.judge_images import ImageJudge
from auditor.usecases.prepare_database import existing_database
from auditor.usecases.read_image import read_images, same_platform

_NOT_STORED = -1
_ESTIMATED = (
    "Layers that the archive holds unpacked were compressed with gzip as Docker does: "
    "sizes are estimates until a push."
)


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check. `flags` are keys of a policy, above those of the file.

    `repository`: by whose rules, where an archive does not say it. `is_missing_fine`: nothing
    to compare with is no failure, as for the first push.
    """

    image: str
    policy: PolicyFile = field(default_factory=PolicyFile)
    flags: Said = field(default_factory=dict)
    platform: Platform | None = None
    repository: str = ""
    is_missing_fine: bool = False
    access: TargetFlags = NO_FLAGS


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known besides the image: an optional database, and how images are analysed."""

    settings: Settings
    analysis: Analysis | None
    now: datetime
    database: Database | None = None
    registries: tuple[str, ...] = ()


async def check(request: CheckRequest, settings: Settings, now: datetime) -> CheckReport:
    """`check_image` with what the settings name: analysis, registries, and a database if any.

    The database is read where it is there, and neither made nor upgraded.
    """
    wanted = settings.analysis.to_settings()
    analysis = Analysis.from_settings(wanted, settings.platform) if wanted.is_enabled else None
    database, note = _database(settings.database_url)
    try:
        names = [one.address.name for one in settings.registries.values()]
        if database is not None:
            with database.reading() as connection:
                names += list_registry_names(connection)
        registries = tuple(dict.fromkeys(names))
        known = Knowledge(settings, analysis, now, database, registries)
        report = await check_image(request, known)
    finally:
        if database is not None:
            database.dispose()
    return replace(report, notes=(*report.notes, *note))


def _database(url: str) -> tuple[Database | None, tuple[str, ...]]:
    try:
        return existing_database(url), ()
    except StoreError as error:
        return None, (f"Bases are those of the catalogue alone: {error.message}.",)


async def check_image(request: CheckRequest, known: Knowledge) -> CheckReport:
    """The verdict over every platform of the image, biggest first.

    Raises UsageError for a policy without rules, or with a growth and nothing to compare
    with; else as `read_images`.
    """
    place = place_of(request.image, known.registries)
    images = await read_images(place, known.settings, request.access, request.platform)
    repository = request.repository or images[0].repository
    policy, against = request.policy.for_repository(repository, request.flags)
    _check_policy(policy, against)
    baseline, missing = await _baseline(place, against, request, known)
    with known.database.reading() if known.database else nullcontext() as connection:
        judging = _Judging(connection, known, policy, repository, request.is_missing_fine)
        checked = [
            judging.check(image, same_platform(baseline, image.platform), missing)
            for image in images
        ]
    return CheckReport(
        reference=request.image,
        repository=repository,
        against=against,
        images=tuple(sorted(checked, key=lambda one: -one.facts.side.pull_bytes)),
        notes=(_ESTIMATED,) if any(image.is_estimated for image in images) else (),
    )


def _check_policy(policy: Policy, against: str) -> None:
    if not policy.has_rules:
        raise UsageError(
            "there is nothing to check: the policy has no rule for this image",
            next_step="give --max-size 300MiB, another rule, or --policy FILE",
        )
    if policy.max_growth is not None and not against:
        raise UsageError(
            "max_growth needs an image to compare with",
            next_step="give --against TAG, or against in the policy",
        )
    for pattern in policy.forbidden_findings:
        if not any(matches(pattern, rule.info.identifier) for rule in BOOK):
            raise SettingsError(
                f"forbidden_findings: there is no rule {pattern}",
                next_step="see docs/reference/rules for their names",
            )


async def _baseline(
    place: ImagePlace, against: str, request: CheckRequest, known: Knowledge
) -> tuple[Sequence[ReadImage], str]:
    """The images to compare with; none, and why, where they are not there."""
    if not against:
        return (), ""
    beside = place_beside(place, against, known.registries)
    # A password goes to the registry that it was given for.
    is_same = beside.address == place.address
    access = request.access if is_same else replace(request.access, username="", password="")
    try:
        images = await read_images(beside, known.settings, access, request.platform)
    except (UnknownReferenceError, NotFoundError) as error:
        return (), f"there is nothing to compare with: {error.message}"
    return images, f"{against} has no image for the same platform"


@dataclass(frozen=True, slots=True)
class _Judging:
    """Judges images of one repository by one policy."""

    connection: Connection | None
    known: Knowledge
    policy: Policy
    repository: str
    is_missing_fine: bool

    def check(self, image: ReadImage, baseline: ReadImage | None, missing: str) -> CheckedImage:
        """One image's facts and verdict."""
        if baseline is not None:
            image = _with_known_sizes(image, baseline)
        facts = self._facts(image)
        if baseline is not None:
            before = self._bases(_image_read(baseline))
            change = compare_images(_side(baseline, before), facts.side)
            facts = replace(facts, change=change)
        facts = replace(facts, missing=missing, is_missing_fine=self.is_missing_fine)
        return CheckedImage(facts, judge(self.policy, facts))

    def _facts(self, image: ReadImage) -> PolicyFacts:
        read, analysis = _image_read(image), self.known.analysis
        labels = image.config.labels if image.config else None
        if analysis is None:
            bases = self._bases(read)
            side = _side(image, bases)
            return PolicyFacts(side, labels, image.unpacked_bytes, bases.views)
        around = analysis.around
        platform = image.platform or around.platform
        judge_of_images = ImageJudge.of_read(
            self.connection, analysis.choice, self.known.now, platform, [read]
        )
        judged = judge_of_images.judge_read([read], self.repository)[0]
        found = findings_of(judge_of_images, judged, self.repository, around.pull)
        return PolicyFacts(
            side=_side(image, judged.bases),
            labels=labels,
            unpacked_bytes=image.unpacked_bytes,
            bases=judged.bases.views,
            findings=found,
        )

    def _bases(self, read: ImageRead) -> FoundBases:
        lookup = BaseLookup(self.connection)
        lookup.prepare([read])
        return lookup.trace(read)[0]


def _with_known_sizes(image: ReadImage, baseline: ReadImage) -> ReadImage:
    """The image with layers that the baseline has compressed already as they are there."""
    if not image.is_estimated:
        return image
    pairs = zip(_diff_ids(baseline), baseline.manifest.layers, baseline.measured, strict=True)
    known = {diff_id: layer for diff_id, layer, one in pairs if diff_id and not one.is_estimated}
    layers, measures = [], []
    for diff_id, layer, measure in zip(
        _diff_ids(image), image.manifest.layers, image.measured, strict=True
    ):
        found = known.get(diff_id) if diff_id and measure.is_estimated else None
        layers.append(found or layer)
        measures.append(LayerMeasure(measure.unpacked_bytes) if found else measure)
    manifest = replace(image.manifest, layers=tuple(layers))
    return replace(image, manifest=manifest, measures=tuple(measures))


def _diff_ids(image: ReadImage) -> Sequence[DiffId | None]:
    """One per layer, all None where the config does not fit."""
    count = len(image.manifest.layers)
    known = image.config.diff_ids if image.config else ()
    return known if len(known) == count else (None,) * count


def _image_read(image: ReadImage) -> ImageRead:
    """The image as the analysis knows those of the database."""
    manifest, config = image.manifest, image.config
    return ImageRead(
        manifest_id=_NOT_STORED,
        digest=manifest.digest,
        platform=image.platform,
        created_at=config.created_at if config else None,
        annotations=manifest.annotations,
        labels=config.labels if config else {},
        diff_ids=config.diff_ids if config else (),
        history=config.history if config else (),
        other_bytes=_other_bytes(image),
        config=manifest.config.digest if manifest.config else None,
        layers=tuple(
            LayerRead(position, layer.digest, layer.size_bytes, layer.media_type, layer.is_foreign)
            for position, layer in enumerate(manifest.layers)
        ),
    )


def _side(image: ReadImage, bases: FoundBases) -> ImageSide:
    manifest = image.manifest
    steps = align_steps(len(manifest.layers), image.config.history if image.config else ()).steps
    base = bases.base if bases.base and (bases.base.names or bases.base.digest) else None
    height = base.layer_count if base and base.layer_count else None
    layers = tuple(
        SideLayer(
            digest=layer.digest,
            size_bytes=layer.size_bytes,
            step=readable_step(step.created_by) if step else "",
            diff_id=diff_id,
            from_base=None if height is None else position < height,
            is_estimated=measure.is_estimated,
        )
        for position, (layer, step, diff_id, measure) in enumerate(
            zip(manifest.layers, steps, _diff_ids(image), image.measured, strict=True)
        )
    )
    sizes = [(layer.digest, layer.size_bytes) for layer in manifest.layers]
    return ImageSide(
        name=image.name,
        digest=manifest.digest,
        platform=image.platform,
        pull_bytes=pull_bytes(_other_bytes(image), 0, sizes),
        layers=layers,
        base=base,
        exactness=Exactness.ESTIMATED if image.is_estimated else Exactness.EXACT,
    )


def _other_bytes(image: ReadImage) -> int:
    config = image.manifest.config
    return image.manifest.size_bytes + (config.size_bytes if config else 0)
