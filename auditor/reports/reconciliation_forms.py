"""A reconciliation for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from auditor.domain.reconciliation import Part, Reconciliation
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.phrases import exact_money
from auditor.reports.shapes.money import ReconciledShape, ReconciliationDocument
from auditor.reports.shapes.words import Money

RECONCILIATION_COLUMNS = (
    "registry",
    "month",
    "kind",
    "bytes",
    "count",
    "exactness",
    "cost",
    "currency",
)


def reconciliation_document(found: Reconciliation) -> ReconciliationDocument:
    """Expected, actual and difference, then the rows, whose bytes and costs add up to actual."""
    as_of = found.as_of
    return {
        "schema_version": SCHEMA_VERSION,
        "registry": found.registry,
        "as_of": as_of.astimezone(UTC).isoformat().replace("+00:00", "Z") if as_of else None,
        "month": found.month or None,
        "basis": found.basis.value,
        "exactness": found.exactness.value,
        "expected_bytes": found.expected_bytes,
        "expected_exactness": found.expected_exactness.value,
        "actual_bytes": found.actual_bytes,
        "held_bytes": found.held_bytes,
        "difference_bytes": found.difference_bytes,
        "expected_cost": _money(found.expected_cost, found),
        "actual_cost": _money(found.actual_cost, found),
        "difference_cost": _money(found.actual_cost - found.expected_cost, found),
        "known_untagged_bytes": found.known_untagged_bytes,
        "rows": [_row(part, found) for part in found.parts],
        "unread_count": found.unread_count,
        "unread": [{"where": one.where, "reason": one.reason} for one in found.unread],
        "price_notes": list(found.price_notes),
    }


def _row(part: Part, found: Reconciliation) -> ReconciledShape:
    return {
        "kind": part.kind.value,
        "bytes": part.size_bytes,
        "count": part.count,
        "exactness": part.exactness.value,
        "cost": _money(part.cost, found),
    }


def _money(amount: Decimal, found: Reconciliation) -> Money:
    return {"amount": f"{exact_money(amount):f}", "currency": found.currency}


def reconciliation_lines(found: Reconciliation) -> Iterator[str]:
    """The header and one line per row; bytes and costs add up to what is billed or held."""
    return csv_lines(
        RECONCILIATION_COLUMNS,
        (
            (
                found.registry,
                found.month or None,
                part.kind,
                part.size_bytes,
                part.count,
                part.exactness,
                exact_money(part.cost),
                found.currency,
            )
            for part in found.parts
        ),
    )
