from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.schedules import Kind, RunState, Trigger
from auditor.settings import Settings, load_settings
from auditor.store import runs
from auditor.usecases.schedules import Schedules
from tests.fakes.contents import Contents, many_tags
from tests.usecases.bench import REGISTRY, Bench

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KINDS = (Kind.CRAWL, Kind.ANALYSIS, Kind.RETENTION)


def settings(**keys: str) -> Settings:
    variables = {f"AUDITOR_{key.upper()}": value for key, value in keys.items()}
    return load_settings(config_file=None, environment=variables, overrides={}).settings


TWO = {"registries__b__address": "b.example", "registries__a__address": "a.example"}


def schedules(bench: Bench, **keys: str) -> Schedules:
    return Schedules(bench.database, settings(**keys), KINDS, lambda: NOW)


def test_next_times_are_in_the_schedules_zone_and_in_utc(bench: Bench) -> None:
    view = schedules(bench, schedules__crawl__zone="Europe/Berlin", **TWO).views()[0]
    assert [time.utc for time in view.next_times] == [
        datetime(2026, 11, day, 1, 30, tzinfo=UTC) for day in (27, 28, 29)
    ]
    assert [f"{time.local:%H:%M%z}" for time in view.next_times] == ["02:30+0100"] * 3
    assert (view.registries, view.waits_for) == (("a", "b"), "")


def test_each_registry_has_a_schedule_and_what_cannot_be_done_has_none(bench: Bench) -> None:
    plan = schedules(bench, **TWO).plan()
    assert [(one.kind, one.registry) for one in plan] == [
        (Kind.CRAWL, "a"),
        (Kind.CRAWL, "b"),
        (Kind.ANALYSIS, ""),
    ]
    kept = schedules(bench, history__keep_months="3", schedules__analysis__enabled="false").plan()
    assert [one.kind for one in kept] == [Kind.RETENTION]


def test_without_a_configuration_what_was_crawled_before_is_crawled(bench: Bench) -> None:
    assert schedules(bench).views()[0].waits_for.startswith("no registry is known")
    with pytest.raises(UsageError, match="no registry to crawl"):
        schedules(bench).request("crawl")
    contents = Contents()
    many_tags(contents, "team/app", 1)
    bench.crawl(contents)
    assert schedules(bench).views()[0].registries == (REGISTRY,)


def test_asking_makes_a_run_of_every_registry_or_of_one(either_bench: Bench) -> None:
    found = schedules(either_bench, **TWO)
    assert [one.is_new for one in found.request("crawl", "b")] == [True]
    requested = found.request("crawl")
    assert [(one.registry, one.is_new) for one in requested] == [("a", True), ("b", False)]
    assert requested[1].sentence == "it waits for a worker already"
    view = found.views()[0]
    assert {run.registry: run.trigger for run in view.runs} == {
        "a": Trigger.BUTTON,
        "b": Trigger.BUTTON,
    }
    with either_bench.database.writing() as connection:
        runs.begin_run(connection, view.runs[0].id, "w:1", NOW)
    again = found.request("crawl", view.runs[0].registry)
    assert again[0].sentence == "it is running since 12:00:00 UTC"


def test_asking_for_what_waits_for_later_lets_it_begin_now(bench: Bench) -> None:
    found = schedules(bench)
    found.request("analysis")
    with bench.database.writing() as connection:
        (waiting,) = runs.waiting_runs(connection, NOW)
        run = runs.begin_run(connection, waiting.id, "w:1", NOW)
        assert run is not None
        runs.put_back(connection, run, datetime(2027, 1, 1, tzinfo=UTC), "", is_failure=True)
        assert runs.waiting_runs(connection, NOW) == ()
    found.request("analysis")
    assert found.views()[1].runs[0].not_before == NOW


@pytest.mark.parametrize(
    "kind,registry,error",
    [
        ("digests", "", UsageError),
        ("digest", "", UsageError),
        ("crawl", "c", UnknownReferenceError),
        ("analysis", "a", UsageError),
    ],
)
def test_what_there_is_not_is_refused(
    bench: Bench, kind: str, registry: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        schedules(bench, **TWO).request(kind, registry)


def test_a_pause_is_seen_and_ends(bench: Bench) -> None:
    found = schedules(bench, **TWO)
    found.pause("crawl")
    view = found.views()[0]
    assert (view.paused_at, view.next_times) == (NOW, ())
    found.resume("crawl")
    assert found.views()[0].paused_at is None
    with pytest.raises(UsageError):
        found.pause("everything")


def test_one_that_is_off_has_no_next_time_and_may_be_run(bench: Bench) -> None:
    found = schedules(bench, schedules__analysis__enabled="false")
    assert found.views()[1].next_times == ()
    assert found.request("analysis")[0].is_new
    assert found.views()[1].runs[0].state is RunState.WAITING
