"""Where storage is heading: forecasts, unusual growth, and budgets held against them.

Byte-time is in byte-microseconds, as in the ledger. Money is not rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from auditor.domain.change import ChangePart, ExplainedChange
from auditor.domain.ledger import Period

ROUGH_BELOW_DAYS = 60
USUAL_GROWTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Forecast:
    """Byte-time of a whole period: what has been, and what is expected by its end.

    `low` to `high` is the interval that holds the outcome about eight times in ten.
    `uses_trend`: the recent trend goes on; False extends the present state. All four
    figures are equal once the period is over. `is_rough`: less than 60 days of past are
    known, and the interval holds about six times in ten only.
    """

    period: Period
    to_date: int
    expected: int
    low: int
    high: int
    uses_trend: bool = False
    is_rough: bool = False


@dataclass(frozen=True, slots=True)
class CostForecast:
    """The same in money; `expected`, `low` and `high` are None with too short a past.

    `is_rough` as in `Forecast`.
    """

    to_date: Decimal
    expected: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    is_rough: bool = False


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Growth far outside what is usual: within the day until `at`, by `growth_bytes`.

    `usual_low_bytes` to `usual_high_bytes` is the range a day's change usually stays in,
    negative where the size usually shrinks; `stored_bytes` what was stored at `at`.
    """

    at: datetime
    growth_bytes: int
    usual_low_bytes: int
    usual_high_bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class GrowthQuery:
    """Whose unusual growth: of one registry or all, of one team or everybody.

    `team` "unowned" is what nobody owns. `days`: how many to judge, today the last of them.
    `limit` None: all rows.
    """

    registry: str = ""
    team: str = ""
    days: int = USUAL_GROWTH_DAYS
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class UnusualGrowth:
    """A day in UTC on which a repository, or a whole registry, grew as it never does.

    `repository` is "" for a whole registry, which is no team's. `change` explains the day,
    its parts adding up to the growth; None where its past is not known well enough.
    """

    registry: str
    repository: str
    team: str
    anomaly: Anomaly
    change: ExplainedChange | None = None

    @property
    def day(self) -> date:
        """The day; `anomaly.at` is its end."""
        return self.anomaly.at.date()

    @property
    def reasons(self) -> tuple[ChangePart, ...]:
        """The parts that brought bytes, the biggest first."""
        parts = self.change.parts if self.change else ()
        brought = (part for part in parts if part.net_bytes > 0)
        return tuple(sorted(brought, key=lambda part: -part.net_bytes))


@dataclass(frozen=True, slots=True)
class GrowthReport:
    """Unusual growth, the latest day first, then the biggest; `count` is of all rows."""

    query: GrowthQuery
    count: int
    rows: tuple[UnusualGrowth, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a team, or a repository, may cost in a month.

    Either `team` or `repository` is set; `registry` narrows it down to one registry, ""
    means all.
    """

    name: str
    amount: Decimal
    currency: str
    team: str = ""
    repository: str = ""
    registry: str = ""


class BudgetLevel(StrEnum):
    """How a month's cost stands against its budget.

    OVER: already spent. LIKELY_OVER: the expected cost of the month is above it.
    """

    UNDER = "under"
    LIKELY_OVER = "likely over"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget held against a month so far and its forecast, in the budget's currency."""

    budget: Budget
    forecast: CostForecast
    state: BudgetLevel

    @property
    def spent(self) -> Decimal:
        """What the month has cost so far."""
        return self.forecast.to_date

    @property
    def amount(self) -> Decimal:
        """The budget."""
        return self.budget.amount


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """Every budget of a month, in the order they are written, and what has to be said."""

    period: Period
    states: tuple[BudgetState, ...]
    notes: tuple[str, ...] = ()
