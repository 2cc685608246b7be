"""A month's cost held against its budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from auditor.domain.costs import CostRow, exact_sum
from auditor.domain.ledger import Period
from auditor.domain.outlook import Budget, BudgetLevel, BudgetState, CostForecast
from auditor.domain.views import HistoryPoint
from auditor.ledger.forecast import byte_time_to_date, cost_forecast, forecast


def is_counted(budget: Budget, row: CostRow) -> bool:
    """Whether a cost is the budget's, in whatever currency.

    What belongs to a whole registry (a plan fee, a shared pool) is no repository's and no
    team's, and counts for no budget.
    """
    if not row.repository or budget.registry not in {"", row.registry}:
        return False
    return row.team == budget.team if budget.team else row.repository == budget.repository


def add_histories(histories: Iterable[Sequence[HistoryPoint]]) -> tuple[HistoryPoint, ...]:
    """Several histories as one, each in order of time: nothing before a first point."""
    changes: Counter[datetime] = Counter()
    for points in histories:
        before = 0
        for point in points:
            changes[point.at] += point.stored_bytes - before
            before = point.stored_bytes
    total, summed = 0, []
    for at in sorted(changes):
        total += changes[at]
        summed.append(HistoryPoint(at, total))
    return tuple(summed)


def expect_cost(
    spent: Decimal, points: Sequence[HistoryPoint], period: Period, now: datetime
) -> CostForecast:
    """What the month will have cost, if a byte-hour goes on costing what it has so far.

    `points`: the fair shares behind `spent`, added up.
    """
    to_date = byte_time_to_date(points, period, now)

    def cost_of(byte_time: int) -> Decimal:
        return spent * byte_time / to_date if to_date else Decimal(0)

    return replace(cost_forecast(forecast(points, period, now), to_date, cost_of), to_date=spent)


def add_costs(parts: Sequence[CostForecast]) -> CostForecast:
    """Several registries' forecasts as one: unknown where one is, never too narrow."""
    return CostForecast(
        exact_sum(*(part.to_date for part in parts)),
        _sum_known([part.expected for part in parts]),
        _sum_known([part.low for part in parts]),
        _sum_known([part.high for part in parts]),
        any(part.is_rough for part in parts),
    )


def _sum_known(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(*known) if known and len(known) == len(amounts) else None


def judge_budget(budget: Budget, cost: CostForecast) -> BudgetState:
    """Over once more than the amount is spent, likely over while that is only expected.

    `cost` is in the budget's currency. With too short a past nothing is expected, and only
    what is spent counts.
    """
    return BudgetState(budget, cost, _level(budget, cost))


def _level(budget: Budget, cost: CostForecast) -> BudgetLevel:
    if cost.to_date > budget.amount:
        return BudgetLevel.OVER
    if cost.expected is not None and cost.expected > budget.amount:
        return BudgetLevel.LIKELY_OVER
    return BudgetLevel.UNDER
