"""Money into rows that add up: the largest remainder method, and a registry's cost by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from auditor.domain.ledger import Allocation, ByteTime, RepositoryUsage

_WIDE = Context(prec=150)
_BYTE_TIME_OF: dict[Allocation, Callable[[ByteTime], int]] = {
    Allocation.FAIR_SHARE: lambda byte_time: byte_time.fair_share,
    Allocation.EXCLUSIVE: lambda byte_time: byte_time.exclusive,
    Allocation.LOGICAL: lambda byte_time: byte_time.logical,
}


@dataclass(frozen=True, slots=True)
class Allocated:
    """A registry's cost in rows: one share per repository, in the order given.

    `shared_pool` is what nobody alone is charged for; `unallocated` is all of it where
    there is nothing to charge by.
    """

    shares: tuple[Decimal, ...]
    shared_pool: Decimal
    unallocated: Decimal

    @property
    def total(self) -> Decimal:
        """All rows together."""
        rows = (*self.shares, self.shared_pool, self.unallocated)
        whole = Decimal(0)
        for row in rows:
            whole = _WIDE.add(whole, row)
        return whole


def split(amount: Decimal, weights: Sequence[int], places: int) -> tuple[Decimal, ...]:
    """`amount` in proportion to `weights`, as parts with `places` decimals.

    The parts add up exactly to the amount rounded half even to that many places: each has
    its quota rounded down, and the units that are left go one each to the largest
    remainders, of equal ones to the first. A weight of 0 gets 0; a negative amount (a
    credit) is split as its opposite is. Raises ValueError for a negative weight, and where
    no weight is above 0.
    Source: Hamilton's method; M. L. Balinski and H. P. Young, Fair Representation, 1982.
    """
    whole = sum(weights)
    if any(weight < 0 for weight in weights) or not whole:
        raise ValueError("weights are 0 or more, and one of them is above 0")
    units = _in_units(amount, places)
    sign = -1 if units < 0 else 1
    quotas = [divmod(abs(units) * weight, whole) for weight in weights]
    left = abs(units) - sum(quota for quota, _ in quotas)
    by_remainder = sorted(range(len(quotas)), key=lambda at: -quotas[at][1])
    favoured = set(by_remainder[:left])
    return tuple(
        _from_units(sign * (quota + (at in favoured)), places)
        for at, (quota, _) in enumerate(quotas)
    )


def allocate(
    usages: Sequence[RepositoryUsage],
    total: Decimal,
    method: Allocation,
    *,
    stored_byte_microseconds: int,
    places: int = 4,
) -> Allocated:
    """A registry's `total` by what its repositories kept; rows add up to it at `places`.

    `stored_byte_microseconds` is the registry's; EXCLUSIVE puts what is in it and in no
    repository alone into the shared pool. Raises ValueError where the exclusive byte-time
    is more than that.
    """
    weights = [_BYTE_TIME_OF[method](usage.byte_time) for usage in usages]
    shared = stored_byte_microseconds - sum(weights) if method is Allocation.EXCLUSIVE else 0
    if shared < 0:
        raise ValueError("repositories cannot keep more alone than their registry stores")
    nothing = _from_units(0, places)
    if not any((*weights, shared)):
        rest = _from_units(_in_units(total, places), places)
        return Allocated((nothing,) * len(usages), nothing, rest)
    *shares, pool = split(total, [*weights, shared], places)
    return Allocated(tuple(shares), pool, nothing)


def _in_units(amount: Decimal, places: int) -> int:
    """The amount in its smallest parts: cents for two places."""
    unit = _WIDE.scaleb(Decimal(1), -places)
    rounded = amount.quantize(unit, rounding=ROUND_HALF_EVEN, context=_WIDE)
    return int(_WIDE.scaleb(rounded, places))


def _from_units(units: int, places: int) -> Decimal:
    return _WIDE.scaleb(Decimal(units), -places)
