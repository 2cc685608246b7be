"""Runs: made once, begun once, kept alive, ended by who has them and by nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.store import runs
from auditor.store.engine import Database

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CRAWL = (Kind.CRAWL, "production")
MINUTE = timedelta(minutes=1)


def add(connection: Connection, due_at: datetime = NOW, key: runs.Key = CRAWL) -> int:
    made = runs.add_run(connection, key, due_at, Trigger.SCHEDULE, now=NOW)
    assert made is not None
    return made


def begun(connection: Connection, run_id: int, holder: str = "a:1") -> Run:
    run = runs.begin_run(connection, run_id, holder, NOW)
    assert run is not None
    return run


def only(connection: Connection, kind: Kind = Kind.CRAWL) -> Run:
    (run,) = runs.last_runs(connection, kind, 10)
    return run


def test_a_due_time_has_one_run_however_often_it_is_made(database: Database) -> None:
    with database.writing() as connection:
        begun_one = begun(connection, add(connection))
        assert runs.add_run(connection, CRAWL, NOW, Trigger.BUTTON, now=NOW) is None
        runs.end_run(connection, begun_one, RunState.DONE, "done", NOW)
        assert runs.add_run(connection, CRAWL, NOW, Trigger.SCHEDULE, now=NOW) is None
        assert only(connection).state is RunState.DONE


def test_one_waits_at_a_time_of_each_registry(database: Database) -> None:
    with database.writing() as connection:
        add(connection)
        assert runs.add_run(connection, CRAWL, NOW + MINUTE, Trigger.HINT, now=NOW) is None
        add(connection, key=(Kind.CRAWL, "staging"))
        add(connection, key=(Kind.ANALYSIS, ""))
        assert len(runs.waiting_runs(connection, NOW)) == 3


def test_one_that_is_skipped_has_ended_and_leaves_the_place_free(database: Database) -> None:
    with database.writing() as connection:
        runs.add_run(connection, CRAWL, NOW, Trigger.SCHEDULE, now=NOW, skipped="too late")
        run = only(connection)
        assert (run.state, run.outcome, run.ended_at) == (RunState.SKIPPED, "too late", NOW)
        add(connection, NOW + MINUTE)


def test_one_runs_at_a_time_of_each_registry(database: Database) -> None:
    with database.writing() as connection:
        first = begun(connection, add(connection))
        second = add(connection, NOW + MINUTE)
        assert runs.waiting_runs(connection, NOW) == ()
        assert runs.begin_run(connection, second, "b:2", NOW) is None
        assert [run.id for run in runs.open_runs(connection, CRAWL)] == [first.id, second]
        runs.end_run(connection, first, RunState.DONE, "", NOW)
        assert [run.id for run in runs.waiting_runs(connection, NOW)] == [second]
        begun(connection, second)


def test_of_many_who_begin_a_run_one_does(database: Database) -> None:
    with database.writing() as connection:
        number = add(connection)
    found: list[Run | None] = []
    gate = threading.Barrier(4)

    def try_it(holder: str) -> None:
        gate.wait()
        with database.writing() as connection:
            found.append(runs.begin_run(connection, number, holder, NOW))

    threads = [threading.Thread(target=try_it, args=(f"h:{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([run for run in found if run]) == 1


def test_a_run_that_is_to_wait_does(database: Database) -> None:
    with database.writing() as connection:
        run = begun(connection, add(connection))
        assert runs.put_back(connection, run, NOW + MINUTE, "busy", is_failure=True)
        assert runs.waiting_runs(connection, NOW) == ()
        assert runs.begin_run(connection, run.id, "b:2", NOW) is None
        (waiting,) = runs.waiting_runs(connection, NOW + MINUTE)
        assert (waiting.failures, waiting.outcome, waiting.holder) == (1, "busy", "")
        runs.hurry(connection, waiting, NOW)
        assert begun(connection, run.id).attempts == 2


def test_one_put_back_beside_one_that_waits_is_done_by_that(database: Database) -> None:
    with database.writing() as connection:
        run = begun(connection, add(connection))
        add(connection, NOW + MINUTE)
        assert runs.put_back(connection, run, NOW, "stopped", is_failure=False)
        newest, oldest = runs.last_runs(connection, Kind.CRAWL, 10)
        assert (newest.state, oldest.state) == (RunState.WAITING, RunState.SKIPPED)
        assert oldest.outcome == "stopped; another run was waiting to do the same"


def test_who_lost_a_run_changes_nothing_more(database: Database) -> None:
    with database.writing() as connection:
        run = begun(connection, add(connection))
        silent = (run, replace(run, id=99))
        assert runs.lose_runs(connection, silent, most_losses=5, now=NOW) == (run,)
        again = begun(connection, run.id)  # by the same process, even
        attempts: list[Callable[[], bool]] = [
            lambda: runs.keep_alive(connection, run, NOW),
            lambda: runs.note_crawl(connection, run, 7),
            lambda: runs.end_run(connection, run, RunState.DONE, "", NOW),
            lambda: runs.put_back(connection, run, NOW, "", is_failure=False),
        ]
        assert [attempt() for attempt in attempts] == [False] * 4
        assert (again.losses, again.attempts) == (1, 2)
        assert runs.keep_alive(connection, again, NOW + MINUTE)
        assert runs.note_crawl(connection, again, 7)
        assert (only(connection).heartbeat_at, only(connection).crawl_id) == (NOW + MINUTE, 7)


def test_one_that_was_heard_of_meanwhile_is_not_lost(database: Database) -> None:
    with database.writing() as connection:
        run = begun(connection, add(connection))
        runs.keep_alive(connection, run, NOW + MINUTE)
        assert runs.lose_runs(connection, [run], most_losses=5, now=NOW) == ()
        assert runs.running_runs(connection)[0].id == run.id


def test_one_whose_workers_die_again_and_again_is_lost_for_good(database: Database) -> None:
    with database.writing() as connection:
        number = add(connection)
        for _ in range(2):
            run = begun(connection, number, "box:77#where-1")
            assert runs.lose_runs(connection, [run], most_losses=2, now=NOW)
        run = only(connection)
        assert (run.state, run.losses, run.ended_at) == (RunState.LOST, 2, NOW)
        assert run.outcome == "box:77 died or was cut off while it ran"


def test_ticks_only_go_forward(database: Database) -> None:
    with database.writing() as connection:
        assert runs.load_ticks(connection) == {}
        assert runs.lock_tick(connection, CRAWL) is None
        runs.note_tick(connection, CRAWL, NOW)
        runs.note_tick(connection, CRAWL, NOW - MINUTE)
        assert runs.load_ticks(connection) == {CRAWL: NOW}
        assert runs.lock_tick(connection, CRAWL) == NOW


def test_a_pause_lasts_and_what_was_due_in_it_is_left_out(database: Database) -> None:
    with database.writing() as connection:
        runs.note_tick(connection, CRAWL, NOW)
        runs.pause(connection, Kind.CRAWL, NOW)
        runs.pause(connection, Kind.CRAWL, NOW + MINUTE)
        assert runs.paused_since(connection) == {Kind.CRAWL: NOW}
        runs.resume(connection, Kind.CRAWL, NOW + 2 * MINUTE)
        assert runs.paused_since(connection) == {}
        assert runs.load_ticks(connection) == {CRAWL: NOW + 2 * MINUTE}
        runs.resume(connection, Kind.CRAWL, NOW + 3 * MINUTE)
        assert runs.load_ticks(connection) == {CRAWL: NOW + 2 * MINUTE}


def test_what_ended_long_ago_is_forgotten_and_what_is_open_is_not(database: Database) -> None:
    with database.writing() as connection:
        runs.end_run(connection, begun(connection, add(connection)), RunState.DONE, "", NOW)
        kept = add(connection, NOW + MINUTE)
        runs.forget_old_runs(connection, NOW)
        assert len(runs.last_runs(connection, Kind.CRAWL, 10)) == 2
        runs.forget_old_runs(connection, NOW + MINUTE)
        assert only(connection).id == kept


def test_no_crawl_has_no_outcome(database: Database) -> None:
    with database.reading() as connection:
        assert runs.crawl_outcome(connection, 7) is None
