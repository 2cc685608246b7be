"""Ticks on both databases: once per due time, one for an outage, nothing while paused."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.store import runs
from auditor.store.engine import Connection
from auditor.usecases.perform_run import RunPolicy
from auditor.usecases.schedules import request_run
from auditor.usecases.tick_schedules import Planned, Tick, tick
from tests.usecases.bench import Bench

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CRAWL = Planned(Kind.CRAWL, "production", "30 2 * * *", "UTC")
DIGEST = Planned(Kind.DIGEST, "", "0 8 * * MON", "UTC")
POLICY = RunPolicy(lost_after=timedelta(minutes=2))


@dataclass
class Ticker:
    """A scheduler with a clock of the test's own; `handed` are runs given to workers."""

    bench: Bench
    plan: Sequence[Planned] = (CRAWL,)
    handed: list[int] = field(default_factory=list)

    def hand_over(self, connection: Connection, found: Sequence[Run]) -> None:
        self.handed += [run.id for run in found if run.id not in self.handed]

    def tick(self, now: datetime) -> Tick:
        return tick(self.bench.database, self.plan, self.hand_over, POLICY, now=now)

    def runs(self, kind: Kind = Kind.CRAWL) -> tuple[Run, ...]:
        with self.bench.database.reading() as connection:
            return runs.last_runs(connection, kind, 50)

    def begin(self, now: datetime, holder: str = "elsewhere:1") -> Run:
        with self.bench.database.writing() as connection:
            run = runs.begin_run(connection, runs.waiting_runs(connection, now)[0].id, holder, now)
        assert run is not None
        return run

    def end(self, run: Run, now: datetime) -> None:
        with self.bench.database.writing() as connection:
            assert runs.end_run(connection, run, RunState.DONE, "done", now)

    def ask(self, trigger: Trigger, now: datetime, news_at: datetime | None = None) -> bool:
        with self.bench.database.writing() as connection:
            return request_run(
                connection, Kind.CRAWL, "production", trigger, now=now, news_at=news_at
            ).is_new


@pytest.fixture
def ticker(either_bench: Bench) -> Ticker:
    return Ticker(either_bench)


def test_what_was_due_before_anybody_ticked_is_not_made_up_for(ticker: Ticker) -> None:
    assert ticker.tick(START) == Tick()
    assert ticker.runs() == ()


def test_a_due_time_is_one_run_handed_over_at_once(ticker: Ticker) -> None:
    ticker.tick(START)
    due = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    assert ticker.tick(due - timedelta(seconds=1)) == Tick()
    assert ticker.tick(due) == Tick(due=1)
    assert ticker.tick(due) == Tick()
    assert ticker.tick(due + HOUR) == Tick()
    (run,) = ticker.runs()
    assert (run.due_at, run.state, run.missed) == (due, RunState.WAITING, 0)
    assert ticker.handed == [run.id]


def test_after_three_days_away_one_run_stands_for_all(ticker: Ticker) -> None:
    ticker.tick(START)
    assert ticker.tick(START + 3 * DAY) == Tick(due=1)
    (run,) = ticker.runs()
    assert (run.due_at, run.missed) == (datetime(2026, 11, 26, 2, 30, tzinfo=UTC), 2)


def test_a_digest_that_is_more_than_a_day_late_is_left_out(either_bench: Bench) -> None:
    ticker = Ticker(either_bench, (DIGEST,))
    ticker.tick(START)
    ticker.tick(START + 10 * DAY)
    (run,) = ticker.runs(Kind.DIGEST)
    assert (run.state, ticker.handed) == (RunState.SKIPPED, [])
    assert "more than 24 h late" in run.outcome
    ticker.tick(datetime(2026, 12, 7, 20, tzinfo=UTC))
    assert ticker.runs(Kind.DIGEST)[0].state is RunState.WAITING


def test_schedule_hint_and_button_together_are_one_run(ticker: Ticker) -> None:
    ticker.tick(START)
    due = START + DAY
    assert ticker.ask(Trigger.HINT, due - HOUR)
    assert not ticker.ask(Trigger.BUTTON, due)
    ticker.tick(due)
    assert not ticker.ask(Trigger.HINT, due)
    waiting = [run for run in ticker.runs() if run.state is RunState.WAITING]
    assert len(waiting) == 1
    skipped = [run for run in ticker.runs() if run.state is RunState.SKIPPED]
    assert [run.outcome for run in skipped] == ["one was waiting to run already"]


def test_while_one_runs_only_a_later_hint_makes_another_follow(ticker: Ticker) -> None:
    ticker.tick(START)
    ticker.ask(Trigger.BUTTON, START)
    run = ticker.begin(START + HOUR * 14)
    assert not ticker.ask(Trigger.BUTTON, START + 14 * HOUR)
    with ticker.bench.database.writing() as connection:
        runs.keep_alive(connection, run, START + 15 * HOUR)
    ticker.tick(START + 15 * HOUR)
    assert ticker.runs()[0].outcome == "the one before was still running"
    now, began = START + 15 * HOUR, START + 14 * HOUR
    assert not ticker.ask(Trigger.HINT, now, began)  # the one that runs reads it
    assert ticker.ask(Trigger.HINT, now, began + timedelta(seconds=1))
    assert not ticker.ask(Trigger.HINT, now, now)
    ticker.tick(START + 15 * HOUR)
    assert run.id not in ticker.handed
    assert len(ticker.runs()) == 3


def test_the_due_time_of_a_run_that_ended_is_over(ticker: Ticker) -> None:
    ticker.tick(START)
    ticker.tick(START + DAY)
    run = ticker.begin(START + DAY)
    ticker.end(run, START + DAY)
    assert ticker.tick(START + DAY + HOUR) == Tick()
    assert ticker.tick(START + 2 * DAY) == Tick(due=1)


def test_many_schedulers_make_one_run_of_a_due_time(either_bench: Bench) -> None:
    plan = (CRAWL, Planned(Kind.CRAWL, "staging", CRAWL.cron, "Europe/Berlin"), DIGEST)
    Ticker(either_bench, plan).tick(START)
    gate = threading.Barrier(4)
    found: list[Tick] = []

    def one() -> None:
        ticker = Ticker(either_bench, plan)
        gate.wait()
        found.append(ticker.tick(START + DAY))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(Ticker(either_bench).runs()) == 2
    assert sum(tick.due for tick in found) == 2


def test_nothing_becomes_due_while_paused_or_is_made_up_for(ticker: Ticker) -> None:
    ticker.tick(START)
    with ticker.bench.database.writing() as connection:
        runs.pause(connection, Kind.CRAWL, START)
    assert ticker.tick(START + 3 * DAY) == Tick()
    with ticker.bench.database.writing() as connection:
        runs.resume(connection, Kind.CRAWL, START + 3 * DAY)
    assert ticker.tick(START + 3 * DAY + HOUR) == Tick()
    assert ticker.tick(START + 4 * DAY) == Tick(due=1)


def test_another_cron_counts_from_now_on(ticker: Ticker) -> None:
    ticker.tick(START)
    ticker.tick(START + 13 * HOUR)
    ticker.plan = (Planned(Kind.CRAWL, "production", "0 6 * * *", "UTC"),)
    assert ticker.tick(START + 13 * HOUR) == Tick()


def test_a_run_that_nobody_was_heard_of_waits_again(ticker: Ticker) -> None:
    ticker.ask(Trigger.BUTTON, START)
    run = ticker.begin(START)
    assert ticker.tick(START + timedelta(minutes=2)) == Tick()
    assert ticker.tick(START + timedelta(minutes=3)) == Tick(lost=1)
    assert ticker.handed == [run.id]
    (again,) = ticker.runs()
    assert (again.state, again.losses) == (RunState.WAITING, 1)


def test_a_run_whose_process_died_here_waits_again_at_once(
    ticker: Ticker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.usecases.tick_schedules.is_gone", lambda holder: holder == "dead")
    ticker.ask(Trigger.BUTTON, START)
    ticker.begin(START, holder="dead")
    assert ticker.tick(START) == Tick(lost=1)


def test_what_ran_long_ago_is_forgotten(ticker: Ticker) -> None:
    ticker.tick(START)
    ticker.tick(START + DAY)
    ticker.end(ticker.begin(START + DAY), START + DAY)
    ticker.tick(START + 100 * DAY)
    assert len(ticker.runs()) == 1


def test_a_run_that_waits_longer_is_handed_over_when_its_time_comes(ticker: Ticker) -> None:
    ticker.ask(Trigger.BUTTON, START)
    run = ticker.begin(START)
    with ticker.bench.database.writing() as connection:
        runs.put_back(connection, run, START + HOUR, "busy", is_failure=False)
    ticker.tick(START + timedelta(minutes=30))
    assert ticker.handed == []
    ticker.tick(START + HOUR)
    assert ticker.handed == [run.id]
