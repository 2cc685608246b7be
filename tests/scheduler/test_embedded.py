from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.domain.errors import StoreError
from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.scheduler.embedded import EmbeddedRunner
from auditor.scheduler.runner import Runner
from auditor.store import runs
from auditor.store.engine import Database
from auditor.usecases.prepare_database import prepare_database

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = prepare_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield made
    made.dispose()


def lock_of(run: Run) -> str:
    return run.registry.partition("-")[0]


class Worker:
    """A runner at work; `begun` are the runs it begins, `enough` how many it waits for."""

    def __init__(self, database: Database, runner: Runner, enough: int) -> None:
        self.database, self.enough = database, enough
        self.begun: list[str] = []
        self.failures = 0
        self.stopping, self.done = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=runner.work, args=(self.perform, 2, self.stopping))

    def perform(self, run_id: int) -> bool:
        if self.failures:
            self.failures -= 1
            raise StoreError("no database")
        with self.database.writing() as connection:
            run = runs.begin_run(connection, run_id, "w:1", NOW)
            if run is None:
                return False
            runs.end_run(connection, run, RunState.DONE, "", NOW)
        self.begun.append(run.registry)
        if len(self.begun) == self.enough:
            self.done.set()
        return True


def add(database: Database, *registries: str) -> None:
    with database.writing() as connection:
        for name in registries:
            runs.add_run(connection, (Kind.CRAWL, name), NOW, Trigger.BUTTON, now=NOW)


def test_what_waits_is_begun_once_also_what_others_asked_for(database: Database) -> None:
    runner = EmbeddedRunner(database, lambda: NOW, lock_of, 0.02)
    worker = Worker(database, runner, enough=4)
    add(database, "a", "b", "c")
    worker.thread.start()
    add(database, "d")
    assert worker.done.wait(20)
    worker.stopping.set()
    worker.thread.join(20)
    assert not worker.thread.is_alive()
    assert sorted(worker.begun) == ["a", "b", "c", "d"]


def test_two_of_one_host_are_not_begun_together(database: Database) -> None:
    at_work, together = [0], []

    class Watched(Worker):
        def perform(self, run_id: int) -> bool:
            at_work[0] += 1
            together.append(at_work[0])
            threading.Event().wait(0.05)
            done = Worker.perform(self, run_id)
            at_work[0] -= 1
            return done

    worker = Watched(database, EmbeddedRunner(database, lambda: NOW, lock_of, 0.02), enough=3)
    add(database, "a-1", "a-2", "a-3")
    worker.thread.start()
    assert worker.done.wait(20)
    worker.stopping.set()
    worker.thread.join(20)
    assert together == [1, 1, 1]


def test_what_is_handed_over_is_looked_at_sooner(database: Database) -> None:
    runner = EmbeddedRunner(database, lambda: NOW, lock_of, 60)
    worker = Worker(database, runner, enough=1)
    worker.thread.start()
    add(database, "a")
    with database.writing() as connection:
        runner.hand_over(connection, ())
        runner.hand_over(connection, runs.waiting_runs(connection, NOW))
    assert worker.done.wait(20)
    worker.stopping.set()
    runner.stop_waiting()
    worker.thread.join(20)
    assert not worker.thread.is_alive()


def test_a_database_that_does_not_answer_is_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = runs.waiting_runs
    failures = [StoreError("no database")]

    def failing(*arguments: object) -> object:
        if failures:
            raise failures.pop()
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("auditor.scheduler.embedded.waiting_runs", failing)
    worker = Worker(database, EmbeddedRunner(database, lambda: NOW, lock_of, 0.02), enough=1)
    worker.failures = 1
    add(database, "a")
    worker.thread.start()
    assert worker.done.wait(20)
    worker.stopping.set()
    worker.thread.join(20)
