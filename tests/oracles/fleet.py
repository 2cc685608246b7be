"""Who lets go of what when a fleet moves, counted from whole images instead of a database's counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.analysis.bases.fleet import BaseUser, Blob, Sharing
from auditor.domain.bases import BaseLayer
from auditor.domain.digest import Digest


@dataclass(frozen=True, slots=True)
class FleetImage:
    """One image that is kept: all its layers, of which the lowest are the old base's.

    `old_base_layers` is 0 for an image on anything else.
    """

    scope: str
    repository: str
    layers: tuple[BaseLayer, ...]
    old_base_layers: int = 0


def users_of(
    images: Iterable[FleetImage], new_layers: Iterable[BaseLayer]
) -> tuple[tuple[BaseUser, ...], Sharing]:
    """Users of the old base and their sharing, from all images of the storage scopes.

    The same answer as from a database's counts, for whoever has the images at hand.
    """
    new = {layer.digest for layer in new_layers}
    moving: dict[tuple[str, str], set[Digest]] = defaultdict(set)
    staying: dict[tuple[str, str], set[Digest]] = defaultdict(set)
    sizes: dict[Digest, int] = {}
    for image in images:
        where = image.scope, image.repository
        staying[where] |= {layer.digest for layer in image.layers[image.old_base_layers :]}
        if image.old_base_layers:
            moving[where] |= {layer.digest for layer in image.layers[: image.old_base_layers]}
        sizes |= {layer.digest: layer.size_bytes for layer in image.layers}
    holders: dict[Blob, int] = defaultdict(int)
    for (scope, repository), own in staying.items():
        for digest in own | moving.get((scope, repository), set()):
            holders[scope, digest] += 1
    users = tuple(
        BaseUser(scope, repository, frozenset(old - staying[scope, repository] - new))
        for (scope, repository), old in sorted(moving.items())
    )
    return users, Sharing(holders, sizes)
