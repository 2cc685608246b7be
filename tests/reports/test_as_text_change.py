"""An explained change in every form."""

from __future__ import annotations

import pytest

from auditor.domain.change import ExplainedChange
from auditor.domain.exactness import Exactness
from auditor.reports import as_csv, as_json
from auditor.reports.as_text.change import change_tables, subject_text
from auditor.reports.layout import as_plain
from tests.reports import change_samples
from tests.reports.approved import assert_matches_snapshot

CHANGES = {
    "change": change_samples.change(),
    "change-quiet": change_samples.quiet_change(),
    "change-team": change_samples.team_change(),
}


@pytest.mark.parametrize("name, change", CHANGES.items())
def test_a_change_in_every_form_is_as_approved(name: str, change: ExplainedChange) -> None:
    assert_matches_snapshot(f"{name}-full.txt", as_plain(change_tables(change)))
    assert_matches_snapshot(f"{name}-80.txt", as_plain(change_tables(change), width=80))
    assert_matches_snapshot(f"{name}.json", as_json.dump(as_json.change_document(change)))
    assert_matches_snapshot(f"{name}.csv", "".join(as_csv.change_lines(change)))


def test_a_change_that_is_exact_has_no_mark_and_no_legend() -> None:
    exact = change_samples.change(exactness=Exactness.EXACT)
    assert change_tables(exact)[0].notes == ()
    assert "~" in as_plain(change_tables(change_samples.change()))


def test_what_changed_is_named_by_registry_and_repository() -> None:
    assert subject_text(change_samples.change("a.example", "b\x1b")) == "a.example/b\\x1b"
    assert subject_text(change_samples.change("a.example", "")) == "a.example"
    assert subject_text(change_samples.quiet_change()) == "a group of repositories"
    assert subject_text(change_samples.team_change("b\x1b")) == "team b\\x1b"
    assert subject_text(change_samples.team_change("b", "a.example")) == "team b in a.example"
