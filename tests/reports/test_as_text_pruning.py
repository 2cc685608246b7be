from __future__ import annotations

import pytest

from auditor.domain.retention import Pruning
from auditor.reports.as_text.pruning import pruning_table
from auditor.reports.layout import as_plain
from tests.reports import pruning_samples
from tests.reports.approved import assert_matches_snapshot

PRUNINGS = {
    "done": pruning_samples.done(),
    "planned": pruning_samples.planned(),
    "stopped": pruning_samples.stopped(),
}


@pytest.mark.parametrize("name", PRUNINGS)
def test_a_pruning_for_people_is_as_approved(name: str) -> None:
    text = as_plain([pruning_table(PRUNINGS[name])], width=None)
    assert_matches_snapshot(f"pruning-{name}.txt", text)


def test_more_to_remove_is_said() -> None:
    text = as_plain([pruning_table(Pruning(pruning_samples.done().registries, is_finished=False))])
    assert "run it again" in text


def test_without_a_registry_there_is_nothing() -> None:
    assert "No registry was crawled" in as_plain([pruning_table(Pruning())])
