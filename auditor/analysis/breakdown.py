"""Bytes of one image or manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest


def pull_bytes(manifest_bytes: int, config_bytes: int, layers: Iterable[tuple[Digest, int]]) -> int:
    """Bytes a cold node downloads: manifest, config and each distinct layer once.

    Foreign layers count: they are pulled too. A layer given with two sizes counts with
    the larger one. Source: DESIGN, "Sizes", `pull_bytes`.
    """
    sizes: dict[Digest, int] = {}
    for digest, size_bytes in layers:
        sizes[digest] = max(size_bytes, sizes.get(digest, 0))
    return manifest_bytes + config_bytes + sum(sizes.values())


def own_bytes(manifest: Manifest, size_of: Callable[[Digest], int]) -> int:
    """Bytes the registry stores for this manifest alone: its body, then each blob once.

    Foreign references and other manifests are left out, so an index owns its body and
    what a build cache lists besides manifests. `size_of` gives the one size per digest.
    """
    blobs = {reference.digest for reference in manifest.stored_references()} - {manifest.digest}
    return manifest.size_bytes + sum(size_of(digest) for digest in blobs)
