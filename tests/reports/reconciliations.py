"""Fixed reconciliations for every report: of a storage, of an invoice, and a doubtful one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from auditor.domain.exactness import Exactness
from auditor.domain.holdings import Unread
from auditor.domain.reconciliation import Basis, Part, PartKind, Reconciliation
from tests.reports.samples import HOSTILE, NOON, PRICE_NOTES

D = Decimal


def of_a_storage() -> Reconciliation:
    """Whole and exact: everything has a name."""
    return Reconciliation(
        registry="localhost:5000",
        as_of=NOON,
        month="",
        basis=Basis.HELD,
        parts=(
            Part(PartKind.REFERENCED, 45_600_000_000, 1_234, cost=D("1.0488")),
            Part(PartKind.MISSING, -30_000_000, 1, cost=D("-0.0007")),
            Part(PartKind.SIZE_MISMATCH, 0, 0, cost=D("0.0000")),
            Part(PartKind.NOT_CRAWLED, 1_000_000, 3, cost=D("0.0000")),
            Part(PartKind.UNTAGGED, 2_500_000_000, 40, cost=D("0.0575")),
            Part(PartKind.UNREFERENCED, 7_800_000_000, 99, cost=D("0.1794")),
            Part(PartKind.FURTHER_COPIES, 0, 0, cost=D("0.0000")),
            Part(PartKind.UPLOADS, 123_456_789, 2, cost=D("0.0028")),
            Part(PartKind.BOOKKEEPING, 98_765, 1_391, cost=D("0.0000")),
            Part(PartKind.OTHER, 12, 1, cost=D("0.0000")),
            Part(PartKind.UNATTRIBUTED, 0, cost=D("0.0000")),
        ),
        expected_exactness=Exactness.LOWER_BOUND,
        exactness=Exactness.EXACT,
        currency="USD",
        held_bytes=55_994_555_566,
        known_untagged_bytes=1_200_000_000,
        price_notes=PRICE_NOTES,
    )


def of_an_invoice() -> Reconciliation:
    """An amount for a month, and nothing to name the difference with."""
    return replace(
        of_a_storage(),
        month="2026-02",
        basis=Basis.INVOICE,
        parts=(
            Part(PartKind.REFERENCED, 45_600_000_000, cost=D("1.0488")),
            Part(PartKind.UNATTRIBUTED, 8_000_000_000, None, Exactness.ESTIMATED, D("0.18412345")),
        ),
        exactness=Exactness.ESTIMATED,
        held_bytes=None,
        known_untagged_bytes=None,
    )


def read_in_part() -> Reconciliation:
    """A storage of a hostile name that could not be read completely."""
    whole = of_a_storage()
    return replace(
        whole,
        registry=HOSTILE,
        currency=HOSTILE,
        as_of=None,
        parts=tuple(replace(part, exactness=Exactness.LOWER_BOUND) for part in whole.parts),
        exactness=Exactness.LOWER_BOUND,
        unread=tuple(Unread(f"{HOSTILE}/{number}", HOSTILE) for number in range(7)),
        unread_count=9,
        price_notes=(HOSTILE,),
    )


def of_an_inventory() -> Reconciliation:
    """No bodies: what is called unreferenced is an upper bound."""
    whole = of_a_storage()
    bounds = {
        PartKind.UNREFERENCED: Exactness.UPPER_BOUND,
        PartKind.UNTAGGED: Exactness.LOWER_BOUND,
    }
    parts = tuple(
        replace(part, exactness=bounds.get(part.kind, part.exactness)) for part in whole.parts
    )
    return replace(whole, parts=parts, known_untagged_bytes=0)


EVERY = {
    "reconciliation": of_a_storage(),
    "reconciliation-invoice": of_an_invoice(),
    "reconciliation-in-part": read_in_part(),
    "reconciliation-inventory": of_an_inventory(),
}
