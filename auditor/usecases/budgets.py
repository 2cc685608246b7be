"""What teams and repositories may cost, against what they cost: ledger -> budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.domain.costs import CostRow, LedgerQuery, exact_sum
from auditor.domain.ledger import Period
from auditor.domain.outlook import Budget, BudgetReport, BudgetState, CostForecast
from auditor.domain.views import HistoryPoint
from auditor.ledger.budgets import add_costs, add_histories, expect_cost, is_counted, judge_budget
from auditor.ledger.forecast import TREND_DAYS, TRIAL_DAYS
from auditor.settings import Settings
from auditor.usecases.ledger import Ledger, open_ledger

PAST = timedelta(days=TRIAL_DAYS + TREND_DAYS)
_Shares = dict[tuple[str, str], tuple[HistoryPoint, ...]]


@dataclass(frozen=True, slots=True)
class Budgets:
    """The running month of every configured budget."""

    ledger: Ledger
    budgets: tuple[Budget, ...]

    def judge(self) -> BudgetReport:
        """Spent, expected and how it stands, budget by budget."""
        now = self.ledger.clock()
        period = Period.month_of(now)
        if not self.budgets:
            return BudgetReport(period, ())
        rows = [
            row
            for row in self.ledger.costs(LedgerQuery(period))
            if any(is_counted(budget, row) for budget in self.budgets)
        ]
        wanted = {(row.registry, row.repository) for row in rows}
        shares = self.ledger.fair_shares(wanted, now - PAST, now)
        states: list[BudgetState] = []
        notes: list[str] = []
        for budget in self.budgets:
            counted = [row for row in rows if is_counted(budget, row)]
            states.append(_state(budget, counted, shares, now))
            notes += _notes(budget, counted)
        return BudgetReport(period, tuple(states), tuple(notes))


def open_budgets(settings: Settings) -> Budgets:
    """The configured budgets over the configured database. Raises StoreError."""
    return budgets_of(settings, open_ledger(settings))


def budgets_of(settings: Settings, ledger: Ledger) -> Budgets:
    """The configured budgets over a ledger."""
    addresses = {name: one.address.name for name, one in settings.registries.items()}
    budgets = (one.to_budget(name) for name, one in settings.budgets.items())
    return Budgets(
        ledger,
        tuple(
            replace(budget, registry=addresses.get(budget.registry, budget.registry))
            for budget in budgets
        ),
    )


def _state(
    budget: Budget, counted: Iterable[CostRow], shares: _Shares, now: datetime
) -> BudgetState:
    rows = [row for row in counted if row.currency == budget.currency]
    return judge_budget(budget, expected_cost(rows, shares, now))


def expected_cost(
    rows: Iterable[CostRow],
    shares: Mapping[tuple[str, str], Sequence[HistoryPoint]],
    now: datetime,
) -> CostForecast:
    """The running month of rows in one currency, forecast registry by registry.

    `shares`: the history of each repository's fair share, by registry and name.
    """
    by_registry: dict[str, list[CostRow]] = {}
    for row in rows:
        by_registry.setdefault(row.registry, []).append(row)
    return add_costs(
        [
            expect_cost(
                exact_sum(*(row.cost for row in of_one)),
                add_histories(shares.get((row.registry, row.repository), ()) for row in of_one),
                Period.month_of(now),
                now,
            )
            for of_one in by_registry.values()
        ]
    )


def _notes(budget: Budget, counted: Iterable[CostRow]) -> Iterable[str]:
    currencies = sorted({row.currency for row in counted})
    if not currencies:
        yield f"{budget.name}: nothing matches it this month; see its team, repository and registry"
    for currency in currencies:
        if currency != budget.currency:
            yield (
                f"{budget.name}: costs in {currency} are not counted, "
                f"the budget is in {budget.currency}"
            )
