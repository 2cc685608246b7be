from __future__ import annotations

from decimal import Decimal

import pytest

from auditor.domain.outlook import Budget, BudgetLevel, CostForecast
from auditor.ledger.budgets import judge_budget

BUDGET = Budget("pay", Decimal(100), "USD", team="Payments")


@pytest.mark.parametrize(
    "spent,expected,level",
    [
        (10, 100, BudgetLevel.UNDER),
        (100, 100, BudgetLevel.UNDER),
        (10, 101, BudgetLevel.LIKELY_OVER),
        (101, 150, BudgetLevel.OVER),
    ],
)
def test_a_budget_is_over_once_it_is_spent_and_likely_over_before(
    spent: int, expected: int, level: BudgetLevel
) -> None:
    cost = CostForecast(Decimal(spent), Decimal(expected), Decimal(0), Decimal(999))
    state = judge_budget(BUDGET, cost)
    assert state.state is level
    assert (state.spent, state.forecast, state.amount) == (Decimal(spent), cost, Decimal(100))


def test_with_too_short_a_past_only_what_is_spent_counts() -> None:
    assert judge_budget(BUDGET, CostForecast(Decimal(99))).state is BudgetLevel.UNDER
    assert judge_budget(BUDGET, CostForecast(Decimal(101))).state is BudgetLevel.OVER
