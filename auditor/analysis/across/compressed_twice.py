"""One layer's content stored as several blobs: gzip and zstd, or two gzips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Twin:
    """A blob and the smaller one with the same content; who holds it, oldest image first."""

    layer: PushedLayer
    kept: PushedLayer
    repository: RepositoryImages
    image: PushedImage


def find_compressed_twice(repositories: Sequence[RepositoryImages]) -> Iterator[AcrossFinding]:
    """At most one finding per repository: its blobs of which a smaller twin is stored.

    Of each group of twins the smallest stays, ties by digest. A blob that several
    repositories hold is told of the first of them, by its newest image.
    """
    by_repository: dict[str, list[Twin]] = {}
    for twin in _twins(repositories):
        by_repository.setdefault(twin.repository.repository, []).append(twin)
    for twins in by_repository.values():
        yield _finding(twins)


def _twins(repositories: Sequence[RepositoryImages]) -> Iterator[Twin]:
    groups: dict[tuple[str, DiffId], dict[Digest, Twin]] = {}
    for repository, image in retained(repositories):
        for layer in image.layers:
            if layer.diff_id is not None:
                group = groups.setdefault((repository.scope, layer.diff_id), {})
                known = group.get(layer.digest)
                if known is None or known.repository is repository:
                    group[layer.digest] = Twin(layer, layer, repository, image)
    for group in groups.values():
        kept = min((twin.layer for twin in group.values()), key=_size_order)
        for twin in group.values():
            if twin.layer.digest != kept.digest and twin.layer.size_bytes > 0:
                yield replace(twin, kept=kept)


def _size_order(layer: PushedLayer) -> tuple[int, Digest]:
    return (layer.size_bytes, layer.digest)


def _finding(twins: Sequence[Twin]) -> AcrossFinding:
    repository = twins[0].repository
    newest = max((twin.image for twin in twins), key=lambda image: image.moment)
    freed = {twin.layer.digest: twin.layer.size_bytes for twin in twins}
    count = f"{len(freed)} layers are" if len(freed) > 1 else "1 layer is"
    biggest = sorted(twins, key=lambda twin: -twin.layer.size_bytes)[:MOST_EVIDENCE]
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
                    f" {twin.kept.media_type}, {format_bytes(twin.kept.size_bytes)}",
                    None,
                    twin.layer.digest,
                    twin.layer.size_bytes,
                )
                for twin in biggest
            ),
            claims=(),
            first_layer=0,
            confidence=Confidence.HIGH,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            caveats=(
                "Images must be pushed again with the other layers, so their digests change.",
                "Nodes that cannot read zstd need the gzip twin.",
                "The blobs go when no image holds them, after garbage collection.",
            ),
        ),
    )
