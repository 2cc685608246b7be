"""Every metric there is, over samples."""

from __future__ import annotations

from datetime import UTC, datetime

from auditor.domain.alerts import ChannelState
from auditor.domain.metrics import Metric, RuleFigures, RunFigures
from auditor.domain.views import CrawlView, RankingRow
from auditor.reports import service_metrics
from auditor.reports.metrics import registry_metrics
from tests.reports import budget_samples, samples

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
RUNS = (
    RunFigures("crawl", "done", 9, NOON),
    RunFigures("crawl", "failed", 1, NOON),
    RunFigures("digest", "waiting", 1, None),
)
RULES = (RuleFigures("apt-lists-kept", 12, 40_000_000, 9_000_000), RuleFigures("x", 1, 5, -7))


def every_metric(
    crawls: tuple[CrawlView, ...], rows: tuple[RankingRow, ...] = (samples.row(),)
) -> tuple[Metric, ...]:
    """As `auditor.usecases.metrics` answers them."""
    return (
        *registry_metrics(crawls, "1.2.3"),
        *service_metrics.repository_metrics(rows),
        *service_metrics.backlog_metrics(7),
        *service_metrics.rule_metrics(RULES),
        *service_metrics.outbox_metrics({"sent": 4, "unknown": 1}),
        *service_metrics.schedule_metrics(RUNS),
        *service_metrics.alert_metrics({"big": 2}, (ChannelState("ops", {"sent": 3}),)),
        *service_metrics.budget_metrics(budget_samples.every_state()),
    )
