"""Splits what a storage holds, or a vendor bills, into parts that add up to it exactly.

Three streams sorted by digest are read side by side, a digest at a time: nothing is kept
but the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import attrgetter

from auditor.domain.exactness import Exactness, combine
from auditor.domain.holdings import Claim, Files, HeldBlob, KnownBlob
from auditor.domain.reconciliation import Part, PartKind
from auditor.domain.units import Price, round_money

_DIGEST = attrgetter("digest")
_NAMES_OF_BLOBS = (
    PartKind.REFERENCED,
    PartKind.KEPT_ONCE,
    PartKind.MISSING,
    PartKind.SIZE_MISMATCH,
    PartKind.NOT_CRAWLED,
    PartKind.UNTAGGED,
    PartKind.UNREFERENCED,
    PartKind.FURTHER_COPIES,
)
_MORE_MAY_BE_THERE = {
    **dict.fromkeys(PartKind, Exactness.LOWER_BOUND),
    PartKind.REFERENCED: Exactness.EXACT,
    PartKind.KEPT_ONCE: Exactness.EXACT,
    PartKind.SIZE_MISMATCH: Exactness.ESTIMATED,
}
_MORE_MAY_BE_CLAIMED = {
    **dict.fromkeys(PartKind, Exactness.EXACT),
    PartKind.NOT_CRAWLED: Exactness.LOWER_BOUND,
    PartKind.UNTAGGED: Exactness.LOWER_BOUND,
    PartKind.UNREFERENCED: Exactness.UPPER_BOUND,
}


@dataclass(slots=True)
class _Tally:
    """Sums by name; `known_untagged_bytes` is part of what is referenced."""

    by_kind: dict[PartKind, Files] = field(
        default_factory=lambda: dict.fromkeys(_NAMES_OF_BLOBS, Files())
    )
    known_untagged_bytes: int = 0

    def add(self, kind: PartKind, size_bytes: int, count: int = 1) -> None:
        self.by_kind[kind] += Files(count, size_bytes)


def parts_of_storage(
    known: Iterable[KnownBlob],
    held: Iterable[HeldBlob],
    claims: Iterable[Claim],
    files: Mapping[PartKind, Files],
) -> tuple[tuple[Part, ...], int]:
    """Parts that add up to every byte of `held` and `files`, and the known untagged bytes.

    The streams come sorted by digest. What is known is REFERENCED, there or not; what only
    claims speak for belongs to manifests nobody has seen; the rest is UNREFERENCED. Where
    a digest is held twice, the copy of the known size counts, else the first.
    """
    tally = _Tally()
    for blob, sizes, claimed in _side_by_side(known, held, claims):
        if blob is not None:
            _count_known(tally, blob, sizes)
        elif sizes:
            tally.add(_name_of_unknown(claimed), sizes[0])
            _count_further(tally, sizes[1:])
    counted = {**tally.by_kind, **files}
    parts = tuple(
        Part(kind, counted[kind].size_bytes, counted[kind].count)
        for kind in PartKind
        if kind in counted and (kind is not PartKind.KEPT_ONCE or counted[kind].count)
    )
    return parts, tally.known_untagged_bytes


def _side_by_side(
    known: Iterable[KnownBlob], held: Iterable[HeldBlob], claims: Iterable[Claim]
) -> Iterator[tuple[KnownBlob | None, list[int], set[bool]]]:
    """Per digest what is known of it, the sizes held, and whether tags lead to its claims."""
    streams: Iterator[KnownBlob | HeldBlob | Claim] = merge(known, held, claims, key=_DIGEST)
    for _, group in groupby(streams, key=_DIGEST):
        blob: KnownBlob | None = None
        sizes: list[int] = []
        claimed: set[bool] = set()
        for item in group:
            if isinstance(item, KnownBlob):
                blob = item
            elif isinstance(item, HeldBlob):
                sizes.append(item.size_bytes)
            else:
                claimed.add(item.is_tagged)
        yield blob, sizes, claimed


def _count_known(tally: _Tally, blob: KnownBlob, sizes: list[int]) -> None:
    tally.add(PartKind.REFERENCED, blob.counted_bytes)
    if not blob.is_tagged:
        tally.known_untagged_bytes += blob.counted_bytes
    if not sizes:
        tally.add(PartKind.MISSING, -blob.counted_bytes)
        return
    sizes.sort(key=lambda size: size != blob.size_bytes)
    if blob.counted_bytes != blob.size_bytes:
        tally.add(PartKind.KEPT_ONCE, blob.size_bytes - blob.counted_bytes)
    if sizes[0] != blob.size_bytes:
        tally.add(PartKind.SIZE_MISMATCH, sizes[0] - blob.size_bytes)
    _count_further(tally, sizes[1:])


def _count_further(tally: _Tally, sizes: Sequence[int]) -> None:
    tally.add(PartKind.FURTHER_COPIES, sum(sizes), len(sizes))


def _name_of_unknown(claimed: set[bool]) -> PartKind:
    if not claimed:
        return PartKind.UNREFERENCED
    return PartKind.NOT_CRAWLED if True in claimed else PartKind.UNTAGGED


def with_unattributed(
    parts: Sequence[Part], actual_bytes: int, exactness: Exactness
) -> tuple[Part, ...]:
    """The parts and what they leave of the actual bytes, be it nothing.

    `exactness` is that of what is known to be there: more of it would leave less.
    """
    rest = actual_bytes - sum(part.size_bytes for part in parts)
    upside_down = {Exactness.LOWER_BOUND: Exactness.UPPER_BOUND}
    return (*parts, Part(PartKind.UNATTRIBUTED, rest, None, upside_down.get(exactness, exactness)))


def doubted(parts: Iterable[Part], *, files_unread: bool, bodies_unread: bool) -> tuple[Part, ...]:
    """The parts with what could not be read taken into account.

    Files unread: there may be more of anything, and claims on it. Bodies of manifests
    unread: they may lay claim to blobs that seem to be unreferenced.
    """
    doubts = [_MORE_MAY_BE_THERE] if files_unread else []
    doubts += [_MORE_MAY_BE_CLAIMED] if files_unread or bodies_unread else []
    return tuple(
        replace(part, exactness=combine([part.exactness, *(doubt[part.kind] for doubt in doubts)]))
        for part in parts
    )


def priced(parts: Sequence[Part], price: Price, amount: Decimal | None) -> tuple[Part, ...]:
    """The parts with what a month of each costs, rounded one by one.

    With an invoice's `amount` the last part takes what the others leave of it, so that
    they add up to it.
    """
    costs = [round_money(price.monthly_cost(part.size_bytes)) for part in parts]
    if amount is not None:
        costs[-1] = amount - sum(costs[:-1], Decimal(0))
    return tuple(replace(part, cost=cost) for part, cost in zip(parts, costs, strict=True))


def bytes_for(amount: Decimal, price: Price) -> int:
    """How many bytes an amount pays for during a month, to the nearest; the price is not 0."""
    return round(amount * price.unit_bytes / price.amount)
