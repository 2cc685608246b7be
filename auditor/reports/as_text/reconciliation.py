"""A reconciliation as a table."""

from __future__ import annotations

from decimal import Decimal

from auditor.domain.exactness import Exactness
from auditor.domain.reconciliation import Basis, Part, PartKind, Reconciliation
from auditor.domain.units import format_bytes
from auditor.reports.phrases import (
    count_text,
    exact_money,
    exact_size_text,
    legend,
    time_text,
)
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

NAMES = {
    PartKind.REFERENCED: "referenced and known",
    PartKind.KEPT_ONCE: "counted per storage scope, held once",
    PartKind.MISSING: "known, and missing in the storage",
    PartKind.SIZE_MISMATCH: "held in another size than known",
    PartKind.NOT_CRAWLED: "tagged manifests no crawl has seen",
    PartKind.UNTAGGED: "untagged manifests no crawl has seen",
    PartKind.UNREFERENCED: "unreferenced blobs",
    PartKind.FURTHER_COPIES: "further copies of a blob",
    PartKind.UPLOADS: "unfinished uploads",
    PartKind.BOOKKEEPING: "bookkeeping (links, hash states)",
    PartKind.OTHER: "other files",
    PartKind.UNATTRIBUTED: "unattributed",
}
ACTUAL = {
    Basis.BILLED: "billed",
    Basis.HELD: "held in the storage",
    Basis.INVOICE: "paid for by the amount",
}
_COLUMNS = (
    Column("what", cut=Cut.END, least_width=20),
    Column("bytes", Align.RIGHT),
    Column("size", Align.RIGHT, drop_order=2),
    Column("count", Align.RIGHT, drop_order=3),
    Column("cost/month", Align.RIGHT, drop_order=1),
)
_OF_A_STORAGE = (
    "Manifests no crawl has seen: their bodies, and the blobs that only they refer to. "
    "Unreferenced: no manifest refers to them; garbage collection frees them."
)


def reconciliation_table(found: Reconciliation) -> Table:
    """Expected, actual and difference as facts, then rows that add up to the actual bytes."""
    return Table(
        title=visible(found.registry),
        facts=_facts(found),
        columns=_COLUMNS,
        rows=tuple(_cells(part, found.currency) for part in found.parts),
        totals=(
            ACTUAL[found.basis],
            f"{found.actual_bytes:,}",
            format_bytes(found.actual_bytes),
            "",
            _money(found.actual_cost, found.currency),
        ),
        notes=notes_of(found),
    )


def _facts(found: Reconciliation) -> tuple[tuple[str, str], ...]:
    expected = exact_size_text(found.expected_bytes, found.expected_exactness)
    when = f", average of {found.month}" if found.month else ""
    return (
        ("expected", expected + when),
        (ACTUAL[found.basis], exact_size_text(found.actual_bytes, found.exactness)),
        ("difference", exact_size_text(found.difference_bytes)),
    )


def _cells(part: Part, currency: str) -> tuple[str, ...]:
    return (
        NAMES[part.kind],
        f"{part.exactness.mark}{part.size_bytes:,}",
        format_bytes(part.size_bytes),
        "" if part.count is None else f"{part.count:,}",
        _money(part.cost, currency),
    )


def _money(amount: Decimal, currency: str) -> str:
    """Every digit: what is printed adds up."""
    return f"{exact_money(amount):f} {visible(currency)}"


def notes_of(found: Reconciliation) -> tuple[str, ...]:
    """As of when, what is not sure, and where prices come from: a sentence each."""
    notes = [f"As of {time_text(found.as_of)}.", _of_what_is_known(found)]
    if found.held_bytes is not None:
        notes.append(_OF_A_STORAGE)
    if found.unread_count:
        places = count_text(found.unread_count, "place", "places")
        notes.append(f"{places} could not be read: rows say what was read.")
    elif found.part(PartKind.UNREFERENCED).exactness is Exactness.UPPER_BOUND:
        notes.append(
            "An inventory holds no bodies: manifests no crawl has seen may refer to some of "
            "the blobs called unreferenced."
        )
    notes.append(legend([found.expected_exactness, found.exactness, *_marks(found)]))
    notes += [visible(note) for note in found.price_notes]
    return tuple(note for note in notes if note)


def _marks(found: Reconciliation) -> list[Exactness]:
    return [part.exactness for part in found.parts]


def _of_what_is_known(found: Reconciliation) -> str:
    if not found.known_untagged_bytes:
        return ""
    size = exact_size_text(found.known_untagged_bytes)
    return f"Of what is referenced and known, no tag leads to {size}."
