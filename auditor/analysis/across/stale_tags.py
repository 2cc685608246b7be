"""Old versions that are kept: what removing them would really free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.analysis.across.found import AcrossFinding, FreedBlob
from auditor.analysis.across.images import PushedImage, RepositoryImages
from auditor.analysis.across.tag_lines import line_of
from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.findings import (
    Basis,
    Breadth,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.domain.units import format_bytes

INFO = RuleInfo(
    identifier="stale-tags",
    title="Old versions nobody needs any more",
    sees="versions beyond the newest of their line that are old, and not pulled where that is known",
    misses="pulls, which most registries do not tell; who still runs an old version",
)
_SHOWN_TAGS = 20


@dataclass(frozen=True, slots=True)
class StaleRules:
    """What counts as stale. `keep`: versions kept per line. `days`: younger ones stay."""

    keep: int = 10
    days: float = 180


@dataclass(frozen=True, slots=True)
class StaleSet:
    """Images that only stale tags point at, oldest first, and what goes with them.

    `tags`: those tags. `freed`: blobs that no other image of the registry holds.
    """

    images: tuple[PushedImage, ...]
    tags: tuple[str, ...]
    freed: tuple[FreedBlob, ...]

    @property
    def freed_bytes(self) -> int:
        """What leaves the registry: exclusive to the set."""
        return sum(blob.size_bytes for blob in self.freed)


def stale_set(
    repository: RepositoryImages, now: datetime, rules: StaleRules | None = None
) -> StaleSet:
    """Tagged images of which every tag is stale.

    A tag is stale where its line has `keep` newer images, and the image was released and,
    where known, last pulled more than `days` ago. So `latest`, alone in its line, never is.
    Platforms count apart. An image stays while one of its tags is not stale.
    """
    limits = rules or StaleRules()
    newest: dict[tuple[str, str], list[PushedImage]] = {}
    for image in sorted(repository.images, key=lambda it: it.moment, reverse=True):
        if image.is_retained:
            for line in {line_of(tag) for tag in image.current_tags}:
                newest.setdefault((line, image.platform), []).append(image)
    kept = {image.digest for images in newest.values() for image in images[: limits.keep]}
    horizon = now - timedelta(days=limits.days)
    stale = tuple(
        image
        for image in repository.images
        if image.is_retained
        and image.current_tags
        and image.digest not in kept
        and image.moment < horizon
        and (image.last_pulled_at is None or image.last_pulled_at < horizon)
    )
    tags = tuple(tag for image in stale for tag in image.current_tags)
    return StaleSet(stale, tags, exclusive_blobs(repository, stale))


def exclusive_blobs(
    repository: RepositoryImages, leaving: Sequence[PushedImage]
) -> tuple[FreedBlob, ...]:
    """Blobs that only the leaving images hold, their manifests and configs with them.

    Of retained images; what another repository of the scope holds stays.
    """
    gone = {image.digest for image in leaving}
    held = {
        layer.digest
        for image in repository.images
        if image.is_retained and image.digest not in gone
        for layer in image.layers
    }
    sizes: dict[Digest, int] = {}
    for image in leaving:
        sizes[image.digest] = image.other_bytes
        for layer in image.layers:
            if layer.digest not in held and not layer.is_held_elsewhere:
                sizes[layer.digest] = layer.size_bytes
    return tuple(FreedBlob(digest, size, repository.scope) for digest, size in sizes.items())


def find_stale_tags(
    repository: RepositoryImages,
    now: datetime,
    rules: StaleRules | None = None,
    exactness: Exactness = Exactness.EXACT,
) -> Iterator[AcrossFinding]:
    """At most one finding, about all stale tags of the repository together.

    `exactness`: how well the crawl knows what else holds the blobs (`Coverage.of_sharing`).
    """
    limits = rules or StaleRules()
    stale = stale_set(repository, now, limits)
    if stale.freed_bytes <= 0:
        return
    newest = stale.images[-1]
    knows_pulls = all(image.last_pulled_at is not None for image in stale.images)
    yield AcrossFinding(
        repository=repository.repository,
        digest=newest.digest,
        images=len(stale.images),
        freed=stale.freed,
        stored_exactness=exactness,
        finding=Finding(
            rule=INFO.identifier,
            key="",
            what=_what(stale, limits, knows_pulls=knows_pulls),
            fix="Set up a retention rule in the registry, then run its garbage collection.",
            evidence=tuple(
                Evidence(EvidenceKind.TAG, image.name, None, image.digest, image.size_bytes)
                for image in stale.images[:_SHOWN_TAGS]
            ),
            claims=(),
            first_layer=0,
            confidence=Confidence.HIGH if knows_pulls else Confidence.MEDIUM,
            basis=Basis.MEASURED,
            breadth=Breadth.IMAGE,
            caveats=_caveats(knows_pulls=knows_pulls),
        ),
    )


def _what(stale: StaleSet, rules: StaleRules, *, knows_pulls: bool) -> str:
    pulls = f", and not pulled for {rules.days:g} days" if knows_pulls else ""
    tags = "1 tag points" if len(stale.tags) == 1 else f"{len(stale.tags)} tags point"
    return (
        f"{tags} at versions that are over {rules.days:g} days old, with {rules.keep} newer ones"
        f" of their line{pulls}: without them {format_bytes(stale.freed_bytes)} would go."
    )


def _caveats(*, knows_pulls: bool) -> tuple[str, ...]:
    unknown = "Whether they are still pulled is not known: the registry does not tell."
    return (
        *(() if knows_pulls else (unknown,)),
        "Versions that run somewhere must stay: compare with what your clusters run.",
        "Pulls become no smaller. Space is free only after the registry's garbage collection.",
    )
