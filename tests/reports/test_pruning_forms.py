from __future__ import annotations

from auditor.reports.as_json import dump
from auditor.reports.pruning_forms import pruning_document, pruning_lines
from tests.reports import pruning_samples
from tests.reports.approved import assert_matches_snapshot


def test_a_pruning_for_machines_is_as_approved() -> None:
    assert_matches_snapshot("pruning.json", dump(pruning_document(pruning_samples.done())))
    assert_matches_snapshot("pruning.csv", "".join(pruning_lines(pruning_samples.done())))
