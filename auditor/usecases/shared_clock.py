"""One clock for all who share a database: the server's, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from auditor.store.engine import Database
from auditor.store.leases import server_time

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time in UTC by this machine."""
    return datetime.now(UTC)


def shared_clock(database: Database) -> Clock:
    """A clock that goes as the database server's does, asked once; ours on SQLite.

    Leases and runs are judged by machines whose clocks may differ by minutes.
    """
    with database.reading() as connection:
        there = server_time(connection)
    if there is None:
        return utc_now
    ahead = there - utc_now()
    return lambda: utc_now() + ahead
