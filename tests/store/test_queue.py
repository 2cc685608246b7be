"""The queue in PostgreSQL: jobs come with the run's transaction, once, and dead workers' ones go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from auditor.domain.errors import StoreError
from auditor.domain.schedules import Kind, Run, Trigger
from auditor.store import queue as queues
from auditor.store import runs
from auditor.store.engine import Database
from auditor.store.queue import Queue, open_queue

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def lock_of(run: Run) -> str:
    return f"{run.kind} {run.registry}"


@pytest.fixture
def queue(postgres_database: Database) -> Iterator[Queue]:
    made = open_queue(postgres_database, stalled_after_seconds=60, lock_of=lock_of)
    yield made
    inside(made, "TRUNCATE procrastinate_jobs CASCADE")


def inside(queue: Queue, sql: str) -> None:
    """Run a statement as whoever works with the queue."""
    with queue.database.writing() as connection:
        connection.execute(text(f"SET LOCAL search_path TO {queue.schema}"))
        connection.execute(text(sql))


def waiting(database: Database, *registries: str) -> tuple[Run, ...]:
    with database.writing() as connection:
        for name in registries:
            runs.add_run(connection, (Kind.CRAWL, name), NOW, Trigger.SCHEDULE, now=NOW)
        return runs.waiting_runs(connection, NOW)


def jobs(queue: Queue) -> list[tuple[str, str]]:
    with queue.database.reading() as connection:
        connection.execute(text(f"SET LOCAL search_path TO {queue.schema}"))
        query = text("SELECT lock, status FROM procrastinate_jobs ORDER BY id")
        return [(row[0], row[1]) for row in connection.execute(query)]


class NotCommittedError(Exception):
    pass


@pytest.mark.real
def test_opening_it_twice_makes_it_once(queue: Queue) -> None:
    again = open_queue(queue.database, stalled_after_seconds=60, lock_of=lock_of)
    assert again.schema == queue.schema
    assert again.schema.startswith("auditor_queue_")


@pytest.mark.real
def test_a_run_is_handed_over_once_and_not_without_its_transaction(queue: Queue) -> None:
    found = waiting(queue.database, "production", "staging")
    with queue.database.writing() as connection:
        queue.hand_over(connection, found)
        queue.hand_over(connection, found)
        # Whoever goes on in this transaction finds our own tables.
        assert runs.waiting_runs(connection, NOW) == found
    assert jobs(queue) == [("crawl production", "todo"), ("crawl staging", "todo")]
    more = waiting(queue.database, "third")
    with suppress(NotCommittedError), queue.database.writing() as connection:
        queue.hand_over(connection, more)
        raise NotCommittedError
    assert len(jobs(queue)) == 2


@pytest.mark.real
def test_the_job_of_a_worker_that_died_holds_up_nobody(queue: Queue) -> None:
    found = waiting(queue.database, "production")
    with queue.database.writing() as connection:
        queue.hand_over(connection, found)
    inside(queue, "UPDATE procrastinate_jobs SET status = 'doing'")
    with queue.database.writing() as connection:
        queue.hand_over(connection, found)
    assert jobs(queue) == [("crawl production", "todo")]


@pytest.mark.real
def test_a_worker_carries_out_what_is_there_and_what_comes_and_leaves_nothing(
    queue: Queue,
) -> None:
    stopping, done = threading.Event(), []

    def perform(run_id: int) -> bool:
        done.append(run_id)
        if len(done) == 2:
            stopping.set()
        return True

    first = waiting(queue.database, "production")
    with queue.database.writing() as connection:
        queue.hand_over(connection, first)
    worker = threading.Thread(target=queue.work, args=(perform, 2, stopping))
    worker.start()
    both = waiting(queue.database, "staging")
    with queue.database.writing() as connection:
        queue.hand_over(connection, both[1:])
    worker.join(timeout=30)
    assert sorted(done) == [run.id for run in both]
    assert jobs(queue) == []


def test_sqlite_has_no_queue(sqlite_database: Database) -> None:
    with pytest.raises(StoreError, match="needs PostgreSQL"):
        open_queue(sqlite_database, stalled_after_seconds=60, lock_of=lock_of)


@pytest.mark.real
def test_without_its_library_the_extra_is_named(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "find_spec", lambda _: None)
    with pytest.raises(StoreError, match=r"registry-auditor\[server\]"):
        open_queue(postgres_database, stalled_after_seconds=60, lock_of=lock_of)
