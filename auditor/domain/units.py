"""Bytes and money as people read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from auditor.domain.errors import UsageError

GB = 10**9
GIB = 2**30
_STEP = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_STEPS_BELOW = ((2, 10), (1, 100))
_BINARY_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_BYTES_IN = {name.lower(): _STEP**power for power, name in enumerate(_UNITS)} | {
    name.lower(): 1024**power for power, name in enumerate(_BINARY_UNITS, 1)
}
_SIZE = re.compile(r"(?P<number>[0-9]{1,30}(?:\.[0-9]{1,30})?) ?(?P<unit>[A-Za-z]{0,3})", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,12})?", re.ASCII)
_MOST_BYTES = 2**63 - 1


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


def parse_bytes(text: str) -> int:
    """The bytes written as `1500000000`, `1.5GB` (10**9) or `1.5 GiB` (2**30), to the nearest.

    Raises UsageError for anything else, for negative sizes and for a fraction of a byte.
    """
    match = _SIZE.fullmatch(text.strip())
    unit = _BYTES_IN.get(match["unit"].lower() or "b") if match else None
    if match and unit and (unit > 1 or "." not in match["number"]):
        size_bytes = int((Decimal(match["number"]) * unit).to_integral_value(ROUND_HALF_EVEN))
        if size_bytes <= _MOST_BYTES:
            return size_bytes
    raise UsageError(
        f"not a number of bytes: {text[:80]!r}", next_step="write it as 1500000000, 1.5GB or 3GiB"
    )


def parse_amount(text: str) -> Decimal:
    """The money written as `1234.56`, 0 or more; raises UsageError for anything else."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise UsageError(f"not an amount: {text[:80]!r}", next_step="write it as 1234.56")
    return Decimal(text.strip())


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
