"""Budgets for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from auditor.domain.outlook import BudgetReport, BudgetState
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.cost_csv import plain_money

BUDGET_COLUMNS = (
    "month",
    "budget",
    "team",
    "repository",
    "registry",
    "currency",
    "amount",
    "spent",
    "expected",
    "expected_low",
    "expected_high",
    "is_rough",
    "state",
)


def budget_document(report: BudgetReport) -> dict[str, object]:
    """The month and its budgets; amounts are strings, null where nothing can be expected."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "budgets",
        "month": report.period.name,
        "budgets": [
            dict(zip(BUDGET_COLUMNS[1:], _figures(state), strict=True)) for state in report.states
        ],
        "notes": list(report.notes),
    }


def budget_lines(report: BudgetReport) -> Iterator[str]:
    """The header and one line per budget."""
    rows = ((report.period.name, *_figures(state)) for state in report.states)
    return csv_lines(BUDGET_COLUMNS, rows)


def _figures(state: BudgetState) -> tuple[str | bool | None, ...]:
    budget, forecast = state.budget, state.forecast
    return (
        budget.name,
        budget.team or None,
        budget.repository or None,
        budget.registry or None,
        budget.currency,
        _money(budget.amount),
        _money(state.spent),
        _money(forecast.expected),
        _money(forecast.low),
        _money(forecast.high),
        forecast.is_rough,
        state.state.value,
    )


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{plain_money(amount):f}"
