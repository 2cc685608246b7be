"""Leases: one holder at a time, and who was overtaken is told so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from auditor.domain.schedules import Lease
from auditor.store.engine import Database
from auditor.store.leases import (
    extend_lease,
    holds_lease,
    load_lease,
    release_lease,
    server_time,
    take_lease,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def take(database: Database, holder: str, now: datetime = NOW) -> Lease | None:
    with database.writing() as connection:
        return take_lease(connection, "registry:r", holder, now=now, lasts=MINUTE)


def test_who_comes_second_sees_who_is_first(database: Database) -> None:
    first = take(database, "a")
    assert first == Lease("registry:r", "a", 1, NOW, NOW + MINUTE)
    assert take(database, "b", NOW + MINUTE / 2) is None
    with database.reading() as connection:
        assert load_lease(connection, "registry:r") == first
        assert load_lease(connection, "registry:other") is None


def test_a_lease_whose_time_is_over_is_taken_over_with_a_higher_fence(database: Database) -> None:
    old = take(database, "a")
    new = take(database, "b", NOW + MINUTE)
    assert old is not None
    assert new is not None
    assert new.fence > old.fence
    with database.writing() as connection:
        assert not holds_lease(connection, old)
        assert not extend_lease(connection, old, NOW + 9 * MINUTE)
        release_lease(connection, old, NOW)
        assert holds_lease(connection, new)
        assert load_lease(connection, "registry:r") == new


def test_one_that_is_extended_or_released_lasts_so_long(database: Database) -> None:
    lease = take(database, "a")
    assert lease is not None
    with database.writing() as connection:
        assert extend_lease(connection, lease, NOW + 5 * MINUTE)
    assert take(database, "b", NOW + 4 * MINUTE) is None
    with database.writing() as connection:
        release_lease(connection, lease, NOW)
    assert take(database, "b") is not None


def test_of_many_who_take_it_at_once_one_has_it(database: Database) -> None:
    found: list[Lease | None] = []
    gate = threading.Barrier(4)

    def try_it(holder: str) -> None:
        gate.wait()
        found.append(take(database, holder))

    threads = [threading.Thread(target=try_it, args=(f"h{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([lease for lease in found if lease]) == 1


def test_a_server_tells_the_time_and_a_file_does_not(database: Database) -> None:
    with database.reading() as connection:
        assert (server_time(connection) is None) is database.is_sqlite
