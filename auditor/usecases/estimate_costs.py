"""What an estimated image costs: bytes more in the registry, seconds of a pull, money a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.analysis.image_facts import LayerFacts
from auditor.analysis.pull_time import PullModel, cold_start_seconds
from auditor.domain.digest import Digest
from auditor.domain.estimates import (
    BaseUsed,
    Compression,
    Interval,
    MonthlyCost,
    Part,
    PartKind,
    PullTimes,
    Usage,
    total,
)
from auditor.domain.reference import ImageReference
from auditor.domain.units import format_bytes
from auditor.store.engine import Connection
from auditor.store.finding_rows import held_in_scope
from auditor.store.registry_reads import find_scope_id, list_registry_names
from auditor.usecases.known_registries import not_counted
from auditor.usecases.prices import Prices

_MONTHS = 12
_MEDIA_TYPES = {
    Compression.GZIP: "application/vnd.oci.image.layer.v1.tar+gzip",
    Compression.ZSTD: "application/vnd.oci.image.layer.v1.tar+zstd",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the image will lie: `registry` is empty where that is nowhere known."""

    registry: str = ""
    repository: str = ""


def place_of(connection: Connection, wanted: str, base_registry: str) -> Place:
    """The place written as `REGISTRY[/REPOSITORY]`; else where the base is, or the only registry.

    Raises UnknownReferenceError for a registry nobody counts.
    """
    known = list_registry_names(connection)
    if wanted in known:
        return Place(wanted)
    if wanted:
        asked = ImageReference.parse(wanted, known)
        if asked.registry not in known:
            raise not_counted(connection, asked.registry or wanted, known)
        return Place(asked.registry, asked.repository)
    if base_registry in known:
        return Place(base_registry)
    return Place(known[0]) if len(known) == 1 else Place()


def with_held_layers(connection: Connection, base: BaseUsed, place: Place) -> BaseUsed:
    """The base, and which of its layers the place's storage scope holds already."""
    scope = find_scope_id(connection, place.registry, place.repository)
    if scope is None:
        return base
    held = held_in_scope(connection, scope, [layer.digest for layer in base.layers])
    layers = tuple(replace(layer, is_held=layer.digest in held) for layer in base.layers)
    return replace(base, layers=layers)


def marginal_bytes(parts: Sequence[Part], base: BaseUsed | None) -> Interval:
    """What the registry would hold more: all parts, without what it has of the base.

    Layers of one's own are taken to be new: nobody else builds the very same bytes.
    """
    return _less(total(parts), base.held_bytes if base else 0)


def pull_times(
    parts: Sequence[Part],
    base: BaseUsed | None,
    usage: Usage,
    compression: Compression,
    model: PullModel,
) -> PullTimes:
    """Seconds on a node without any of it. The base's layers are as they are stored."""
    layers = [
        LayerFacts(one.digest, one.size_bytes, _MEDIA_TYPES[Compression.GZIP])
        for one in (base.layers if base else ())
    ]
    for number, part in enumerate(parts):
        if part.kind is not PartKind.BASE or not layers:
            kind = Compression.GZIP if part.kind is PartKind.BASE else compression
            size_bytes = part.compressed.estimate_bytes
            layers.append(
                LayerFacts(Digest(f"added:part-{number}"), size_bytes, _MEDIA_TYPES[kind])
            )
    link = usage.link_bytes_per_second
    node = replace(
        model,
        link_bytes_per_second=link,
        download_bytes_per_second=min(link, model.download_bytes_per_second),
    )
    size_bytes = total(parts).estimate_bytes
    return PullTimes(size_bytes / link, cold_start_seconds(layers, node))


def monthly_cost(
    parts: Sequence[Part], base: BaseUsed | None, usage: Usage, place: Place, prices: Prices
) -> MonthlyCost:
    """Money a month for all tags kept: what is new of the base once, the rest once per tag."""
    own = total([part for part in parts if part.kind is not PartKind.BASE])
    below = total([part for part in parts if part.kind is PartKind.BASE])
    fresh = _less(below, base.held_bytes if base else 0)
    stored = Interval.sum([own.scaled(usage.tags), fresh])
    in_a_year = own.estimate_bytes * usage.tags * (1 + usage.growth_ratio) ** _MONTHS
    price = prices.of(place.registry)
    return MonthlyCost(
        estimate=price.monthly_cost(stored.estimate_bytes),
        low=price.monthly_cost(stored.low_bytes),
        high=price.monthly_cost(stored.high_bytes),
        currency=price.currency,
        formula=_formula(own, fresh, usage),
        price_note=" ".join(prices.notes([place.registry])),
        stored=stored,
        in_a_year=price.monthly_cost(fresh.estimate_bytes + round(in_a_year)),
        transfer_bytes=usage.pulls_per_month * total(parts).estimate_bytes,
        tags=usage.tags,
    )


def _formula(own: Interval, fresh: Interval, usage: Usage) -> str:
    size = format_bytes(own.estimate_bytes)
    tags = f"{usage.tags} tags x {size}" if usage.tags != 1 else f"1 tag x {size}"
    below = f" + {format_bytes(fresh.estimate_bytes)} of the base once"
    return f"{tags}{below if fresh.estimate_bytes else ''}"


def _less(interval: Interval, size_bytes: int) -> Interval:
    return Interval(
        max(0, interval.estimate_bytes - size_bytes),
        max(0, interval.low_bytes - size_bytes),
        max(0, interval.high_bytes - size_bytes),
    )
