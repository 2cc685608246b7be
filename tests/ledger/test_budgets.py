from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from auditor.domain.ledger import Period
from auditor.domain.outlook import Budget, BudgetLevel, CostForecast
from auditor.domain.views import HistoryPoint
from auditor.ledger.budgets import add_costs, add_histories, expect_cost, is_counted, judge_budget
from tests.reports import cost_samples

NOVEMBER = Period.month("2026-11")
BUDGET = Budget("pay", Decimal(100), "USD", team="Payments")


def day(number: int) -> datetime:
    return NOVEMBER.start + timedelta(days=number)


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


@pytest.mark.parametrize(
    "change, counts",
    [
        ({}, True),
        ({"team": "Others"}, False),
        ({"registry": "other.example"}, False),
        ({"team": "", "repository": "team/app"}, True),
        ({"team": "", "repository": "team/ap"}, False),
    ],
)
def test_a_budget_counts_what_is_its_teams_or_repositorys(
    change: dict[str, str], counts: bool
) -> None:
    row = replace(
        cost_samples.every_kind()[0], registry="a.example", repository="team/app", team="Payments"
    )
    budget = replace(BUDGET, registry="a.example")
    assert is_counted(replace(budget, **change), row) is counts  # type: ignore[arg-type]
    assert is_counted(replace(BUDGET, registry=""), row)
    assert not is_counted(replace(BUDGET, team="Payments"), replace(row, repository=""))


def test_histories_add_up_at_every_moment() -> None:
    one = [HistoryPoint(day(0), 10), HistoryPoint(day(2), 5)]
    two = [HistoryPoint(day(1), 7), HistoryPoint(day(2), 0)]
    summed = add_histories([one, two])
    assert summed == (HistoryPoint(day(0), 10), HistoryPoint(day(1), 17), HistoryPoint(day(2), 5))
    assert add_histories([]) == ()


def test_a_month_that_stays_as_it_is_costs_in_proportion_to_its_days() -> None:
    steady = [HistoryPoint(day(-100), 10**9)]
    cost = expect_cost(Decimal(10), steady, NOVEMBER, day(10))
    assert cost.to_date == Decimal(10)
    assert cost.expected == cost.low == cost.high == Decimal(30)
    assert not cost.is_rough
    assert expect_cost(Decimal(10), [HistoryPoint(day(-20), 1)], NOVEMBER, day(10)).is_rough


def test_what_grows_by_the_day_is_expected_to_cost_more() -> None:
    growing = [HistoryPoint(day(back), 10**9 + back * 10**7) for back in range(-90, 11)]
    cost = expect_cost(Decimal(10), growing, NOVEMBER, day(10))
    assert cost.expected is not None
    assert cost.expected > Decimal(30)


def test_nothing_kept_costs_nothing_and_a_short_past_expects_nothing() -> None:
    nothing = [HistoryPoint(day(-100), 0)]
    assert expect_cost(Decimal(0), nothing, NOVEMBER, day(10)).expected == 0
    short = expect_cost(Decimal(3), [HistoryPoint(day(8), 1)], NOVEMBER, day(10))
    assert short == CostForecast(Decimal(3))


def test_registries_add_up_and_one_unknown_makes_the_sum_unknown() -> None:
    one = CostForecast(Decimal(1), Decimal(2), Decimal(2), Decimal(3), is_rough=True)
    assert add_costs([one, one]) == CostForecast(
        Decimal(2), Decimal(4), Decimal(4), Decimal(6), is_rough=True
    )
    assert add_costs([one, CostForecast(Decimal(5))]) == CostForecast(Decimal(6), is_rough=True)
    assert add_costs([]) == CostForecast(Decimal(0))
