"""What registries hinted at: kept per repository until a crawl has looked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from importlib import import_module

from sqlalchemy import Connection, delete, func, select

from auditor.domain.hints import DueHint, Hint
from auditor.store.batches import chunks, table_of
from auditor.store.tables.alerts import PushHintRow, PushSeenRow

MOST_HINTED = 10_000
"""Repositories of one registry that may wait; a full crawl finds what is beyond."""


def note_event(connection: Connection, source: str, body: bytes, now: datetime) -> bool:
    """Remember that a source sent this body; False where it did so before."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    table = table_of(PushSeenRow)
    statement = (
        dialect.insert(table)
        .values(source=source, digest=sha256(body).digest(), at=now)
        .on_conflict_do_nothing()
        .returning(table.c.source)
    )
    return connection.execute(statement).first() is not None


def merge_hints(
    connection: Connection, registry: str, hints: Collection[Hint], now: datetime
) -> int:
    """Make repositories due, each once however often it is named; how many could be kept.

    Where MOST_HINTED wait already, only those among them are.
    """
    wanted = {hint.repository: hint.reference for hint in hints}
    waiting = select(func.count()).where(PushHintRow.registry_name == registry)
    room = max(0, MOST_HINTED - int(connection.execute(waiting).scalar_one()))
    if len(wanted) > room:
        known = _known(connection, registry, sorted(wanted))
        new = [name for name in sorted(wanted) if name not in known][:room]
        wanted = {name: wanted[name] for name in sorted({*known, *new})}
    table = table_of(PushHintRow)
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    statement = dialect.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=["registry_name", "repository"],
        set_={
            "reference": statement.excluded.reference,
            "last_at": func.greatest(table.c.last_at, statement.excluded.last_at)
            if connection.dialect.name == "postgresql"
            else func.max(table.c.last_at, statement.excluded.last_at),
            "count": table.c.count + 1,
        },
    )
    # In the order of their names, so that two senders never wait for each other.
    for name in sorted(wanted):
        values = {"registry_name": registry, "repository": name, "reference": wanted[name]}
        connection.execute(statement.values(**values, first_at=now, last_at=now, count=1))
    return len(wanted)


def list_hints(connection: Connection) -> tuple[DueHint, ...]:
    """Every repository that waits, by registry and name."""
    # Not by its own name: every row of a result has a method called count.
    columns = (one for one in table_of(PushHintRow).c if one.name != "count")
    query = select(*columns, PushHintRow.count.label("times")).order_by(
        PushHintRow.registry_name, PushHintRow.repository
    )
    return tuple(
        DueHint(
            row.registry_name,
            row.repository,
            row.reference,
            row.first_at,
            row.last_at,
            row.times,
        )
        for row in connection.execute(query)
    )


def forget_hints(
    connection: Connection, registry: str, repositories: Sequence[str], until: datetime
) -> None:
    """Let go of what was hinted up to a moment; what came later stays due."""
    for chunk in chunks(repositories):
        connection.execute(
            delete(table_of(PushHintRow)).where(
                PushHintRow.registry_name == registry,
                PushHintRow.repository.in_(chunk),
                PushHintRow.last_at <= until,
            )
        )


def forget_events(connection: Connection, before: datetime) -> None:
    """Let go of bodies that were sent before a moment."""
    connection.execute(delete(table_of(PushSeenRow)).where(PushSeenRow.at < before))


def _known(connection: Connection, registry: str, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(names):
        query = select(PushHintRow.repository).where(
            PushHintRow.registry_name == registry, PushHintRow.repository.in_(chunk)
        )
        found.update(connection.execute(query).scalars())
    return found
