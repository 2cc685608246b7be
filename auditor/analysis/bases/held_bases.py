"""Which bases a repository builds on, and what it would let go with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurrentImage:
    """A current image: its lowest `base_layers` layers are its base's. `builds`: it compiles."""

    manifest_id: int
    base_layers: int
    builds: bool = False


@dataclass(frozen=True, slots=True)
class HeldBase:
    """A base a repository builds on now; `manifest_id` is the first current image on it.

    `images` it holds are built on it, old ones too. `releases`: positions of base layers that
    no other manifest of the repository reaches, and no such image has once more as its own.
    """

    manifest_id: int
    layer_count: int
    images: int
    releases: tuple[int, ...]
    builds: bool


def held_bases(
    current: Iterable[CurrentImage],
    stacks: Mapping[int, Sequence[int]],
    heights: Mapping[int, int],
    reached: Mapping[int, int],
) -> Iterator[HeldBase]:
    """One for each stack of base layers that a current image has, in their order.

    `stacks`: the blobs of every image the repository holds, bottom first; `heights`: how many
    are its base's, absent where none is known; `reached`: how many manifests of the repository
    reach a blob, 0 for one that is stored elsewhere.
    """
    on: dict[tuple[int, ...], list[int]] = {}
    for manifest_id, stack in stacks.items():
        base = tuple(stack[: heights.get(manifest_id, 0)])
        on.setdefault(base, []).append(manifest_id)
    seen: dict[tuple[int, ...], list[CurrentImage]] = {}
    for image in current:
        base = tuple(stacks.get(image.manifest_id, ())[: image.base_layers])
        if base and image.manifest_id in on.get(base, ()):
            seen.setdefault(base, []).append(image)
    for base, images in seen.items():
        own = {blob for one in on[base] for blob in stacks[one][len(base) :]}
        yield HeldBase(
            manifest_id=images[0].manifest_id,
            layer_count=len(base),
            images=len(on[base]),
            releases=tuple(
                position
                for position, blob in enumerate(base)
                if base.index(blob) == position
                and blob not in own
                and reached.get(blob, 0) == len(on[base])
            ),
            builds=any(one.builds for one in images),
        )
