"""Everything monitoring reads, part by part: a scrape costs the same however much there is.

To add metrics, write a part: a function of `MetricSources` that answers metrics, each with
its name, help and samples in base units, no tag and no digest among the labels. It goes into
`QUICK` where it reads a few rows, else into `SLOW`: those are made in a thread of their own,
every five minutes at most, and a scrape takes the last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from auditor.domain.metrics import Metric
from auditor.domain.views import RankBy, RankQuery
from auditor.reports import service_metrics
from auditor.reports.metrics import registry_metrics
from auditor.settings import Settings
from auditor.store.alert_outbox import load_channel_states
from auditor.store.metric_reads import (
    count_firing,
    count_waiting_repositories,
    load_rule_figures,
    load_run_figures,
)
from auditor.store.outbox import count_mails
from auditor.usecases.beside import Beside, Start, in_a_thread
from auditor.usecases.browse import Browse
from auditor.usecases.budgets import Budgets, budgets_of
from auditor.usecases.ledger import Ledger

FRESH_SECONDS = 300.0
PATIENCE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class MetricSources:
    """What parts may read."""

    browse: Browse
    budgets: Budgets
    repositories: int
    version: str


Part = Callable[[MetricSources], Iterable[Metric]]


def _registries(sources: MetricSources) -> Iterable[Metric]:
    return registry_metrics(sources.browse.all_registries(), sources.version)


def _largest(sources: MetricSources) -> Iterable[Metric]:
    query = RankQuery(by=RankBy.STORED, limit=sources.repositories)
    rows = sources.browse.rank(query).rows if sources.repositories else ()
    return service_metrics.repository_metrics(rows)


def _backlog(sources: MetricSources) -> Iterable[Metric]:
    with sources.browse.database.reading() as connection:
        waiting = count_waiting_repositories(connection)
    return service_metrics.backlog_metrics(waiting)


def _findings(sources: MetricSources) -> Iterable[Metric]:
    with sources.browse.database.reading() as connection:
        figures = load_rule_figures(connection)
    return service_metrics.rule_metrics(figures)


def _mails(sources: MetricSources) -> Iterable[Metric]:
    with sources.browse.database.reading() as connection:
        return service_metrics.outbox_metrics(
            {state.value: count for state, count in count_mails(connection).items()}
        )


def _schedules(sources: MetricSources) -> Iterable[Metric]:
    with sources.browse.database.reading() as connection:
        return service_metrics.schedule_metrics(load_run_figures(connection))


def _alerts(sources: MetricSources) -> Iterable[Metric]:
    with sources.browse.database.reading() as connection:
        return service_metrics.alert_metrics(
            count_firing(connection), load_channel_states(connection)
        )


def _budgets(sources: MetricSources) -> Iterable[Metric]:
    return service_metrics.budget_metrics(sources.budgets.judge())


QUICK: tuple[Part, ...] = (_registries, _largest)
SLOW: tuple[Part, ...] = (_backlog, _findings, _mails, _schedules, _alerts, _budgets)


class MetricsReader:
    """Reads all parts; slow ones are remembered, each by itself."""

    def __init__(
        self,
        sources: MetricSources,
        *,
        start: Start = in_a_thread,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.sources = sources
        self._start, self._patience_seconds = start, patience_seconds
        self._slow = [self._beside(part) for part in SLOW]

    def read(self) -> tuple[Metric, ...]:
        """Every metric there is now. Raises StoreError."""
        return (*self._quick(), *self._remembered())

    def _quick(self) -> Iterator[Metric]:
        for part in QUICK:
            yield from part(self.sources)

    def _remembered(self) -> Iterator[Metric]:
        for answer in self._slow:
            yield from answer.get() or ()

    def _beside(self, part: Part) -> Beside[tuple[Metric, ...]]:
        return Beside(
            lambda: tuple(part(self.sources)),
            fresh_seconds=FRESH_SECONDS,
            patience_seconds=self._patience_seconds,
            start=self._start,
        )


def metrics_reader(
    browse: Browse,
    ledger: Ledger,
    settings: Settings,
    version: str,
    *,
    start: Start = in_a_thread,
    patience_seconds: float = PATIENCE_SECONDS,
) -> MetricsReader:
    """The reader of the configured database; `start` and the patience are those of `Beside`."""
    budgets, largest = budgets_of(settings, ledger), settings.metrics.repositories
    sources = MetricSources(browse, budgets, largest, version)
    return MetricsReader(sources, start=start, patience_seconds=patience_seconds)
