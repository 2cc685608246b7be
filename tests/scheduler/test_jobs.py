from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from auditor.domain.hints import Hint
from auditor.domain.observation import CrawlReport
from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.scheduler import jobs
from auditor.scheduler.jobs import JOBS
from auditor.settings import load_settings
from auditor.store.hints import merge_hints
from auditor.store.runs import begin_run, last_runs, waiting_runs
from auditor.usecases import scheduled_crawl, take_hints
from auditor.usecases.crawl_registry import CrawlTarget
from auditor.usecases.perform_run import JobAgainError, JobContext, JobStoppedError
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.schedules import request_hinted
from tests.commands.fake_use_cases import clean_report

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RUN = Run(1, Kind.ANALYSIS, "", NOW, Trigger.BUTTON, RunState.RUNNING, not_before=NOW)


def context(tmp_path: Path, **keys: str) -> JobContext:
    variables = {f"AUDITOR_{key.upper()}": value for key, value in keys.items()}
    variables["AUDITOR_DATABASE_URL"] = f"sqlite:///{tmp_path / 'a.db'}"
    settings = load_settings(config_file=None, environment=variables, overrides={}).settings
    database = prepare_database(settings.database_url)
    return JobContext(database, settings, RUN, NOW, lambda: False, lambda: NOW)


@pytest.mark.parametrize(
    "kind,keys,outcome",
    [
        (Kind.ANALYSIS, {}, "0 images of 0 repositories looked at"),
        (Kind.ANALYSIS, {"analysis__enabled": "false"}, "switched off by analysis.enabled"),
        (Kind.ALERTS, {}, "0 firing, 0 new; 0 messages sent"),
        (Kind.PRICES, {}, "no price in use is over 180 days old"),
        (Kind.RETENTION, {}, "history is kept for ever"),
        (
            Kind.RETENTION,
            {"history__keep_months": "3"},
            "0 rows of history older than 3 months removed",
        ),
    ],
)
def test_what_a_job_says(tmp_path: Path, kind: Kind, keys: dict[str, str], outcome: str) -> None:
    one = context(tmp_path, **keys)
    assert JOBS[kind](one) == outcome
    one.database.dispose()


def test_an_analysis_that_was_told_to_stop_is_to_be_done_again(tmp_path: Path) -> None:
    one = context(tmp_path)
    with pytest.raises(JobStoppedError):
        JOBS[Kind.ANALYSIS](replace(one, is_stopped=lambda: True))
    one.database.dispose()


def test_a_digest_says_what_became_of_its_mails_and_goes_on_with_those_that_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = context(tmp_path)
    assert JOBS[Kind.DIGEST](one) == "no mail was due"
    mails = [SimpleNamespace(state=state) for state in ("sent", "sent", "waiting")]
    later = NOW + timedelta(minutes=10)
    report = SimpleNamespace(mails=mails, next_attempt_at=later)
    monkeypatch.setattr(jobs, "send_digests", lambda *_: report)
    with pytest.raises(JobAgainError) as again:
        JOBS[Kind.DIGEST](one)
    assert again.value.outcome == "2 sent, 1 waiting; tried again 12:10 UTC"
    assert again.value.wait == timedelta(minutes=10)
    one.database.dispose()


def test_a_crawl_that_had_ended_is_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "crawl_for_run", lambda _: None)
    one = context(tmp_path)
    assert JOBS[Kind.CRAWL](one).endswith("ended already; 0 images of 0 repositories looked at")
    one.database.dispose()


def test_a_crawl_that_runs_for_longer_than_a_tick_is_not_followed_by_one_of_the_same_hint(
    tmp_path: Path,
) -> None:
    one = context(tmp_path)
    with one.database.writing() as connection:
        merge_hints(connection, "r.example", [Hint("team/app", "1")], NOW - timedelta(minutes=1))
    request_hinted(one.database, one.settings, NOW)
    with one.database.writing() as connection:
        begin_run(connection, waiting_runs(connection, NOW)[0].id, "elsewhere:1", NOW)
    request_hinted(one.database, one.settings, NOW + timedelta(seconds=5))
    with one.database.reading() as connection:
        assert len(last_runs(connection, Kind.CRAWL, 5)) == 1
    one.database.dispose()


@pytest.mark.parametrize("is_configured", [True, False])
def test_a_hint_makes_one_crawl_of_its_registry_wait(
    tmp_path: Path, *, is_configured: bool
) -> None:
    keys = {"registries__mine__address": "r.example"} if is_configured else {}
    one = context(tmp_path, **keys)
    with one.database.writing() as connection:
        merge_hints(connection, "r.example", [Hint("team/app", "1")], NOW - timedelta(minutes=1))
    for _ in range(2):
        request_hinted(one.database, one.settings, NOW)
    with one.database.reading() as connection:
        (run,) = waiting_runs(connection, NOW)
    assert (run.kind, run.trigger) == (Kind.CRAWL, Trigger.HINT)
    assert run.registry == ("mine" if is_configured else "r.example")
    one.database.dispose()


def test_a_run_that_was_hinted_crawls_what_was_named_and_a_whole_crawl_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawled: list[tuple[str, ...]] = []

    async def crawl(_: object, target: CrawlTarget, *__: object, **___: object) -> CrawlReport:
        crawled.append(target.repositories)
        return clean_report("r.example")

    monkeypatch.setattr(scheduled_crawl, "crawl_alone", crawl)
    monkeypatch.setattr(take_hints, "crawl_alone", crawl)
    one = context(tmp_path)
    run = replace(RUN, kind=Kind.CRAWL, registry="r.example", trigger=Trigger.HINT)
    hinted = replace(one, run=run)
    early = NOW - timedelta(minutes=1)
    for _ in range(2):
        with one.database.writing() as connection:
            merge_hints(connection, "r.example", [Hint("team/app", "1")], early)
        assert "repositories" in JOBS[Kind.CRAWL](replace(one, run=run))
        assert JOBS[Kind.CRAWL](hinted) == "what was hinted at was read already"
        run = replace(run, trigger=Trigger.SCHEDULE)
    assert crawled == [("team/app",), ()]
    one.database.dispose()
