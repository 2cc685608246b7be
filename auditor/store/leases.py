"""Being alone at something, for a while: leases with fences.

A holder that was stopped and wakes up after its time has a fence that is not the newest; what
it wants to write is refused inside the transaction that would write it.
Source: Kleppmann, "How to do distributed locking", 2016: a fencing token.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select, update

from auditor.domain.schedules import Lease
from auditor.store.batches import insert_new, table_of
from auditor.store.tables.schedules import LeaseRow

_LEASE = table_of(LeaseRow)


def take_lease(
    connection: Connection, name: str, holder: str, *, now: datetime, lasts: timedelta
) -> Lease | None:
    """The lease, where nobody holds it or its time is over; None where somebody does."""
    past = now - timedelta(seconds=1)
    insert_new(
        connection,
        LeaseRow,
        [{"name": name, "holder": "", "fence": 0, "since": past, "expires_at": past}],
    )
    statement = (
        update(_LEASE)
        .where(_LEASE.c.name == name, _LEASE.c.expires_at <= now)
        .values(holder=holder, fence=_LEASE.c.fence + 1, since=now, expires_at=now + lasts)
        .returning(*_LEASE.c)
    )
    row = connection.execute(statement).first()
    return Lease(*row) if row is not None else None


def load_lease(connection: Connection, name: str) -> Lease | None:
    """Who holds it or held it last; None where nobody ever did."""
    row = connection.execute(select(_LEASE).where(_LEASE.c.name == name)).first()
    return Lease(*row) if row is not None else None


def extend_lease(connection: Connection, lease: Lease, expires_at: datetime) -> bool:
    """Hold it for longer; False where somebody else has taken over."""
    statement = update(_LEASE).where(*_of(lease)).values(expires_at=expires_at)
    return connection.execute(statement).rowcount == 1


def release_lease(connection: Connection, lease: Lease, now: datetime) -> None:
    """Let others have it; nothing where somebody has taken over."""
    connection.execute(update(_LEASE).where(*_of(lease)).values(expires_at=now))


def holds_lease(connection: Connection, lease: Lease) -> bool:
    """Whether nobody has taken over; nobody can until the transaction ends."""
    query = select(_LEASE.c.name).where(*_of(lease)).with_for_update(read=True)
    return connection.execute(query).first() is not None


def _of(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return _LEASE.c.name == lease.name, _LEASE.c.fence == lease.fence


def server_time(connection: Connection) -> datetime | None:
    """What the database's server says the time is; None for SQLite, which has none."""
    if connection.dialect.name == "sqlite":
        return None
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now
