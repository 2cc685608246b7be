from __future__ import annotations

import csv
import io

from auditor.reports.as_json import dump
from auditor.reports.budget_forms import budget_document, budget_lines
from tests.reports import budget_samples
from tests.reports.approved import assert_matches_snapshot


def test_budgets_for_machines_are_as_approved() -> None:
    assert_matches_snapshot("budgets.json", dump(budget_document(budget_samples.every_state())))


def test_the_csv_has_a_line_per_budget_and_no_formula() -> None:
    text = "".join(budget_lines(budget_samples.every_state()))
    first, second, third = csv.DictReader(io.StringIO(text, newline=""))
    assert (first["spent"], first["expected"], first["state"]) == ("251.5000", "300.0000", "over")
    assert (second["spent"], second["registry"]) == ("12.0000", "registry.example")
    assert (third["team"], third["expected"]) == ("'=cmd\\x1b[31m", "")
