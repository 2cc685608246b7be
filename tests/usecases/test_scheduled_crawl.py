"""The crawl of a run, against a layout on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.domain.errors import LeaseLostError
from auditor.domain.observation import CrawlOutcome
from auditor.domain.schedules import Kind, Run, Trigger
from auditor.settings import load_settings
from auditor.store import runs
from auditor.usecases.perform_run import JobContext, JobStoppedError
from auditor.usecases.scheduled_crawl import crawl_for_run
from auditor.usecases.shared_clock import utc_now
from tests.usecases.bench import Bench

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def context(bench: Bench, layout: Path) -> JobContext:
    variables = {"AUDITOR_REGISTRIES__DISK__ADDRESS": f"oci:{layout}"}
    settings = load_settings(config_file=None, environment=variables, overrides={}).settings
    with bench.database.writing() as connection:
        key = (Kind.CRAWL, "disk")
        number = runs.add_run(connection, key, NOW, Trigger.SCHEDULE, now=NOW)
        assert number is not None
        run = runs.begin_run(connection, number, "w:1", NOW)
    assert run is not None
    return JobContext(bench.database, settings, run, NOW, lambda: False, utc_now)


def stored(context: JobContext) -> Run:
    with context.database.reading() as connection:
        return runs.last_runs(connection, Kind.CRAWL, 1)[0]


def test_it_is_made_once_for_a_run_even_if_nobody_said_that_it_ended(context: JobContext) -> None:
    report = crawl_for_run(context)
    assert report is not None
    assert (report.outcome, report.tags) == (CrawlOutcome.COMPLETE, 1)
    assert stored(context).crawl_id is not None
    assert crawl_for_run(replace(context, run=stored(context))) is None


def test_one_that_ended_too_early_is_made_again(context: JobContext) -> None:
    with pytest.raises(JobStoppedError):
        crawl_for_run(replace(context, is_stopped=lambda: True))
    again = crawl_for_run(replace(context, run=stored(context)))
    assert again is not None
    assert again.outcome is CrawlOutcome.COMPLETE


def test_who_lost_the_run_crawls_nothing(context: JobContext, bench: Bench) -> None:
    with bench.database.writing() as connection:
        runs.lose_runs(connection, [context.run], most_losses=5, now=NOW)
    with pytest.raises(LeaseLostError):
        crawl_for_run(context)
    assert bench.browse().registries() == ()
