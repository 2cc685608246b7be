"""What is wrong now, by every rule: settings and store -> ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.domain.alerts import Alert, AlertKind, AlertRule
from auditor.domain.outlook import BudgetReport
from auditor.ledger import alerts as judging
from auditor.settings import Settings
from auditor.store import alert_figures as figures
from auditor.store.engine import Connection
from auditor.usecases.owners import Owners


def rules_of(settings: Settings) -> tuple[AlertRule, ...]:
    """Every `[alerts.NAME]`; registries that it calls by their name in the settings resolved."""
    addresses = {name: one.address.name for name, one in settings.registries.items()}
    rules = (one.to_rule(name) for name, one in settings.alerts.items())
    return tuple(
        replace(
            rule,
            scope=replace(
                rule.scope,
                registries=tuple(addresses.get(one, one) for one in rule.scope.registries),
            ),
        )
        for rule in rules
    )


@dataclass(slots=True)
class Judge:
    """Judges rules over one connection, which sees one moment."""

    connection: Connection
    owners: Owners
    budgets: Callable[[], BudgetReport]
    now: datetime
    _teams: dict[str, Callable[[str], str]] = field(default_factory=dict)
    _report: BudgetReport | None = None

    def judge(self, rule: AlertRule) -> Iterator[Alert]:
        """What is wrong now by one rule."""
        yield from _JUDGES[rule.kind](self, rule)

    def images(self, rule: AlertRule) -> Iterator[Alert]:
        """Images over a size."""
        found = figures.iterate_large_images(self.connection, rule.image_bytes)
        known = [
            judging.ImageFigure(one.registry, one.repository, one.tag, one.image_bytes)
            for one in found
        ]
        return judging.judge_images(rule, known, self._team)

    def growth(self, rule: AlertRule) -> Iterator[Alert]:
        """Repositories that grew too much."""
        start = self.now - timedelta(days=rule.window_days)
        found = [
            judging.GrowthFigure(one.registry, one.repository, one.earlier_bytes, one.stored_bytes)
            for one in figures.iterate_grown(self.connection, start, rule.growth_bytes)
        ]
        return judging.judge_growth(rule, found, self._team)

    def over_budget(self, rule: AlertRule) -> Iterator[Alert]:
        """Budgets that are or will be crossed; they are judged once for all rules."""
        if self._report is None:
            self._report = self.budgets()
        return judging.judge_budgets(rule, self._report)

    def crawls(self, rule: AlertRule) -> Iterator[Alert]:
        """Registries that cannot be read."""
        found = [
            judging.CrawlFigure(
                one.registry, one.outcomes, one.last_complete_at, one.first_started_at
            )
            for one in figures.list_crawl_pasts(self.connection, max(rule.failures, 1))
        ]
        return judging.judge_crawls(rule, found, self.now)

    def findings(self, rule: AlertRule) -> Iterator[Alert]:
        """Findings worth much."""
        found = [
            judging.FindingFigure(
                one.registry,
                one.repository,
                one.rule,
                one.key,
                str(one.body["finding"]["what"]),
                one.saving_bytes,
                one.since,
            )
            for one in figures.iterate_open_findings(self.connection, rule.saving_bytes)
        ]
        return judging.judge_findings(rule, found, self._team, self.now)

    def _team(self, registry: str, repository: str) -> str:
        if not self._teams:
            self._teams = {
                name: self.owners.team_of(self.connection, registry_id, name)
                for registry_id, name in figures.list_counted_ids(self.connection)
            }
        return self._teams[registry](repository)


_JUDGES: dict[AlertKind, Callable[[Judge, AlertRule], Iterator[Alert]]] = {
    AlertKind.IMAGE_SIZE: Judge.images,
    AlertKind.GROWTH: Judge.growth,
    AlertKind.BUDGET: Judge.over_budget,
    AlertKind.CRAWL_FAILING: Judge.crawls,
    AlertKind.FINDING: Judge.findings,
}
