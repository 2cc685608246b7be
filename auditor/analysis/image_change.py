"""What changed between two images: their layers paired, and the bytes of each pair."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from auditor.analysis.across.steps import shape_of
from auditor.domain.image_change import (
    ImageChange,
    ImagePart,
    ImageSide,
    LayerChange,
    LayerFate,
    PartOfChange,
    SideLayer,
)

_PARTS = {
    LayerFate.KEPT: ImagePart.KEPT,
    LayerFate.RECOMPRESSED: ImagePart.RECOMPRESSED,
    LayerFate.REBUILT: ImagePart.REBUILT,
    LayerFate.ADDED: ImagePart.ADDED,
    LayerFate.REMOVED: ImagePart.REMOVED,
}
_NOTHING = (None, "")
Pairs = Mapping[int, tuple[int, LayerFate]]


def compare_images(before: ImageSide, after: ImageSide) -> ImageChange:
    """What changed from one image to the other, in parts that add up to the byte.

    Layers are paired by digest, then by diff ID (the same files, compressed anew), then by
    build step, the same words before the same but for numbers; each layer once.
    """
    pairs = _pair(before.layers, after.layers)
    counted_before, counted_after = counted_bytes(before.layers), counted_bytes(after.layers)
    changes = tuple(
        LayerChange(
            fate,
            _part(fate, before.layers, old, after.layers, new),
            old,
            new,
            0 if old is None else counted_before[old],
            0 if new is None else counted_after[new],
        )
        for old, new, fate in _in_build_order(pairs, len(before.layers), len(after.layers))
    )
    return ImageChange(
        before=before,
        after=after,
        layers=changes,
        parts=_parts(changes, before.pull_bytes, after.pull_bytes),
        is_base_moved=_is_base_moved(before, after),
        update_bytes=_update_bytes(before, after, counted_after),
    )


def counted_bytes(layers: Sequence[SideLayer]) -> tuple[int, ...]:
    """What each layer adds to a pull: one listed again adds nothing.

    Where a digest is listed with several sizes the largest counts, as in `pull_bytes`.
    """
    largest: dict[Hashable, int] = {}
    for layer in layers:
        largest[layer.digest] = max(layer.size_bytes, largest.get(layer.digest, 0))
    return tuple(largest.pop(layer.digest, 0) for layer in layers)


def _pair(before: Sequence[SideLayer], after: Sequence[SideLayer]) -> Pairs:
    """For layers of `after` that `before` has too: which one, and how they are the same."""
    pairs: dict[int, tuple[int, LayerFate]] = {}
    rounds: tuple[tuple[LayerFate, Callable[[SideLayer], Hashable]], ...] = (
        (LayerFate.KEPT, lambda layer: layer.digest),
        (LayerFate.RECOMPRESSED, lambda layer: layer.diff_id),
        (LayerFate.REBUILT, lambda layer: layer.step and (bool(layer.from_base), layer.step)),
        (LayerFate.REBUILT, lambda layer: layer.step and (bool(layer.from_base), _shape(layer))),
    )
    taken: set[int] = set()
    for fate, key_of in rounds:
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for position, layer in enumerate(before):
            key = key_of(layer)
            if position not in taken and key not in _NOTHING:
                waiting[key].append(position)
        for position, layer in enumerate(after):
            if position not in pairs and waiting.get(key_of(layer)):
                pairs[position] = waiting[key_of(layer)].popleft(), fate
                taken.add(pairs[position][0])
    return pairs


def _shape(layer: SideLayer) -> str:
    return shape_of(layer.step)


def _in_build_order(
    pairs: Pairs, before_count: int, after_count: int
) -> Iterable[tuple[int | None, int | None, LayerFate]]:
    """Every layer of both once: as `after` is built, what is gone where it was."""
    after_of = {old: new for new, (old, _) in pairs.items()}
    gone: dict[int, list[int]] = defaultdict(list)
    above = -1
    for old in range(before_count):
        if old in after_of:
            above = after_of[old]
        else:
            gone[above].append(old)
    for new in range(-1, after_count):
        if new >= 0:
            old_or_none, fate = pairs.get(new, (None, LayerFate.ADDED))
            yield old_or_none, new, fate
        for old in gone[new]:
            yield old, None, LayerFate.REMOVED


def _part(
    fate: LayerFate,
    before: Sequence[SideLayer],
    old: int | None,
    after: Sequence[SideLayer],
    new: int | None,
) -> ImagePart:
    """A layer of a base that was changed counts as the base's, whatever became of it."""
    of_base = [
        layers[at].from_base for layers, at in ((before, old), (after, new)) if at is not None
    ]
    is_same = fate in (LayerFate.KEPT, LayerFate.RECOMPRESSED)
    return ImagePart.BASE if all(of_base) and not is_same else _PARTS[fate]


def _parts(
    changes: Iterable[LayerChange], before_bytes: int, after_bytes: int
) -> tuple[PartOfChange, ...]:
    """One per kind there is, documents last: manifest and config are what layers leave."""
    sums: dict[ImagePart, list[int]] = {}
    left = [before_bytes, after_bytes]
    for change in changes:
        both = sums.setdefault(change.part, [0, 0])
        for side, size_bytes in enumerate((change.before_bytes, change.after_bytes)):
            both[side] += size_bytes
            left[side] -= size_bytes
    sums[ImagePart.DOCUMENTS] = left
    return tuple(PartOfChange(part, *sums[part]) for part in ImagePart if part in sums)


def _is_base_moved(before: ImageSide, after: ImageSide) -> bool | None:
    if before.base is None or after.base is None:
        return None
    stacks = [_base_stack(side) for side in (before, after)]
    if all(stacks):
        return not _same(stacks[0], stacks[1])
    return (before.base.digest, before.base.names) != (after.base.digest, after.base.names)


def _base_stack(side: ImageSide) -> tuple[SideLayer, ...]:
    return tuple(layer for layer in side.layers if layer.from_base)


def _same(one: Sequence[SideLayer], other: Sequence[SideLayer]) -> bool:
    return len(one) == len(other) and all(
        a.digest == b.digest or (a.diff_id is not None and a.diff_id == b.diff_id)
        for a, b in zip(one, other, strict=True)
    )


def _update_bytes(before: ImageSide, after: ImageSide, counted: Sequence[int]) -> int:
    """Manifest and config anew unless the image is the same, and layers that are not there.

    A node keeps layers by content: the same files need no second download.
    """
    if before.digest == after.digest:
        return 0
    held = {layer.digest for layer in before.layers}
    unpacked = {layer.diff_id for layer in before.layers if layer.diff_id}
    there = sum(
        size_bytes
        for layer, size_bytes in zip(after.layers, counted, strict=True)
        if layer.digest in held or layer.diff_id in unpacked
    )
    return after.pull_bytes - there
