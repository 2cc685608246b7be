"""Alerts and hints as the use cases would answer them, from samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.domain.alerts import AlertReport, AlertsPage, AlertsQuery
from auditor.domain.hints import DueRepositories
from tests.reports import alert_samples


class FakeAlerts:
    """Change the fields to reach other states; what was asked is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.alert_report = alert_samples.report()
        self.alerts_asked: list[AlertsQuery] = []
        self.sent: dict[str, list[tuple[str, str, str]]] = {}
        self.due: list[DueRepositories] = []
        self.hinted: list[DueRepositories] = []

    def due_hints(self, database: object) -> Sequence[DueRepositories]:
        return self.due

    def alerts(self, settings: object, query: AlertsQuery) -> AlertsPage:
        self.alerts_asked.append(query)
        return alert_samples.page(query)

    def raise_alerts(self, settings: object, *, is_dry_run: bool) -> AlertReport:
        return replace(self.alert_report, is_dry_run=is_dry_run)

    def test_channel(self, settings: object, channel: str) -> Sequence[tuple[str, str, str]]:
        return self.sent.get(channel, [("", "sent", "200")])
