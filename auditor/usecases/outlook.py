"""What pages ask about money and growth besides costs: one object over one database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditor.domain.alerts import AlertsPage, AlertsQuery
from auditor.domain.change import ExplainedChange
from auditor.domain.crawl_views import CrawlStatus
from auditor.domain.holdings import Source
from auditor.domain.outlook import BudgetReport, GrowthQuery, GrowthReport
from auditor.domain.price_terms import PricedRegistry
from auditor.domain.reconciliation import Bill, Reconciliation
from auditor.settings import Settings
from auditor.usecases.alerts import Alerts
from auditor.usecases.anomalies import Anomalies
from auditor.usecases.budgets import Budgets, budgets_of
from auditor.usecases.crawl_status import CrawlStatuses
from auditor.usecases.ledger import Ledger
from auditor.usecases.price_history import PriceHistory
from auditor.usecases.reconcile import Reconciler
from auditor.usecases.team_change import TeamChanges


@dataclass(frozen=True, slots=True)
class Outlook:
    """The use cases behind the pages about budgets, growth, changes and bills."""

    of_budgets: Budgets
    of_growth: Anomalies
    of_teams: TeamChanges
    reconciler: Reconciler
    of_crawls: CrawlStatuses
    of_prices: PriceHistory
    of_alerts: Alerts

    @classmethod
    def over(cls, ledger: Ledger, settings: Settings) -> Outlook:
        """All of them over a ledger's database, with its owners, prices and clock."""
        database, owners, clock = ledger.database, ledger.owners, ledger.clock
        return cls(
            budgets_of(settings, ledger),
            Anomalies(database, owners, clock),
            TeamChanges(database, owners, clock),
            Reconciler(database, ledger.prices, clock),
            CrawlStatuses(database),
            PriceHistory(database, ledger.prices, clock),
            Alerts(database, tuple(settings.alerts), tuple(settings.channels)),
        )

    def budgets(self) -> BudgetReport:
        """The running month of every configured budget."""
        return self.of_budgets.judge()

    def alerts(self, query: AlertsQuery) -> AlertsPage:
        """What rules warn of and warned of, and how their channels fare."""
        return self.of_alerts.page(query)

    def anomalies(self, query: GrowthQuery) -> GrowthReport:
        """Growth out of the ordinary. Raises UnknownReferenceError, UsageError."""
        return self.of_growth.find(query)

    def team_changes(
        self, team: str, registry: str = "", *, start: datetime, end: datetime | None = None
    ) -> ExplainedChange:
        """Why a team is charged for other bytes than at `start`. Raises as `TeamChanges`."""
        return self.of_teams.explain(team, registry, start=start, end=end)

    def reconcile(self, registry: str, bill: Bill, source: Source | None) -> Reconciliation:
        """Expected bytes against those billed or held. Raises as `Reconciler`."""
        return self.reconciler.reconcile(registry, bill, source)

    def crawls(self, registry: str, limit: int) -> tuple[CrawlStatus, ...]:
        """How crawls went, by registry. Raises UnknownReferenceError."""
        return self.of_crawls.read(registry, limit)

    def prices(self) -> tuple[PricedRegistry, ...]:
        """What every counted registry is charged by, and was."""
        return self.of_prices.registries()
