from __future__ import annotations

from auditor.reports import as_json
from auditor.reports.base_forms import (
    BASE_COLUMNS,
    STEP_COLUMNS,
    base_lines,
    bases_document,
    plan_document,
    step_lines,
)
from tests.reports import base_samples
from tests.reports.approved import assert_matches_snapshot


def test_bases_for_machines_are_as_approved() -> None:
    page = base_samples.bases_page()
    assert_matches_snapshot("bases.json", as_json.dump(bases_document(page)))
    assert_matches_snapshot("bases.csv", "".join(base_lines(page)))


def test_a_plan_for_machines_is_as_approved() -> None:
    plan = base_samples.base_plan()
    assert_matches_snapshot("base-plan.json", as_json.dump(plan_document(plan)))
    assert_matches_snapshot("base-plan.csv", "".join(step_lines(plan)))


def test_without_anything_there_are_no_rows() -> None:
    nothing = base_samples.nothing_yet()
    assert (bases_document(nothing)["as_of"], bases_document(nothing)["bases"]) == (None, [])
    assert list(base_lines(nothing)) == [",".join(BASE_COLUMNS) + "\r\n"]
    unknown = base_samples.base_plan(base_samples.base_row(swap=None))
    assert plan_document(unknown)["steps"] == []
    assert list(step_lines(unknown)) == [",".join(STEP_COLUMNS) + "\r\n"]
