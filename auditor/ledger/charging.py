"""What a registry's storage costs over a period, line by line, under one entry of a price book.

Pure and exact: see `charges` for what is divided and `total` for what is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Context, Decimal
from fractions import Fraction

from auditor.domain.ledger import Charge, ChargeKind, Period
from auditor.domain.price_book import PricedPer, PriceEntry, PriceTier
from auditor.domain.units import GB

TOTAL_PLACES = 60
_QUOTIENTS = Context(prec=150)
_DAY_MICROSECONDS = timedelta(days=1) // timedelta(microseconds=1)
_NO_PRICE = "no price is listed"


@dataclass(frozen=True, slots=True)
class _Step:
    """Units up to `bound` (None: all others) that cost the same."""

    bound: Fraction | None
    unit_price: Decimal
    name: str
    words: str
    kind: ChargeKind | None = None


@dataclass(frozen=True, slots=True)
class _Consumed:
    """A quantity to be priced."""

    kind: ChargeKind
    quantity: Fraction
    unit: str


def charges(
    entry: PriceEntry,
    period: Period,
    *,
    stored_byte_microseconds: int,
    early_deleted_byte_microseconds: int = 0,
    replicas: int = 1,
    seats: int | None = None,
    egress_bytes: int | None = None,
    included_left: Decimal | None = None,
) -> tuple[Charge, ...]:
    """The lines of the bill for a period inside one calendar month of UTC.

    Storage, early deletion, egress, fee, each by tier; lines of quantity 0 are left out, so
    the quantities of storage add up to what was kept. What is included, and what has no
    price in the list, has lines with unit price 0.

    A quantity is byte-time divided by the unit and by the calendar month (GB-Months) or the
    day (GB-Days). Bounds of tiers, the included amount and the fee count for the share of
    the month that the period is; so they are compared with the average kept over the
    period. A vendor that compares every day is charged with a call for every day.

    `early_deleted_byte_microseconds`: how much longer deleted bytes are charged for.
    `seats` None and `egress_bytes` None are unknown, and without a line. `included_left` is
    the registry's part of `included_quantity`, None for all of it.

    Nothing is rounded but quotients, to 150 digits; `total` makes up for that, and
    rounding to money happens in `split`. Raises ValueError for a period that is empty or
    in several months, negative figures, and early deletion where no minimum is listed.
    """
    month = _month_around(period)
    _check(entry, stored_byte_microseconds, early_deleted_byte_microseconds, replicas)
    _check_known(seats, egress_bytes, included_left)
    scale = _scale(entry, period)
    copies = replicas if entry.is_storage_per_replica else 1
    unit_time = entry.unit_bytes * _base_microseconds(entry, month)
    stored = Fraction(stored_byte_microseconds * copies, unit_time)
    early = Fraction(early_deleted_byte_microseconds * copies, unit_time)
    sent = Fraction(egress_bytes or 0)
    unit = f"{entry.unit_name}-{entry.per.capitalize()}s"
    metered = [
        _Consumed(ChargeKind.STORAGE, stored, unit),
        _Consumed(ChargeKind.EARLY_DELETION, early, unit),
    ]
    if entry.is_egress_metered_as_storage:
        metered.append(_Consumed(ChargeKind.EGRESS, sent / entry.unit_bytes, unit))
    included = _included(entry, scale, included_left)
    lines = list(_priced(entry, metered, _storage_steps(entry, scale, included)))
    if entry.egress_tiers:
        steps = _tier_steps(entry.egress_tiers, Fraction(period.microseconds, month.microseconds))
        lines += _priced(entry, [_Consumed(ChargeKind.EGRESS, sent / GB, "GB")], steps)
    return (*lines, *_fee(entry, scale, replicas, seats))


def included_quantity(entry: PriceEntry, period: Period) -> Decimal:
    """How much of `charges` over the period is included, in the unit of its storage lines.

    An amount of the account is divided among its registries: see `part_of_included`.
    """
    return _as_decimal(Fraction(entry.included_units) * _scale(entry, period))


def part_of_included(included: Decimal, share: Fraction) -> Decimal:
    """A registry's share (0 to 1) of what its account has included, as `included_left`."""
    return _as_decimal(Fraction(included) * share)


def total(lines: Iterable[Charge]) -> Decimal:
    """What the lines cost together, to 60 decimal places; 0 for none.

    Added up as fractions. The 60 places are more than any amount that ends in decimals
    needs and fewer than the quotients are exact to: so the days of a month, priced without
    tiers, cost what the month does, to the last digit.
    """
    exact = sum(
        (Fraction(line.quantity) * Fraction(line.unit_price) for line in lines), Fraction(0)
    )
    return _as_decimal(Fraction(round(exact * 10**TOTAL_PLACES), 10**TOTAL_PLACES))


def _month_around(period: Period) -> Period:
    month = Period.month_of(period.start)
    if not period.start < period.end <= month.end:
        raise ValueError("a period is charged for within one calendar month of UTC")
    return month


def _check(entry: PriceEntry, stored: int, early_deleted: int, replicas: int) -> None:
    if stored < 0 or early_deleted < 0 or replicas < 1:
        raise ValueError("byte-time is 0 or more, and there is at least one replica")
    if early_deleted and not entry.minimum_storage_days:
        raise ValueError(f"{entry.key} has no minimum storage duration")


def _check_known(seats: int | None, egress_bytes: int | None, left: Decimal | None) -> None:
    if any(figure is not None and figure < 0 for figure in (seats, egress_bytes, left)):
        raise ValueError("seats, egress and the included amount are 0 or more")


def _base_microseconds(entry: PriceEntry, month: Period) -> int:
    return month.microseconds if entry.per is PricedPer.MONTH else _DAY_MICROSECONDS


def _scale(entry: PriceEntry, period: Period) -> Fraction:
    """How many months or days, as the entry has it, the period is."""
    return Fraction(period.microseconds, _base_microseconds(entry, _month_around(period)))


def _included(entry: PriceEntry, scale: Fraction, left: Decimal | None) -> Fraction:
    whole = Fraction(entry.included_units) * scale
    return whole if left is None else min(whole, Fraction(left))


def _storage_steps(entry: PriceEntry, scale: Fraction, included: Fraction) -> Iterator[_Step]:
    yield _Step(included, Decimal(0), "included", "included", ChargeKind.INCLUDED)
    yield from _tier_steps(entry.tiers, scale)


def _tier_steps(tiers: tuple[PriceTier, ...], scale: Fraction) -> Iterator[_Step]:
    for number, tier in enumerate(tiers, start=1):
        bound = None if tier.up_to_units is None else Fraction(tier.up_to_units) * scale
        is_only = len(tiers) == 1
        name = "" if is_only else f"tier-{number}"
        yield _Step(bound, tier.amount, name, "" if is_only else f"tier {number}")
    yield _Step(None, Decimal(0), "unlisted", _NO_PRICE)


def _priced(
    entry: PriceEntry, consumed: Iterable[_Consumed], steps: Iterable[_Step]
) -> Iterator[Charge]:
    """Each quantity after the other, cut where a step ends."""
    ladder = tuple(steps)
    start = Fraction(0)
    for part in consumed:
        end = start + part.quantity
        for step, quantity in _cut(start, end, ladder):
            yield _line(entry, part, step, quantity)
        start = end


def _cut(
    start: Fraction, end: Fraction, ladder: tuple[_Step, ...]
) -> Iterator[tuple[_Step, Fraction]]:
    """The steps that `start` to `end` goes over, and how much of it lies on each."""
    lower = start
    for step in ladder:
        upper = end if step.bound is None else min(end, step.bound)
        if upper > lower:
            yield step, upper - lower
            lower = upper


def _line(entry: PriceEntry, part: _Consumed, step: _Step, quantity: Fraction) -> Charge:
    what = part.kind.replace("_", " ")
    sku = "/".join(filter(None, (entry.key, part.kind.replace("_", "-"), step.name)))
    words = ", ".join(filter(None, (f"{entry.service} {what}", step.words)))
    kind = step.kind or part.kind
    return Charge(kind, sku, words, _as_decimal(quantity), part.unit, step.unit_price)


def _fee(entry: PriceEntry, scale: Fraction, replicas: int, seats: int | None) -> Iterator[Charge]:
    times = replicas if entry.is_fee_per_replica else 1
    if entry.is_fee_per_seat:
        times *= seats or 0
    if entry.plan_fee and times:
        yield Charge(
            ChargeKind.PLAN_FEE,
            f"{entry.key}/plan-fee",
            f"{entry.service} plan",
            _as_decimal(scale * times),
            f"{entry.per.capitalize()}s",
            entry.plan_fee,
        )


def _as_decimal(exact: Fraction) -> Decimal:
    return _QUOTIENTS.divide(Decimal(exact.numerator), Decimal(exact.denominator))
