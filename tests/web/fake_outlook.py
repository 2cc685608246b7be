"""Budgets, growth, teams' changes and bills as `Outlook` would answer them, from samples."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from auditor.domain.alerts import AlertEvent, AlertsPage, AlertsQuery
from auditor.domain.change import ExplainedChange
from auditor.domain.errors import UsageError
from auditor.domain.holdings import Inventory, Source
from auditor.domain.outlook import BudgetReport, GrowthQuery, GrowthReport, UnusualGrowth
from auditor.domain.reconciliation import Bill, Reconciliation
from tests.reports import (
    alert_samples,
    anomaly_samples,
    budget_samples,
    change_samples,
    reconciliations,
)
from tests.web.fake_views import REGISTRY, SCRIPT


def _growth() -> tuple[UnusualGrowth, ...]:
    first, *others = anomaly_samples.report().rows
    return (replace(first, repository="payments/api"), *others, replace(first, repository=SCRIPT))


@dataclass
class FakeOutlook:
    """Change the fields to reach other states; what was asked is kept."""

    report: BudgetReport = field(default_factory=budget_samples.every_state)
    growth: tuple[UnusualGrowth, ...] = field(default_factory=_growth)
    refusal: UsageError | None = None
    budgets_asked: int = 0
    alert_events: tuple[AlertEvent, ...] = field(default_factory=alert_samples.events)
    alerts_asked: list[AlertsQuery] = field(default_factory=list)
    growth_asked: list[GrowthQuery] = field(default_factory=list)
    teams_asked: list[tuple[str, str, datetime, datetime | None]] = field(default_factory=list)
    bills: list[tuple[str, Bill]] = field(default_factory=list)
    lists: list[tuple[Inventory, bytes]] = field(default_factory=list)

    def budgets(self) -> BudgetReport:
        self.budgets_asked += 1
        return self.report

    def alerts(self, query: AlertsQuery) -> AlertsPage:
        self.alerts_asked.append(query)
        return alert_samples.page(query, self.alert_events)

    def anomalies(self, query: GrowthQuery) -> GrowthReport:
        self._fail()
        self.growth_asked.append(query)
        end = None if query.limit is None else query.offset + query.limit
        return GrowthReport(query, len(self.growth), self.growth[query.offset : end])

    def team_changes(
        self, team: str, registry: str = "", *, start: datetime, end: datetime | None = None
    ) -> ExplainedChange:
        self._fail()
        self.teams_asked.append((team, registry, start, end))
        return change_samples.team_change(team, registry)

    def reconcile(self, registry: str, bill: Bill, source: Source | None) -> Reconciliation:
        self.bills.append((registry, bill))
        if isinstance(source, Inventory):
            self.lists.append((source, Path(source.path).read_bytes()))
        self._fail(source.path if source else "")
        if source is None:
            return replace(reconciliations.of_an_invoice(), registry=registry or REGISTRY)
        return replace(reconciliations.read_in_part(), registry=registry or REGISTRY)

    def _fail(self, path: str = "") -> None:
        if self.refusal:
            raise UsageError(
                self.refusal.message.format(path=path), next_step=self.refusal.next_step
            )
