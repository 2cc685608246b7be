"""Budgets in every state a report can show."""

from __future__ import annotations

from decimal import Decimal

from auditor.domain.ledger import Period
from auditor.domain.outlook import Budget, BudgetReport, CostForecast
from auditor.ledger.budgets import judge_budget

NOVEMBER = Period.month("2026-11")


def every_state() -> BudgetReport:
    euros = Budget("web", Decimal(20), "EUR", repository="shop/web", registry="registry.example")
    return BudgetReport(
        NOVEMBER,
        (
            judge_budget(
                Budget("payments", Decimal(250), "USD", team="Payments"),
                CostForecast(Decimal("251.5"), Decimal(300), Decimal(290), Decimal(333)),
            ),
            judge_budget(
                euros,
                CostForecast(
                    Decimal("12.00004"), Decimal(22), Decimal("20.5"), Decimal(28), is_rough=True
                ),
            ),
            judge_budget(
                Budget("new", Decimal("0.5"), "USD", team="=cmd\x1b[31m"), CostForecast(Decimal(0))
            ),
        ),
        ("web: costs in USD are not counted, the budget is in EUR",),
    )
