"""A month's cost held against its budget."""

from __future__ import annotations

from auditor.domain.outlook import Budget, BudgetLevel, BudgetState, CostForecast


def judge_budget(budget: Budget, cost: CostForecast) -> BudgetState:
    """Over once more than the amount is spent, likely over while that is only expected.

    `cost` is in the budget's currency. With too short a past nothing is expected, and only
    what is spent counts.
    """
    return BudgetState(budget, cost.to_date, cost, _level(budget, cost))


def _level(budget: Budget, cost: CostForecast) -> BudgetLevel:
    if cost.to_date > budget.amount:
        return BudgetLevel.OVER
    if cost.expected is not None and cost.expected > budget.amount:
        return BudgetLevel.LIKELY_OVER
    return BudgetLevel.UNDER
