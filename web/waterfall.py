"""The layers of an image as bars: where each begins, how long it is, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.views import ImageView, LayerView

_LEAST_PERCENT = 0.3
_WHOLE = 100.0


class Owner(StrEnum):
    """Who keeps a layer in the registry."""

    BASE = "base"
    SHARED = "shared"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Bar:
    """One layer, in build order. `x` and `width` are percentages of the image's layers.

    `repeats` is the position of an earlier layer with the same bytes, which are counted
    once; then `added_bytes` is 0. `cumulative_bytes` is what all layers up to here take.
    """

    layer: LayerView
    owner: Owner
    added_bytes: int
    cumulative_bytes: int
    x: float
    width: float
    repeats: int | None


def bars(view: ImageView) -> tuple[Bar, ...]:
    """One bar per layer, bottom first; empty for an image without layers."""
    whole = sum({layer.digest: layer.size_bytes for layer in view.layers}.values())
    first_at: dict[Digest, int] = {}
    made: list[Bar] = []
    before = 0
    for layer in view.layers:
        repeats = first_at.get(layer.digest)
        first_at.setdefault(layer.digest, layer.position)
        added = layer.size_bytes if repeats is None else 0
        x, width = span(before, added, whole)
        before += added
        made.append(Bar(layer, owner_of(layer), added, before, x, width, repeats))
    return tuple(made)


def owner_of(layer: LayerView) -> Owner:
    """Base where it is known to come from it; else by how many repositories hold it."""
    if layer.from_base:
        return Owner.BASE
    return Owner.SHARED if layer.shared_by_repositories > 1 else Owner.OWN


def bytes_by_owner(made: tuple[Bar, ...]) -> dict[str, int]:
    """Bytes of the distinct layers per owner, owners without bytes included."""
    sums = {owner.value: 0 for owner in Owner}
    for bar in made:
        sums[bar.owner.value] += bar.added_bytes
    return sums


def span(before: int, added: int, whole: int) -> tuple[float, float]:
    """Where a bar begins and how wide it is, never too thin to be seen, never outside."""
    if not whole:
        return 0.0, 0.0
    width = max(_WHOLE * added / whole, _LEAST_PERCENT)
    return round(min(_WHOLE * before / whole, _WHOLE - width), 3), round(width, 3)
