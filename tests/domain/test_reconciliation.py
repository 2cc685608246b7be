from __future__ import annotations

from decimal import Decimal

from auditor.domain.exactness import Exactness
from auditor.domain.reconciliation import Basis, Part, PartKind, Reconciliation

D = Decimal


def reconciliation(*parts: Part) -> Reconciliation:
    return Reconciliation(
        registry="r.example",
        as_of=None,
        month="",
        basis=Basis.HELD,
        parts=parts,
        expected_exactness=Exactness.EXACT,
        exactness=Exactness.EXACT,
        currency="USD",
    )


def test_actual_is_the_sum_of_all_parts_and_the_difference_what_is_not_expected() -> None:
    found = reconciliation(
        Part(PartKind.REFERENCED, 100, cost=D("0.5")),
        Part(PartKind.MISSING, -30, cost=D("-0.15")),
        Part(PartKind.UNREFERENCED, 7, cost=D("0.0350")),
    )
    assert (found.expected_bytes, found.actual_bytes, found.difference_bytes) == (100, 77, -23)
    assert (found.expected_cost, found.actual_cost) == (D("0.5"), D("0.3850"))


def test_a_part_that_is_not_listed_has_no_bytes() -> None:
    assert reconciliation().part(PartKind.OTHER) == Part(PartKind.OTHER, 0)
    assert reconciliation().actual_bytes == 0
