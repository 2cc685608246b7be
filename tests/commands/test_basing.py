from __future__ import annotations

import csv
import io
import json

import pytest

from auditor.domain.base_views import BasesBy, BasesQuery
from tests.commands.fake_use_cases import FakeUseCases, run


def test_bases_are_printed_with_their_best_swap(fakes: FakeUseCases) -> None:
    result = run(fakes, "bases")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "Too many versions of one base", "490 MB", "python:3.12", "python:3.12-slim", "355 MB",
        "never", "no name (", "2 images wait",
    ):  # fmt: skip
        assert words in result.stdout, words
    assert "\x1b[31m" not in result.stdout
    assert fakes.browse.bases_asked == [BasesQuery(limit=30)]


def test_every_filter_reaches_the_database(fakes: FakeUseCases) -> None:
    fakes.configured = {"own": "http://registry.example.com"}
    asked = ("--registry", "own", "--match", "py", "--by", "repositories", "--limit", "2")
    result = run(fakes, "bases", *asked)
    assert (result.exit_code, "… 3 more" in result.stderr) == (0, True)
    wanted = BasesQuery(BasesBy.REPOSITORIES, "registry.example.com", "py", 2)
    assert fakes.browse.bases_asked == [wanted]


def test_machines_get_all_rows(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "bases", "--format", "json").stdout)
    assert len(document["bases"]) == document["matches"] == 5
    rows = csv.DictReader(io.StringIO(run(fakes, "bases", "--format", "csv").stdout))
    assert [row["freed_bytes"] for row in rows] == ["355000000", "0", "-43000000", "", ""]


def test_a_plan_lists_the_moves_in_order(fakes: FakeUseCases) -> None:
    result = run(fakes, "bases", "python:3.12", "--to", "python:3.12-slim")
    assert result.exit_code == 0
    for words in ("after 3 of 3 moves", "team/api", "break-even", "A slim image has no compilers."):
        assert words in result.stdout
    assert fakes.browse.bases_asked == [("python:3.12", "", "python:3.12-slim", True)]


def test_machines_get_every_move(fakes: FakeUseCases) -> None:
    plan = json.loads(run(fakes, "bases", "python:3.12", "--format", "json").stdout)
    assert [step["cumulative_bytes"] for step in plan["steps"]] == [-43_000_000] * 2 + [355_000_000]
    lines = run(fakes, "bases", "python:3.12", "--format", "csv").stdout.splitlines()
    assert len(lines) == 4


def test_moves_that_are_left_out_are_counted(fakes: FakeUseCases) -> None:
    assert "… 2 more" in run(fakes, "bases", "python:3.12", "--limit", "1").stderr


def test_a_move_needs_the_base_it_leaves(fakes: FakeUseCases) -> None:
    result = run(fakes, "bases", "--to", "python:3.12-slim")
    assert (result.exit_code, "auditor bases BASE --to NAME" in result.stderr) == (2, True)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_before_the_first_analysis_it_says_so(fakes: FakeUseCases, form: str) -> None:
    fakes.browse.is_analysed = False
    result = run(fakes, "bases", "--format", form)
    assert (result.exit_code, "Not analysed yet" in result.stderr) == (0, True)
