from __future__ import annotations

import pytest

from auditor.domain.reconciliation import PartKind
from auditor.reports.as_text.reconciliation import NAMES, reconciliation_table
from auditor.reports.layout import as_plain
from tests.reports import reconciliations
from tests.reports.approved import assert_matches_snapshot


@pytest.mark.parametrize("width", [None, 80])
@pytest.mark.parametrize("name", reconciliations.EVERY)
def test_a_reconciliation_for_people_is_as_approved(name: str, width: int | None) -> None:
    text = as_plain([reconciliation_table(reconciliations.EVERY[name])], width=width)
    assert_matches_snapshot(f"{name}-{width or 'full'}.txt", text)


def test_every_part_has_a_name_of_its_own() -> None:
    assert set(NAMES) == set(PartKind)
    assert len(set(NAMES.values())) == len(PartKind)
