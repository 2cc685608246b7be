from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports import change_samples

FROM = ("--from", "2026-10-31")


def test_changes_prints_parts_that_add_up_and_who_made_them(fakes: FakeUseCases) -> None:
    result = run(fakes, "changes", "team/app", *FROM, "--to", "2026-11-20T14:30Z")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("new tags", "base moves", "other", "biggest in", "no tag", "\\x1b[31m"):
        assert words in result.stdout
    assert f"{change_samples.change().net_bytes:+,}" in result.stdout
    assert fakes.browse.asked == [("localhost:5000", "team/app")]
    assert fakes.browse.moments == [
        datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 11, 20, 14, 30, tzinfo=UTC),
    ]


def test_without_a_second_date_changes_go_until_now(fakes: FakeUseCases) -> None:
    run(fakes, "changes", *FROM)
    assert fakes.browse.asked == [("", "")]
    assert fakes.browse.moments[-1] is None


@pytest.mark.parametrize("text", ["own", "registry.example.com", "http://registry.example.com/"])
def test_a_registry_is_named_as_for_rank(fakes: FakeUseCases, text: str) -> None:
    fakes.configured = {"own": "http://registry.example.com"}
    assert run(fakes, "changes", "--registry", text, *FROM).exit_code == 0
    assert fakes.browse.asked == [("registry.example.com", "")]


def test_a_team_is_asked_for_over_all_registries_or_in_one(fakes: FakeUseCases) -> None:
    result = run(fakes, "changes", "--team", "Payments", *FROM)
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("team Payments", "shared with others", "registry0.example/team/app"):
        assert words in result.stdout
    assert f"{change_samples.team_change().net_bytes:+,}" in result.stdout
    run(fakes, "changes", "--team", "unowned", "--registry", "https://a.example/", *FROM)
    assert fakes.browse.asked == [("Payments", ""), ("unowned", "a.example")]


def test_machines_get_the_same_parts(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "changes", "team/app", *FROM, "--format", "json").stdout)
    assert sum(part["net_bytes"] for part in document["parts"]) == document["net_bytes"]
    text = run(fakes, "changes", "team/app", *FROM, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sum(int(row["net_bytes"]) for row in rows) == document["net_bytes"]
    assert [row["part"] for row in rows] == [part["part"] for part in document["parts"]]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("team/app",), "--from"),
        (("team/app", "--from", ""), "--from is empty"),
        (("team/app", "--from", "soon"), "not a date"),
        (("team/app:1.4", *FROM), "ask for team/app"),
        (("team/app", "--registry", "a.example", *FROM), "two questions"),
        (("team/app", "--team", "Payments", *FROM), "leave one of them out"),
    ],
)
def test_what_cannot_be_explained_is_a_usage_error(
    fakes: FakeUseCases, arguments: tuple[str, ...], said: str
) -> None:
    result = run(fakes, "changes", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert fakes.browse.asked == []
