"""Bytes and money as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

GB = 10**9
GIB = 2**30
_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_STEPS_BELOW = ((2, 10), (1, 100))


def format_bytes(size_bytes: int) -> str:
    """Decimal units as Docker prints them, three significant digits: `1.83 GB`.

    Below 1 kB the exact count, such as `512 B`; negative values keep their sign.
    """
    magnitude = abs(size_bytes)
    sign = "-" if size_bytes < 0 else ""
    if magnitude < _STEP:
        return f"{sign}{magnitude} B"
    value, power = Decimal(magnitude), 0
    while _rounded(value) >= _STEP and power < len(_UNITS) - 1:
        value, power = value / _STEP, power + 1
    return f"{sign}{_rounded(value)} {_UNITS[power]}"


def _rounded(value: Decimal) -> Decimal:
    for step, limit in _STEPS_BELOW:
        # Judged after rounding: 9.995 is 10.0, not 10.00.
        if value < limit and (rounded := round(value, step)) < limit:
            return rounded
    return Decimal(round(value))


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of storage costs for a month.

    `amount` is per `unit_bytes` (GB or GIB) and month; `source` says where it comes from.
    """

    amount: Decimal
    currency: str
    unit_bytes: int = GB
    source: str = ""

    def monthly_cost(self, size_bytes: int) -> Decimal:
        """Cost of keeping `size_bytes` for a month, not rounded."""
        return self.amount * size_bytes / self.unit_bytes


def round_money(amount: Decimal) -> Decimal:
    """Money with four decimals: small repositories cost fractions of a cent."""
    return amount.quantize(Decimal("0.0001"))
