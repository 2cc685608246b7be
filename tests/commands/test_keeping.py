from __future__ import annotations

import csv
import io
import json

from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports import pruning_samples


def test_what_was_removed_is_printed(fakes: FakeUseCases) -> None:
    result = run(fakes, "history", "prune", "--keep-months", "3", "--registry", "localhost:5000")
    assert (result.exit_code, result.stderr) == (0, "")
    assert fakes.pruned == [(3, "localhost:5000", False, False)]
    assert "12,345" in result.stdout
    assert "\\x1b[31m" in result.stdout


def test_the_setting_counts_where_nothing_is_said(fakes: FakeUseCases) -> None:
    fakes.keep_months = 24
    run(fakes, "history", "prune", "--dry-run")
    run(fakes, "history", "prune", "--keep-months", "2", "--compact")
    assert fakes.pruned == [(24, "", True, False), (2, "", False, True)]


def test_without_a_number_of_months_nothing_is_removed(fakes: FakeUseCases) -> None:
    result = run(fakes, "history", "prune")
    assert (result.exit_code, fakes.pruned) == (2, [])
    assert "history.keep_months" in result.stderr


def test_a_dry_run_does_not_compact(fakes: FakeUseCases) -> None:
    result = run(fakes, "history", "prune", "--keep-months", "2", "--dry-run", "--compact")
    assert (result.exit_code, fakes.pruned) == (2, [])


def test_no_month_at_all_cannot_be_kept(fakes: FakeUseCases) -> None:
    assert run(fakes, "history", "prune", "--keep-months", "0").exit_code == 2
    assert fakes.pruned == []


def test_machines_get_the_same(fakes: FakeUseCases) -> None:
    asked = ("history", "prune", "--keep-months", "2", "--format")
    document = json.loads(run(fakes, *asked, "json").stdout)
    rows = list(csv.DictReader(io.StringIO(run(fakes, *asked, "csv").stdout, newline="")))
    assert [one["presences"] for one in document["registries"]] == [
        int(row["presences"]) for row in rows
    ]


def test_what_is_left_for_next_time_is_told_by_the_exit_code(fakes: FakeUseCases) -> None:
    fakes.pruning = pruning_samples.stopped()
    result = run(fakes, "history", "prune", "--keep-months", "2")
    assert result.exit_code == 3
    assert "A crawl is running" in result.stdout
