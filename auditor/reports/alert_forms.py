"""Alerts for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from auditor.domain.alerts import AlertEvent, AlertReport, AlertsPage
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.json_values import moment_value

ALERT_COLUMNS = (
    "state",
    "rule",
    "kind",
    "key",
    "episode",
    "summary",
    "registry",
    "repository",
    "team",
    "subject",
    "value",
    "limit",
    "unit",
    "first_at",
    "last_at",
    "resolved_at",
)


def alerts_document(page: AlertsPage) -> dict[str, object]:
    """A page of events and the state of every channel; empty texts are null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "alerts",
        "matches": page.matches,
        "firing": page.firing,
        "alerts": [_document(event) for event in page.events],
        "channels": [
            {
                "channel": one.channel,
                "messages": dict(sorted(one.counts.items())),
                "trouble": one.trouble or None,
                "trouble_at": moment_value(one.trouble_at),
            }
            for one in page.channels
        ],
    }


def report_document(report: AlertReport) -> dict[str, object]:
    """What one look at the rules did."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "alert-check",
        "at": moment_value(report.at),
        "dry_run": report.is_dry_run,
        "firing": report.firing,
        "new": [_document(event) for event in report.began],
        "resolved": [_document(event) for event in report.ended],
        "messages": {
            "sent": report.sent,
            "later": report.later,
            "refused": report.refused,
            "unknown": report.unknown,
        },
        "failures": list(report.failures),
    }


def alert_lines(events: tuple[AlertEvent, ...]) -> Iterator[str]:
    """The header and one line per event."""
    return csv_lines(ALERT_COLUMNS, map(_figures, events))


def _document(event: AlertEvent) -> dict[str, object]:
    found: dict[str, object] = dict(zip(ALERT_COLUMNS, _figures(event), strict=True))
    return {**found, "value": event.alert.value, "limit": event.alert.limit}


def _number(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))


def _figures(event: AlertEvent) -> tuple[str | int | Decimal | None, ...]:
    alert = event.alert
    return (
        event.state.value,
        alert.rule,
        alert.kind.value,
        alert.key,
        event.episode,
        alert.summary,
        alert.registry or None,
        alert.repository or None,
        alert.team or None,
        alert.subject or None,
        _number(alert.value),
        _number(alert.limit),
        alert.unit,
        moment_value(event.first_at),
        moment_value(event.last_at),
        moment_value(event.resolved_at),
    )
