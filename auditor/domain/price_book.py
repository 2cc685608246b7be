"""What a service lists or a contract says: one entry of a price book, checked when it is made.

An entry is facts with their source, date and confidence; it computes no bill.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from auditor.domain.errors import UsageError
from auditor.domain.units import GB, GIB, Price

OLD_AFTER = timedelta(days=180)
DAYS_IN_A_SHOWN_MONTH = 30
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")


class PricedPer(StrEnum):
    """For how long one price keeps one unit: a calendar month in UTC, or a day."""

    MONTH = "month"
    DAY = "day"


class IncludedScope(StrEnum):
    """What the included amount is given to: once per account, or to each registry."""

    ACCOUNT = "account"
    REGISTRY = "registry"


class Confidence(StrEnum):
    """How far the figures of an entry can be trusted.

    HIGH: the vendor's own page, dated. MEDIUM: the vendor's page without a date, or others
    quoting it who agree. LOW: second-hand and not confirmed, or disputed.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class PriceTier:
    """A price for the units up to and including the `up_to_units`-th; None: all others.

    Bounds count from the first unit, included ones too.
    """

    up_to_units: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """What one service asks for; raises UsageError where it cannot be true.

    A unit is `unit_bytes` kept for a month or a day (`per`); `plan_fee` is for the same
    time. No tiers: no price for storage is listed, which is not the same as a price of 0.
    A closed last tier: no price is listed beyond it. `included_units` take the place of the
    first units. `egress_tiers` are per GB that leaves to the internet and month, () where
    unknown; `is_egress_metered_as_storage`: a transferred unit counts as a kept one.
    `replicas` multiply the fee or the storage where the two flags say so, seats the fee.
    `hosts` is None where no host name tells this entry. `as_of` is None where the source
    has no date; `valid_from` is the first day the price holds, None for always.
    """

    key: str
    provider: str
    service: str
    region: str
    currency: str
    unit_bytes: int
    per: PricedPer
    tiers: tuple[PriceTier, ...] = ()
    included_units: Decimal = Decimal(0)
    included_scope: IncludedScope = IncludedScope.REGISTRY
    plan_fee: Decimal = Decimal(0)
    is_fee_per_seat: bool = False
    is_fee_per_replica: bool = False
    is_storage_per_replica: bool = False
    minimum_storage_days: int = 0
    egress_tiers: tuple[PriceTier, ...] = ()
    is_egress_metered_as_storage: bool = False
    hosts: re.Pattern[str] | None = None
    source: str = ""
    as_of: date | None = None
    confidence: Confidence = Confidence.LOW
    note: str = ""
    valid_from: date | None = None

    def __post_init__(self) -> None:
        self._must(_KEY.fullmatch(self.key), "the key", "write it as aws-ecr")
        self._must(_CURRENCY.fullmatch(self.currency), "the currency", "write it as USD")
        self._must(self.unit_bytes in {GB, GIB}, "the unit", "use GB or GiB")
        for name, amount in (
            ("the included amount", self.included_units),
            ("the plan fee", self.plan_fee),
            ("the minimum of days", Decimal(self.minimum_storage_days)),
        ):
            self._must(_is_amount(amount), name, "use 0 or more")
        self._check_tiers("a tier of storage", self.tiers)
        self._check_tiers("a tier of egress", self.egress_tiers)
        is_plain = not self.egress_tiers and self.per is PricedPer.MONTH
        self._must(
            is_plain or not self.is_egress_metered_as_storage,
            "egress metered as storage",
            "price it per month, or by tiers of its own",
        )

    def is_old(self, today: date) -> bool:
        """Whether the figures are more than 180 days old, or nobody knows how old."""
        return self.as_of is None or today - self.as_of > OLD_AFTER

    @property
    def unit_name(self) -> str:
        """`GB` or `GiB`."""
        return "GB" if self.unit_bytes == GB else "GiB"

    @property
    def first_unit_price(self) -> Price | None:
        """The price of the first unit that is paid for, per month; None without a price.

        Fees and later tiers are left out. A price per day counts for 30 of them.
        """
        amount = self._first_paid_amount()
        if amount is None:
            return None
        if self.per is PricedPer.DAY:
            amount *= DAYS_IN_A_SHOWN_MONTH
        return Price(amount, self.currency, self.unit_bytes, self._words_for_source())

    def _first_paid_amount(self) -> Decimal | None:
        for tier in self.tiers:
            if tier.up_to_units is None or tier.up_to_units > self.included_units:
                return tier.amount
        return None

    def _words_for_source(self) -> str:
        words = [f"list price of {self.service}, {self.as_of.year if self.as_of else 'undated'}"]
        words.append(self.region)
        if self.per is PricedPer.DAY:
            words.append(f"{DAYS_IN_A_SHOWN_MONTH} days")
        if self.included_units:
            words.append(f"after the included {self.included_units} {self.unit_name}")
        return "; ".join(words)

    def _check_tiers(self, name: str, tiers: tuple[PriceTier, ...]) -> None:
        for tier in tiers:
            self._must(_is_amount(tier.amount), name, "use an amount of 0 or more")
        bounds = [Decimal(0), *(tier.up_to_units for tier in tiers)]
        for lower, upper in pairwise(bounds):
            is_above = lower is not None and (upper is None or _is_above(upper, lower))
            self._must(is_above, name, "let bounds rise, and leave only the last one open")

    def _must(self, truth: object, what: str, next_step: str) -> None:
        if not truth:
            raise UsageError(f"price {self.key[:80]!r}: {what} cannot be used", next_step=next_step)


def _is_amount(amount: Decimal) -> bool:
    return amount.is_finite() and amount >= 0


def _is_above(upper: Decimal, lower: Decimal) -> bool:
    return upper.is_finite() and upper > lower
