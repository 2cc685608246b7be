from __future__ import annotations

import pytest

from auditor.domain.outlook import BudgetReport
from auditor.reports.as_text.budgets import budget_table
from auditor.reports.layout import as_plain
from tests.reports import budget_samples
from tests.reports.approved import assert_matches_snapshot


@pytest.mark.parametrize("width", [None, 80])
def test_budgets_for_people_are_as_approved(width: int | None) -> None:
    text = as_plain([budget_table(budget_samples.every_state())], width=width)
    assert_matches_snapshot(f"budgets-{width or 'full'}.txt", text)


def test_without_a_budget_the_next_step_is_said() -> None:
    text = as_plain([budget_table(BudgetReport(budget_samples.NOVEMBER, ()))], width=None)
    assert "[budgets.NAME]" in text
