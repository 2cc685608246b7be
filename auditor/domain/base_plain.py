"""What is kept of bases in use as plain values, as JSON takes them, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.domain.base_fleet import BaseVersion, FleetStep, FleetSwap
from auditor.domain.bases import BaseLayer
from auditor.domain.digest import Digest
from auditor.domain.platform import Platform


@dataclass(frozen=True, slots=True)
class KnownUse:
    """What is known of a base in use beside its figures.

    `distribution` and `builds` choose what it may be moved to. `swap` None where nothing is
    proposed; `target` are the layers of the base it goes to.
    """

    names: tuple[str, ...]
    platform: Platform | None
    layers: tuple[BaseLayer, ...]
    distribution: str = ""
    builds: bool = False
    swap: FleetSwap | None = None
    target: tuple[BaseLayer, ...] = ()


def use_to_plain(use: KnownUse) -> dict[str, Any]:
    """As a database keeps it."""
    swap = use.swap
    return {
        "names": list(use.names),
        "platform": str(use.platform) if use.platform else "",
        "layers": _layers_to_plain(use.layers),
        "distribution": use.distribution,
        "builds": use.builds,
        "swap": None if swap is None else _swap_to_plain(swap),
        "target": _layers_to_plain(use.target),
    }


def use_from_plain(plain: Mapping[str, Any]) -> KnownUse:
    """What `use_to_plain` wrote."""
    swap = plain["swap"]
    return KnownUse(
        names=tuple(plain["names"]),
        platform=Platform.parse(plain["platform"]) if plain["platform"] else None,
        layers=_layers_from_plain(plain["layers"]),
        distribution=plain["distribution"],
        builds=plain["builds"],
        swap=None if swap is None else _swap_from_plain(swap),
        target=_layers_from_plain(plain["target"]),
    )


def _layers_to_plain(layers: Sequence[BaseLayer]) -> list[list[Any]]:
    return [[one.digest.text, one.size_bytes] for one in layers]


def _layers_from_plain(plain: Sequence[Sequence[Any]]) -> tuple[BaseLayer, ...]:
    return tuple(BaseLayer(Digest(text), size) for text, size in plain)


def _swap_to_plain(swap: FleetSwap) -> dict[str, Any]:
    return {
        "name": swap.name,
        "size_bytes": swap.size_bytes,
        "words": list(swap.words),
        "moves": swap.moves,
        "freed_bytes": swap.freed_bytes,
        "added_bytes": swap.added_bytes,
        "kept_bytes": swap.kept_bytes,
        "break_even": swap.break_even,
        "steps": [
            [one.scope, one.repository, one.freed_bytes, one.cumulative_bytes] for one in swap.steps
        ],
    }


def _swap_from_plain(plain: Mapping[str, Any]) -> FleetSwap:
    return FleetSwap(
        name=plain["name"],
        size_bytes=plain["size_bytes"],
        words=tuple(plain["words"]),
        moves=plain["moves"],
        freed_bytes=plain["freed_bytes"],
        added_bytes=plain["added_bytes"],
        kept_bytes=plain["kept_bytes"],
        break_even=plain["break_even"],
        steps=tuple(FleetStep(*one) for one in plain["steps"]),
    )


def versions_to_plain(versions: Sequence[BaseVersion]) -> list[list[Any]]:
    """As a database keeps them."""
    return [[list(one.names), one.size_bytes, one.own_bytes, one.repositories] for one in versions]


def versions_from_plain(plain: Sequence[Sequence[Any]]) -> tuple[BaseVersion, ...]:
    """What `versions_to_plain` wrote."""
    return tuple(
        BaseVersion(tuple(names), size, own, repositories)
        for names, size, own, repositories in plain
    )
