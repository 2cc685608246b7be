"""Growth out of the ordinary for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.outlook import GrowthReport, UnusualGrowth
from auditor.reports.as_csv import Cell, csv_lines
from auditor.reports.as_json import SCHEMA_VERSION, change_part
from auditor.reports.shapes.places import ChangePartShape

ANOMALY_COLUMNS = (
    "day",
    "registry",
    "repository",
    "team",
    "growth_bytes",
    "usual_low_bytes",
    "usual_high_bytes",
    "stored_bytes",
    "reason",
    "reason_bytes",
    "reason_repository",
    "reason_tag",
)
_WITHOUT_REASON = ANOMALY_COLUMNS[:8]


def anomaly_document(report: GrowthReport) -> dict[str, object]:
    """The rows, the latest day first; `reasons` null where the day cannot be explained.

    `repository` is null for a whole registry, `team` where nobody owns it.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "anomalies",
        "days": report.query.days,
        "count": report.count,
        "anomalies": [
            dict(zip(_WITHOUT_REASON, _figures(one), strict=True)) | {"reasons": _reasons(one)}
            for one in report.rows
        ],
    }


def anomaly_lines(report: GrowthReport) -> Iterator[str]:
    """The header and one line per row, with the biggest reason and who brought most of it."""
    return csv_lines(ANOMALY_COLUMNS, ((*_figures(one), *_biggest(one)) for one in report.rows))


def _figures(one: UnusualGrowth) -> tuple[str | int | None, ...]:
    found = one.anomaly
    return (
        one.day.isoformat(),
        one.registry,
        one.repository or None,
        one.team or None,
        found.growth_bytes,
        found.usual_low_bytes,
        found.usual_high_bytes,
        found.stored_bytes,
    )


def _reasons(one: UnusualGrowth) -> list[ChangePartShape] | None:
    return [change_part(part) for part in one.reasons] if one.change else None


def _biggest(one: UnusualGrowth) -> tuple[Cell, ...]:
    for part in one.reasons:
        by = part.contributors[0] if part.contributors else None
        return (
            part.kind,
            part.net_bytes,
            by.repository if by else None,
            by.tag if by else None,
        )
    return (None, None, None, None)
