"""One run carried out: how it ends for every way a job can end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from auditor.domain.errors import (
    AuditorError,
    AuthenticationError,
    LeaseLostError,
    RegistryBusyError,
    RegistryUnreachableError,
    StoreError,
)
from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.settings import Settings
from auditor.store import runs
from auditor.usecases.perform_run import (
    Job,
    JobAgainError,
    JobContext,
    JobStoppedError,
    Performer,
    RunPolicy,
)
from tests.usecases.bench import Bench

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
SETTINGS = Settings(database_url="sqlite:///unused.db")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Worker:
    """A performer over a database, with one kind of job."""

    def __init__(self, bench: Bench, job: Job, policy: RunPolicy | None = None) -> None:
        self.database = bench.database
        self.clock = Clock()
        jobs = {Kind.ANALYSIS: job}
        self.performer = Performer(
            bench.database, SETTINGS, jobs, self.clock, policy or RunPolicy()
        )

    def ask(self, kind: Kind = Kind.ANALYSIS) -> int:
        with self.database.writing() as connection:
            made = runs.add_run(connection, (kind, ""), START, Trigger.BUTTON, now=START)
        assert made is not None
        return made

    def perform(self) -> Run:
        number = self.ask()
        assert self.performer.perform(number)
        return self.run()

    def run(self, kind: Kind = Kind.ANALYSIS) -> Run:
        with self.database.reading() as connection:
            (run,) = runs.last_runs(connection, kind, 5)
        return run


def raising(error: BaseException) -> Job:
    def job(context: JobContext) -> str:
        raise error

    return job


def test_a_job_that_ends_leaves_its_sentence(either_bench: Bench) -> None:
    worker = Worker(either_bench, lambda context: f"looked at {context.now:%H:%M}")
    run = worker.perform()
    assert (run.state, run.outcome, run.ended_at) == (RunState.DONE, "looked at 12:00", START)
    assert not worker.performer.perform(run.id)


@pytest.mark.parametrize(
    "error,state,outcome",
    [
        (AuthenticationError("no access", next_step="sign in"), "failed", "no access; sign in"),
        (
            ZeroDivisionError("secret"),
            "failed",
            "this is a defect (ZeroDivisionError); see the log",
        ),
        (AuditorError("x" * 900), "failed", "x" * 500),
        (JobStoppedError(), "waiting", "stopped with its worker; it goes on where it was"),
        (JobAgainError("3 wait", timedelta(hours=1)), "waiting", "3 wait"),
        (RegistryBusyError("r is being crawled"), "waiting", "r is being crawled"),
        (LeaseLostError("another took over"), "waiting", "another took over"),
        (RegistryUnreachableError("no answer"), "waiting", "no answer"),
        (StoreError("no database"), "waiting", "no database"),
    ],
)
def test_a_job_that_does_not_end_well_says_why(
    bench: Bench, error: Exception, state: str, outcome: str
) -> None:
    run = Worker(bench, raising(error)).perform()
    assert (run.state.value, run.outcome) == (state, outcome)


def test_what_may_pass_is_tried_again_ever_later_and_then_no_more(bench: Bench) -> None:
    worker = Worker(bench, raising(RegistryUnreachableError("no answer")))
    number, waits = worker.ask(), []
    for _ in range(2):
        assert worker.performer.perform(number)
        run = worker.run()
        assert not worker.performer.perform(number)  # its time has not come
        waits.append(run.not_before - worker.clock.now)
        worker.clock.now = run.not_before
    assert waits == [timedelta(minutes=1), timedelta(minutes=5)]
    assert worker.performer.perform(number)
    assert (worker.run().state, worker.run().attempts) == (RunState.FAILED, 3)


def test_waiting_for_others_counts_as_no_failure(bench: Bench) -> None:
    worker = Worker(bench, raising(RegistryBusyError("busy")))
    number = worker.ask()
    for _ in range(9):
        assert worker.performer.perform(number)
        worker.clock.now = worker.run().not_before
    assert worker.run().state is RunState.WAITING


def test_a_kind_that_this_release_does_not_know_fails(bench: Bench) -> None:
    worker = Worker(bench, lambda _: "")
    worker.performer.perform(worker.ask(Kind.DIGEST))
    assert worker.run(Kind.DIGEST).outcome == "this release has no digest to run"


def test_a_worker_that_drains_begins_nothing_and_ends_what_runs(bench: Bench) -> None:
    began = threading.Event()

    def job(context: JobContext) -> str:
        began.set()
        while not context.is_stopped():
            threading.Event().wait(0.01)
        raise JobStoppedError

    worker = Worker(bench, job)
    thread = threading.Thread(target=worker.perform)
    thread.start()
    began.wait(10)
    worker.performer.draining.set()
    thread.join(10)
    run = worker.run()
    assert (run.state, run.failures, run.not_before) == (RunState.WAITING, 0, START)
    assert not worker.performer.perform(run.id)


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        threading.Event().wait(0.01)
    pytest.fail("waited in vain")


def test_a_long_run_is_kept_alive_and_one_that_was_taken_is_stopped(either_bench: Bench) -> None:
    seen: list[bool] = []
    policy = RunPolicy(lost_after=timedelta(seconds=0.1))

    def job(context: JobContext) -> str:
        worker.clock.now = START + timedelta(hours=1)
        wait_until(lambda: worker.run().heartbeat_at == worker.clock.now)
        with worker.database.writing() as connection:
            runs.lose_runs(connection, [worker.run()], most_losses=5, now=worker.clock.now)
        wait_until(context.is_stopped)
        seen.append(True)
        return "too late"

    worker = Worker(either_bench, job, policy)
    run = worker.perform()
    assert seen == [True]
    assert (run.state, run.losses) == (RunState.WAITING, 1)
    assert "too late" not in run.outcome
