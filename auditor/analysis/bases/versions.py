"""How many versions of one base an organisation builds on, and what that costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from auditor.analysis.bases.fleet import Blob, total_size
from auditor.domain.base_fleet import BaseVersion, BaseVersions
from auditor.domain.bases import BaseLayer
from auditor.domain.digest import Digest
from auditor.domain.findings import RuleInfo

TOO_MANY_BASE_VERSIONS = RuleInfo(
    identifier="too-many-base-versions",
    title="Many versions of one base",
    sees="bases in use, by their chains of layers, in each storage scope",
    misses="bases without a known name; why a repository needs its version",
)
ENOUGH = 3
"""So many versions of one base are called many: today's, yesterday's, and one too many."""


@dataclass(frozen=True, slots=True)
class BaseUse:
    """One base (one chain of layers) in one storage scope, and who builds on it.

    `keeps`: layers that the scope holds anyway, whoever moves: other holders than these
    repositories' images on this family of bases. `repositories`: names within the scope.
    """

    scope: str
    names: tuple[str, ...]
    layers: tuple[BaseLayer, ...]
    repositories: frozenset[str]
    keeps: frozenset[Digest] = frozenset()


def is_many(found: BaseVersions, enough: int = ENOUGH) -> bool:
    """Whether so many versions of a base are too many: at least `enough`, and they cost bytes."""
    return len(found.versions) >= enough and found.excess_bytes > 0


Chain = tuple[Digest, ...]


def versions_of(family: str, uses: Sequence[BaseUse]) -> BaseVersions:
    """The versions of one base, however many; `uses` is not empty."""
    by_chain: dict[Chain, list[BaseUse]] = defaultdict(list)
    for use in uses:
        by_chain[tuple(layer.digest for layer in use.layers)].append(use)
    stored: dict[Blob, int] = {}
    holding: Counter[Blob] = Counter()
    for members in by_chain.values():
        blobs = _blobs(members)
        stored |= blobs
        holding.update(blobs.keys())
    versions = [
        (_version(members, holding), members)
        for _, members in sorted(by_chain.items(), key=lambda item: tuple(map(str, item[0])))
    ]
    versions.sort(key=lambda one: (-one[0].repositories, one[0].names))
    most_used = versions[0][1][0]
    kept = {(use.scope, digest) for use in uses for digest in use.keeps}
    needed = {
        (scope, layer.digest): layer.size_bytes
        for scope in {use.scope for use in uses}
        for layer in most_used.layers
    }
    one = {blob: size for blob, size in (stored | needed).items() if blob in kept or blob in needed}
    return BaseVersions(
        family=family,
        versions=tuple(version for version, _ in versions),
        stored_bytes=sum(stored.values()),
        one_bytes=sum(one.values()),
        repositories=len({(use.scope, name) for use in uses for name in use.repositories}),
    )


def _blobs(uses: Iterable[BaseUse]) -> dict[Blob, int]:
    return {(use.scope, layer.digest): layer.size_bytes for use in uses for layer in use.layers}


def _version(uses: Collection[BaseUse], holding: Counter[Blob]) -> BaseVersion:
    blobs = _blobs(uses)
    return BaseVersion(
        names=tuple(sorted({name for use in uses for name in use.names})),
        size_bytes=max(total_size(use.layers) for use in uses),
        own_bytes=sum(size for blob, size in blobs.items() if holding[blob] == 1),
        repositories=len({(use.scope, name) for use in uses for name in use.repositories}),
    )
