"""What documents about costs, budgets, prices, growth and bills hold."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from auditor.domain.costs import RowLabel
from auditor.domain.ledger import Allocation, ChargeKind
from auditor.domain.outlook import BudgetLevel
from auditor.domain.reconciliation import Basis, PartKind
from auditor.reports.shapes.places import ChangePartShape
from auditor.reports.shapes.words import (
    Bytes,
    ChangedBytes,
    Count,
    Day,
    Decimals,
    ExactnessText,
    Moment,
    Money,
    Month,
    SchemaVersion,
    one_of,
)

AllocationText = Annotated[str, one_of(Allocation)]


class ChargeShape(TypedDict):
    """A row's part of one charge of the bill."""

    kind: Annotated[str, one_of(ChargeKind)]
    description: str
    sku_id: str
    sku_price_id: str
    quantity: Decimals | None
    unit: str
    unit_price: Decimals | None
    cost: Money
    is_estimate: bool


class CostShape(TypedDict):
    """What one repository, or a registry as a whole (`repository` empty), cost in a month."""

    month: Month
    registry: str
    repository: str
    team: str
    logical_bytes: Bytes | None
    stored_bytes: Bytes | None
    exclusive_bytes: Bytes | None
    fair_share_bytes: Bytes | None
    gb_months: Decimals | None
    cost: Money
    allocation: AllocationText
    exactness: ExactnessText
    row: Annotated[str, one_of(RowLabel)]
    charges: list[ChargeShape]


class CostTotalsShape(TypedDict):
    """Rows of one month and currency, added up; `allocation` null where several were used."""

    month: Month
    repositories: Count
    logical_bytes: Bytes | None
    exclusive_bytes: Bytes | None
    fair_share_bytes: Bytes | None
    gb_months: Decimals | None
    cost: Money
    allocation: AllocationText | None
    exactness: ExactnessText


class TeamCostShape(CostTotalsShape):
    """What one team's repositories cost; `team` is empty for what nobody owns."""

    team: str


class RegistryCostShape(CostTotalsShape):
    """What one registry cost."""

    registry: str
    stored_bytes: Bytes | None


class CostsDocument(TypedDict):
    """Costs by repository, then `totals` per month and currency."""

    schema_version: SchemaVersion
    kind: Literal["costs"]
    rows: list[CostShape]
    totals: list[CostTotalsShape]
    notes: NotRequired[list[str]]


class TeamsDocument(TypedDict):
    """Costs by team, month and currency."""

    schema_version: SchemaVersion
    kind: Literal["teams"]
    rows: list[TeamCostShape]
    notes: NotRequired[list[str]]


class RegistryCostsDocument(TypedDict):
    """Costs by registry, month and currency."""

    schema_version: SchemaVersion
    kind: Literal["registries"]
    rows: list[RegistryCostShape]
    notes: NotRequired[list[str]]


class UsageShape(TypedDict):
    """The byte-hours of one repository in a month, and for how many hours it was observed."""

    month: Month
    registry: str
    repository: str
    team: str
    logical_byte_hours: Decimals
    stored_byte_hours: Decimals
    exclusive_byte_hours: Decimals
    fair_share_byte_hours: Decimals
    observed_hours: Decimals
    exactness: ExactnessText
    sharing_exactness: ExactnessText


class UsageDocument(TypedDict):
    """The bytes behind the money."""

    schema_version: SchemaVersion
    kind: Literal["usage"]
    rows: list[UsageShape]
    notes: NotRequired[list[str]]


class BudgetShape(TypedDict):
    """A budget against its month; `expected` null where the past is too short."""

    budget: str
    team: str | None
    repository: str | None
    registry: str | None
    currency: str
    amount: Decimals
    spent: Decimals
    expected: Decimals | None
    expected_low: Decimals | None
    expected_high: Decimals | None
    is_rough: bool
    state: Annotated[str, one_of(BudgetLevel)]


class BudgetsDocument(TypedDict):
    """The running month of every budget."""

    schema_version: SchemaVersion
    kind: Literal["budgets"]
    month: Month
    budgets: list[BudgetShape]
    notes: list[str]


class AnomalyShape(TypedDict):
    """A day on which something grew out of the ordinary; `repository` null: the registry."""

    day: Day
    registry: str
    repository: str | None
    team: str | None
    growth_bytes: ChangedBytes
    usual_low_bytes: ChangedBytes
    usual_high_bytes: ChangedBytes
    stored_bytes: Bytes
    reasons: list[ChangePartShape] | None


class AnomaliesDocument(TypedDict):
    """The latest day first; `count` is of all rows."""

    schema_version: SchemaVersion
    kind: Literal["anomalies"]
    days: Count
    count: Count
    anomalies: list[AnomalyShape]


class PriceShape(TypedDict):
    """A price of a registry; `since` null for the one in use."""

    registry: str
    since: Month | None
    price: str
    entry: str
    as_of: Day | None
    source: str
    replicas: Count
    account: str | None


class PricesDocument(TypedDict):
    """What every registry is charged by, and was."""

    schema_version: SchemaVersion
    kind: Literal["prices"]
    prices: list[PriceShape]


class ReconciledShape(TypedDict):
    """Bytes with a name, below zero where less is there than expected."""

    kind: Annotated[str, one_of(PartKind)]
    bytes: ChangedBytes
    count: Count | None
    exactness: ExactnessText
    cost: Money


class UnreadShape(TypedDict):
    """What of a storage could not be read."""

    where: str
    reason: str


class ReconciliationDocument(TypedDict):
    """Expected, actual and difference; the rows add up to what is actual."""

    schema_version: SchemaVersion
    registry: str
    as_of: Moment | None
    month: Month | None
    basis: Annotated[str, one_of(Basis)]
    exactness: ExactnessText
    expected_bytes: Bytes
    expected_exactness: ExactnessText
    actual_bytes: Bytes
    held_bytes: Bytes | None
    difference_bytes: ChangedBytes
    expected_cost: Money
    actual_cost: Money
    difference_cost: Money
    known_untagged_bytes: Bytes | None
    rows: list[ReconciledShape]
    unread_count: Count
    unread: list[UnreadShape]
    price_notes: list[str]
