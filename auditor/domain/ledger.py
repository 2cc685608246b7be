"""The ledger's words: periods, byte-time, charges, and whose they are.

Byte-time is what storage is billed by: bytes times how long they were kept. It is held in
byte-microseconds, whole numbers, so that sums are exact; a month's average is byte-time
divided by the month. Money is Decimal and not rounded before it is split into rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from enum import StrEnum
from typing import Self

from auditor.domain.errors import UsageError
from auditor.domain.exactness import Exactness

_MICROSECOND = timedelta(microseconds=1)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DECEMBER = 12
_EXACT = Context(prec=1000)


class Allocation(StrEnum):
    """How a registry's cost is split among its repositories.

    FAIR_SHARE: by shared blobs split equally. EXCLUSIVE: by what is only theirs, the rest
    in a pool of its own. LOGICAL: by what each would take if nothing was shared.
    """

    FAIR_SHARE = "fair_share"
    EXCLUSIVE = "exclusive"
    LOGICAL = "logical"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until just before `end`, both UTC."""

    start: datetime
    end: datetime

    @classmethod
    def month(cls, text: str) -> Self:
        """The calendar month written `2026-11`, in UTC; raises UsageError."""
        match = _MONTH.fullmatch(text)
        if not match or match[1] == "0000" or match[1] == "9999":
            raise UsageError(f"not a month: {text[:80]!r}", next_step="write it as 2026-11")
        year, month = int(match[1]), int(match[2])
        start = datetime(year, month, 1, tzinfo=UTC)
        is_last = month == _DECEMBER
        end = datetime(year + is_last, 1 if is_last else month + 1, 1, tzinfo=UTC)
        return cls(start, end)

    @classmethod
    def month_of(cls, moment: datetime) -> Self:
        """The calendar month, in UTC, that `moment` is in."""
        return cls.month(f"{moment.astimezone(UTC):%Y-%m}")

    @property
    def name(self) -> str:
        """The month it begins in, as `2026-11`."""
        return f"{self.start:%Y-%m}"

    @property
    def microseconds(self) -> int:
        """Its length."""
        return (self.end - self.start) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class ByteTime:
    """Four sizes integrated over a period, in byte-microseconds; they add up."""

    logical: int = 0
    stored: int = 0
    exclusive: int = 0
    fair_share: int = 0

    def __add__(self, other: ByteTime) -> ByteTime:
        return ByteTime(
            self.logical + other.logical,
            self.stored + other.stored,
            self.exclusive + other.exclusive,
            self.fair_share + other.fair_share,
        )


@dataclass(frozen=True, slots=True)
class RepositoryUsage:
    """What one repository kept during a period, and how sure that is.

    `observed_microseconds`: for how much of the period its registry's state was known.
    `exactness` is that of logical and stored, `sharing_exactness` that of the other two.
    """

    registry: str
    repository: str
    byte_time: ByteTime
    observed_microseconds: int
    exactness: Exactness
    sharing_exactness: Exactness


@dataclass(frozen=True, slots=True)
class Stay:
    """For how long one manifest kept a blob in storage; `until` None: it still does."""

    size_bytes: int
    since: datetime
    until: datetime | None


class ChargeKind(StrEnum):
    """What a charge is for."""

    STORAGE = "storage"
    INCLUDED = "included"
    EARLY_DELETION = "early_deletion"
    PLAN_FEE = "plan_fee"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of what a registry costs over a period; cost = quantity x unit price.

    `sku` names the price and, where it has tiers, the tier. An included amount has unit
    price 0. `quantity` is in `unit`: GB-Months, GiB-Days, Months, GB.
    """

    kind: ChargeKind
    sku: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal

    @property
    def cost(self) -> Decimal:
        """Not rounded, however many digits the quantity has."""
        return _EXACT.multiply(self.quantity, self.unit_price)
