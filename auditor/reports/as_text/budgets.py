"""Budgets as a table: what is spent, what is expected, how it stands."""

from __future__ import annotations

from decimal import Decimal

from auditor.domain.outlook import BudgetReport, BudgetState
from auditor.reports.cost_csv import plain_money
from auditor.reports.phrases import money_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_NONE = "No budget is set: write a table [budgets.NAME] with a team or repository and an amount."
MEANING = (
    "expected: the month at its end, if a byte-hour goes on costing what it has; the outcome "
    "is between the two bounds about 8 times in 10."
)
ROUGH = "~ less than 60 days are known, and the bounds hold about 6 times in 10."
TOO_SHORT = "Nothing is expected where less than 14 days are known."
_UNKNOWN = "too early"
_COLUMNS = (
    Column("budget"),
    Column("of", cut=Cut.MIDDLE, least_width=16, drop_order=1),
    Column("spent", Align.RIGHT),
    Column("expected", Align.RIGHT),
    Column("between", Align.RIGHT, drop_order=2),
    Column("amount", Align.RIGHT),
    Column("state"),
)


def budget_table(report: BudgetReport) -> Table:
    """One row per budget, as they are written, and notes on what does not count."""
    if not report.states:
        return Table(notes=(_NONE,))
    forecasts = [state.forecast for state in report.states]
    notes = (
        f"Costs of {report.period.name} so far, UTC.",
        MEANING if any(one.expected is not None for one in forecasts) else "",
        ROUGH if any(one.is_rough for one in forecasts) else "",
        TOO_SHORT if any(one.expected is None for one in forecasts) else "",
        *map(visible, report.notes),
    )
    return Table(
        columns=_COLUMNS,
        rows=tuple(map(_row, report.states)),
        notes=tuple(note for note in notes if note),
    )


def _row(state: BudgetState) -> tuple[str, ...]:
    budget, forecast = state.budget, state.forecast
    mark = "~" if forecast.is_rough else ""
    return (
        visible(budget.name),
        _subject(state),
        _money(state.spent, budget.currency),
        _UNKNOWN
        if forecast.expected is None
        else mark + _money(forecast.expected, budget.currency),
        _bounds(forecast.low, forecast.high),
        _money(budget.amount, budget.currency),
        state.state.value,
    )


def _subject(state: BudgetState) -> str:
    budget = state.budget
    what = f"team {budget.team}" if budget.team else budget.repository
    return visible(f"{what} in {budget.registry}" if budget.registry else what)


def _bounds(low: Decimal | None, high: Decimal | None) -> str:
    return "" if low is None or high is None else f"{plain_money(low)} and {plain_money(high)}"


def _money(amount: Decimal, currency: str) -> str:
    return money_text(plain_money(amount), currency)
