"""One layer's content stored as several blobs: gzip and zstd, or two gzips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.analysis.across.copies import MOST_EVIDENCE, retained
from auditor.analysis.across.found import AcrossFinding, FreedBlob
from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.domain.digest import DiffId, Digest
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
    identifier="same-content-compressed-twice",
    title="One layer stored in several compressions",
    sees="one diff ID under more than one layer digest in a storage scope",
    misses="layers whose config cannot be read; equal files in layers that differ otherwise",
)
_SHARED = "Other repositories hold some of these blobs too, and must change with this one."


@dataclass(frozen=True, slots=True)
class LayerElsewhere:
    """A blob that other repositories of the storage scope hold; `repository` the first by name."""

    digest: Digest
    size_bytes: int
    diff_id: DiffId
    repository: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """The blob of a content that stays; `repository` where another one holds it."""

    digest: Digest
    size_bytes: int
    where: str


@dataclass(frozen=True, slots=True)
class _Twin:
    """A blob and the smaller one with the same content; the newest image that holds it."""

    layer: PushedLayer
    kept: _Kept
    image: PushedImage


def find_compressed_twice(
    repository: RepositoryImages, elsewhere: Iterable[LayerElsewhere] = ()
) -> Iterator[AcrossFinding]:
    """At most one finding: the repository's blobs of which a smaller twin is stored.

    Of each group of twins the smallest stays, ties by digest. A blob that several
    repositories hold is told of the first of them by name: `elsewhere` says what others of
    the scope hold of the same contents.
    """
    twins = tuple(_twins(repository, tuple(elsewhere)))
    if twins:
        yield _finding(repository, twins)


def _twins(repository: RepositoryImages, elsewhere: Sequence[LayerElsewhere]) -> Iterator[_Twin]:
    groups: dict[DiffId, dict[Digest, _Kept]] = {}
    first_by_digest = {one.digest: one.repository for one in elsewhere}
    for one in elsewhere:
        kept = _Kept(one.digest, one.size_bytes, f"in {one.repository}, ")
        groups.setdefault(one.diff_id, {})[one.digest] = kept
    mine: dict[Digest, tuple[DiffId, PushedLayer, PushedImage]] = {}
    for _, image in retained([repository]):
        for layer in image.layers:
            if layer.diff_id is not None:
                kept = _Kept(layer.digest, layer.size_bytes, f"{layer.media_type}, ")
                groups.setdefault(layer.diff_id, {})[layer.digest] = kept
                mine[layer.digest] = (layer.diff_id, layer, image)
    for digest, (diff_id, layer, image) in mine.items():
        smallest = min(groups[diff_id].values(), key=lambda one: (one.size_bytes, one.digest))
        is_told_here = repository.repository <= first_by_digest.get(digest, repository.repository)
        if smallest.digest != digest and layer.size_bytes > 0 and is_told_here:
            yield _Twin(layer, smallest, image)


def _finding(repository: RepositoryImages, twins: Sequence[_Twin]) -> AcrossFinding:
    newest = max((twin.image for twin in twins), key=lambda image: image.moment)
    freed = {twin.layer.digest: twin.layer.size_bytes for twin in twins}
    count = f"{len(freed)} layers are" if len(freed) > 1 else "1 layer is"
    biggest = sorted(twins, key=lambda twin: -twin.layer.size_bytes)[:MOST_EVIDENCE]
    shared = (_SHARED,) if any(twin.layer.is_held_elsewhere for twin in twins) else ()
    return AcrossFinding(
        repository=repository.repository,
        digest=newest.digest,
        images=len({twin.image.digest for twin in twins}),
        freed=tuple(FreedBlob(digest, size, repository.scope) for digest, size in freed.items()),
        finding=Finding(
            rule=INFO.identifier,
            key="",
            what=(
                f"{count} stored here though the same content is there in another compression,"
                f" as small or smaller: {format_bytes(sum(freed.values()))}."
            ),
            fix="Build and copy with one compression everywhere; tag the older images anew.",
            evidence=tuple(
                Evidence(
                    EvidenceKind.LAYER,
                    f"{twin.layer.media_type}; the same content as {twin.kept.digest.short},"
                    f" {twin.kept.where}{format_bytes(twin.kept.size_bytes)}",
                    None,
                    twin.layer.digest,
                    twin.layer.size_bytes,
                )
                for twin in biggest
            ),
            claims=(),
            first_layer=0,
            confidence=Confidence.MEDIUM if shared else Confidence.HIGH,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            caveats=(
                *shared,
                "Images must be pushed again with the other layers, so their digests change.",
                "Nodes that cannot read zstd need the gzip twin.",
                "The blobs go when no image holds them, after garbage collection.",
            ),
        ),
    )
