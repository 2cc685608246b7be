"""What storage cost, ready to be shown: one row per repository and month, and sums of rows.

Sizes are averages over the period in whole bytes. Money is rounded before it gets here,
by largest remainder, so that rows add up to the bill; nothing is rounded again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum
from typing import Self

from auditor.domain.exactness import Exactness, combine
from auditor.domain.ledger import Allocation, ChargeKind, Period, RepositoryUsage

# Enough digits that no sum of amounts is ever rounded.
_EXACT = Context(prec=100)


class RowLabel(StrEnum):
    """What a row of costs is; all but REPOSITORY belong to a registry as a whole."""

    REPOSITORY = "repository"
    SHARED_POOL = "shared_pool"
    UNATTRIBUTED = "unattributed"
    PLAN_FEE = "plan_fee"
    INCLUDED = "included"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class ChargeShare:
    """A row's part of one charge of a bill, with what a bill says about it.

    `cost` is rounded and may differ from the quantity times the contracted price by
    rounding, or because it was scaled to an invoice. A charge that follows from no price,
    such as the difference to an invoice, has neither quantity nor unit prices, nor SKU.
    `list_unit_price` None: there is no public price, or it is not known. `provider` and
    `service_name` are never empty; a host or an issuer that is "" is the provider. `tier`
    says the bounds of the price's tier, `price_version` as of when the price is.
    """

    kind: ChargeKind
    description: str
    provider: str
    host_provider: str
    invoice_issuer: str
    service_name: str
    sku_id: str
    sku_price_id: str
    list_unit_price: Decimal | None
    contracted_unit_price: Decimal | None
    pricing_quantity: Decimal | None
    pricing_unit: str
    cost: Decimal
    is_estimate: bool
    tier: str = ""
    billing_account_id: str = ""
    invoice_id: str = ""
    region: str = ""
    price_version: str = ""


@dataclass(frozen=True, slots=True)
class CostRow:
    """What one repository, or a registry as a whole, cost in a period.

    `repository` is "" for a row of the whole registry, `team` "" where nobody owns it. A
    size of None does not apply or is not known. Over the rows of a registry the logical,
    exclusive and fair-share sizes and the costs add up; stored sizes do not, since
    repositories share blobs. `cost` is the sum of the costs of its charges.
    """

    period: Period
    registry: str
    repository: str
    team: str
    label: RowLabel
    logical_bytes: int | None
    stored_bytes: int | None
    exclusive_bytes: int | None
    fair_share_bytes: int | None
    gb_months: Decimal | None
    cost: Decimal
    currency: str
    allocation: Allocation
    exactness: Exactness
    charges: tuple[ChargeShare, ...]

    def __post_init__(self) -> None:
        """Refuse a row whose charges say something else than its cost; ValueError."""
        if exact_sum(*(charge.cost for charge in self.charges)) != self.cost:
            raise ValueError(f"charges do not add up to {self.cost}: {self.repository!r}")


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The byte-time of one repository in a period, and whose it is; team "": nobody's."""

    period: Period
    team: str
    usage: RepositoryUsage


@dataclass(frozen=True, slots=True)
class CostTotals:
    """Rows of one period and one currency, added up.

    A size is None where no row had it. `exclusive_bytes` is what each repository alone
    would free, added up. Stored sizes of repositories do not add up and are left out; those
    of whole registries are `fair_share_bytes`. `allocation` None: more than one was used.
    """

    period: Period
    currency: str
    repositories: int
    logical_bytes: int | None
    exclusive_bytes: int | None
    fair_share_bytes: int | None
    gb_months: Decimal | None
    cost: Decimal
    allocation: Allocation | None
    exactness: Exactness

    @classmethod
    def of(cls, row: CostRow) -> Self:
        """The totals of a single row."""
        return cls(
            period=row.period,
            currency=row.currency,
            repositories=int(row.label is RowLabel.REPOSITORY),
            logical_bytes=row.logical_bytes,
            exclusive_bytes=row.exclusive_bytes,
            fair_share_bytes=row.fair_share_bytes,
            gb_months=row.gb_months,
            cost=row.cost,
            allocation=row.allocation,
            exactness=row.exactness,
        )

    def __add__(self, other: CostTotals) -> CostTotals:
        """The totals of both; ValueError for two currencies or two periods."""
        if (self.period, self.currency) != (other.period, other.currency):
            raise ValueError(f"cannot add {other.currency} to {self.currency} in {self.period}")
        return replace(
            self,
            repositories=self.repositories + other.repositories,
            logical_bytes=_bytes_sum(self.logical_bytes, other.logical_bytes),
            exclusive_bytes=_bytes_sum(self.exclusive_bytes, other.exclusive_bytes),
            fair_share_bytes=_bytes_sum(self.fair_share_bytes, other.fair_share_bytes),
            gb_months=_amount_sum(self.gb_months, other.gb_months),
            cost=exact_sum(self.cost, other.cost),
            allocation=self.allocation if self.allocation is other.allocation else None,
            exactness=combine((self.exactness, other.exactness)),
        )


class Tally:
    """Totals per period and currency, kept while rows stream past."""

    def __init__(self) -> None:
        self._sums: dict[tuple[datetime, str], CostTotals] = {}

    def add(self, row: CostRow) -> None:
        key, totals = (row.period.start, row.currency), CostTotals.of(row)
        self._sums[key] = self._sums[key] + totals if key in self._sums else totals

    def totals(self) -> tuple[CostTotals, ...]:
        """What was counted so far, by period, then currency; empty for no rows."""
        return tuple(self._sums[key] for key in sorted(self._sums))


@dataclass(frozen=True, slots=True)
class TeamCost:
    """What one team's repositories cost; team "" is what nobody owns."""

    team: str
    totals: CostTotals


@dataclass(frozen=True, slots=True)
class RegistryCost:
    """What one registry cost, its registry-level rows included."""

    registry: str
    totals: CostTotals


class GroupBy(StrEnum):
    """What a row of added-up costs stands for."""

    TEAM = "team"
    REGISTRY = "registry"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which costs: of a month, of one registry or all, split one way or as each is configured.

    `until` ends the month earlier, as `now` does the running one; None for neither.
    """

    period: Period
    registry: str = ""
    allocation: Allocation | None = None
    until: datetime | None = None

    @property
    def end(self) -> datetime:
        """Up to when is asked for."""
        return min(self.period.end, self.until or self.period.end)


@dataclass(frozen=True, slots=True)
class ComparedCost:
    """What a team, registry or repository costs by each way of splitting.

    `totals` are those of the way that is configured; None for a row that only another way
    has, such as a shared pool. `label` is None for teams and registries.
    """

    registry: str
    repository: str
    team: str
    label: RowLabel | None
    currency: str
    costs: tuple[tuple[Allocation, Decimal], ...]
    totals: CostTotals | None


def exact_sum(*amounts: Decimal) -> Decimal:
    """The sum without rounding, in any order; 0 for none."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def _bytes_sum(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _amount_sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return exact_sum(one, other)
