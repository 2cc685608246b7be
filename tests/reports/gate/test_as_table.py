from __future__ import annotations

import pytest

from auditor.domain.policy import CheckReport
from auditor.reports.gate.as_table import check_tables
from auditor.reports.layout import as_plain
from tests.reports.approved import assert_matches_snapshot
from tests.reports.check_samples import REPORTS


@pytest.mark.parametrize("name, report", REPORTS.items())
def test_a_verdict_is_printed_as_approved(name: str, report: CheckReport) -> None:
    assert_matches_snapshot(f"{name}-full.txt", as_plain(check_tables(report)))
    assert_matches_snapshot(f"{name}-80.txt", as_plain(check_tables(report), width=80))
