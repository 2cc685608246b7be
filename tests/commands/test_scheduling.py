from __future__ import annotations

import csv
import io
import json

import pytest

from tests.commands.fake_use_cases import FakeUseCases, run


def test_schedules_are_shown_with_their_next_times_and_last_runs(fakes: FakeUseCases) -> None:
    result = run(fakes, "schedules")
    assert result.exit_code == 0
    assert "Tue 2026-03-10 02:30 Europe/Berlin" in result.stdout
    assert "worker-2:9 died" in result.stdout
    assert "retention: history is kept for ever" in result.stdout


def test_machines_get_the_same(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "schedules", "--format", "json").stdout)
    states = [one["state"] for one in document["schedules"]]
    assert states == ["on", "on", "paused", "off"]
    rows = list(csv.DictReader(io.StringIO(run(fakes, "schedules", "--format", "csv").stdout)))
    assert [row["state"] for row in rows] == states
    assert rows[0]["next_at"] == "2026-03-10T01:30:00Z"


def test_what_is_asked_for_is_asked_and_told_on_standard_error(fakes: FakeUseCases) -> None:
    result = run(fakes, "schedules", "run", "crawl", "--registry", "staging")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "crawl of staging: it waits for a worker\n"
    assert run(fakes, "schedules", "pause", "crawl").exit_code == 0
    assert run(fakes, "schedules", "resume", "crawl").exit_code == 0
    assert fakes.schedules.asked == [
        ("run", "crawl", "staging"),
        ("pause", "crawl"),
        ("resume", "crawl"),
    ]


@pytest.mark.parametrize("command", ["run", "pause", "resume"])
def test_a_kind_that_there_is_not_is_wrong_usage(fakes: FakeUseCases, command: str) -> None:
    assert run(fakes, "schedules", command, "everything").exit_code == 2


def test_scheduler_and_worker_say_that_they_are_there(fakes: FakeUseCases) -> None:
    assert run(fakes, "scheduler").stderr == "scheduler ticks\n"
    assert run(fakes, "worker").stderr == "worker of 2 waits\n"
    assert run(fakes, "worker", "--concurrency", "5").stderr == "worker of 5 waits\n"


def test_serve_does_what_is_due_unless_told_not_to(fakes: FakeUseCases) -> None:
    run(fakes, "serve")
    assert fakes.is_scheduled
    run(fakes, "serve", "--no-schedule")
    assert not fakes.is_scheduled


def test_the_demo_crawls_nothing_by_itself(fakes: FakeUseCases) -> None:
    run(fakes, "demo")
    assert fakes.served
    assert not fakes.is_scheduled


def test_who_waits_for_another_crawl_is_told_for_whom(fakes: FakeUseCases) -> None:
    fakes.configured = {"production": "localhost:5000"}
    assert "being crawled by other:7" not in run(fakes, "crawl").stderr
    waited = run(fakes, "crawl", "--wait").stderr
    assert "localhost:5000 is being crawled by other:7 since 09:00; waiting for it" in waited
