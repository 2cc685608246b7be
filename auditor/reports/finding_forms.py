"""Findings for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.domain.finding_views import FindingRow, FindingsPage
from auditor.domain.units import round_money
from auditor.reports.as_csv import Cell, csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.finding_json import finding_row
from auditor.reports.json_values import moment_value
from auditor.reports.shapes.findings import FindingsDocument

FINDING_COLUMNS = (
    "registry",
    "repository",
    "tag",
    "platform",
    "digest",
    "team",
    "rule",
    "confidence",
    "basis",
    "pull_saving_bytes",
    "low_bytes",
    "high_bytes",
    "stored_saving_bytes",
    "stored_exactness",
    "monthly_saving",
    "currency",
    "cold_start_seconds",
    "priority_bytes",
    "images",
    "since",
    "what",
    "fix",
    "dockerfile",
    "ranked_low",
)


def finding_document(page: FindingsPage) -> FindingsDocument:
    """The rows in the page's order; `as_of` null before the first analysis.

    `waiting_images` are not analysed yet, so something may be missing.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": moment_value(page.as_of),
        "findings": [finding_row(row) for row in page.rows],
        "by": page.query.by.value,
        "matches": page.matches,
        "offset": page.query.offset,
        "waiting_images": page.waiting_images,
        "price_notes": list(page.price_notes),
    }


def finding_lines(rows: Iterable[FindingRow]) -> Iterator[str]:
    r"""The header and one line per finding; lines of a Dockerfile are joined by `\n`."""
    return csv_lines(FINDING_COLUMNS, map(_cells, rows))


def _cells(row: FindingRow) -> tuple[Cell, ...]:
    finding = row.finding
    return (
        row.registry,
        row.repository,
        row.tag,
        None if row.platform is None else str(row.platform),
        row.digest.text,
        row.team or None,
        finding.rule,
        finding.confidence,
        finding.basis,
        finding.pull_saving_bytes,
        finding.low_bytes,
        finding.high_bytes,
        row.stored_saving_bytes,
        row.stored_exactness,
        None if row.monthly_saving is None else round_money(row.monthly_saving),
        row.currency,
        f"{row.cold_start_seconds:.3f}",
        row.priority_bytes,
        row.images,
        row.since,
        finding.what,
        finding.fix,
        "\n".join(finding.dockerfile),
        " ".join(row.ranked_low),
    )
