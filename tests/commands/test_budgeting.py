from __future__ import annotations

import csv
import io
import json

from auditor.domain.outlook import BudgetReport
from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports import budget_samples


def test_budgets_are_printed_and_being_over_is_no_failure(fakes: FakeUseCases) -> None:
    result = run(fakes, "budgets")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("payments", "likely over", "too early", "not counted", "\\x1b[31m"):
        assert words in result.stdout


def test_machines_get_the_same_budgets(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "budgets", "--format", "json").stdout)
    text = run(fakes, "budgets", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [one["state"] for one in document["budgets"]] == [row["state"] for row in rows]
    assert [row["month"] for row in rows] == ["2026-11"] * 3


def test_without_a_budget_the_next_step_is_said(fakes: FakeUseCases) -> None:
    fakes.budget_report = BudgetReport(budget_samples.NOVEMBER, ())
    assert "write a table [budgets.NAME]" in run(fakes, "budgets").stdout
