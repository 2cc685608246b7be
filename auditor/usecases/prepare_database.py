"""Makes a database ready: created, upgraded, and refused when it is newer than we are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from auditor.domain.errors import StoreError
from auditor.store.engine import Database, open_database
from auditor.store.queue import make_queue
from auditor.store.schema import SchemaState, inspect_schema, known_revisions, upgrade_schema


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """Which schema a database has; `revision` empty for one that is not there yet."""

    url_redacted: str
    revision: str
    head: str
    is_current: bool


def prepare_database(url: str) -> Database:
    """The database at `url`, created or upgraded to this release's schema.

    A PostgreSQL database that an older release made is not upgraded by the way: others use
    it, and somebody has to choose the moment. Raises StoreError then, when it cannot be
    reached, or when it belongs to a newer release.
    """
    database = open_database(url)
    try:
        state = inspect_schema(database)
        if not state.is_current:
            _leave_to_somebody(database, state)
            upgrade_schema(database)
    except BaseException:
        database.dispose()
        raise
    return database


def existing_database(url: str) -> Database | None:
    """The database at `url` if it is there with this release's schema; changes nothing.

    Raises StoreError when it cannot be reached.
    """
    database = open_database(url)
    try:
        if inspect_schema(database).is_current:
            return database
    except BaseException:
        database.dispose()
        raise
    database.dispose()
    return None


def _leave_to_somebody(database: Database, state: SchemaState) -> None:
    if not database.is_sqlite and state.revision in known_revisions():
        raise StoreError(
            f"the database has schema revision {state.revision}, this release needs {state.head}",
            next_step="run `auditor db upgrade`; the release before can go on meanwhile",
        )


def database_status(url: str) -> DatabaseStatus:
    """What state the database at `url` is in; creates nothing."""
    with opened(url) as database:
        state: SchemaState = inspect_schema(database)
    return DatabaseStatus(state.url_redacted, state.revision, state.head, state.is_current)


def upgrade_database(url: str) -> None:
    """Bring the database at `url` to this release's schema; nothing to do is fine.

    On PostgreSQL the queue is made too, where its library is there and it may be: whoever
    needs it says what is missing.
    """
    with opened(url) as database:
        upgrade_schema(database)
        if not database.is_sqlite:
            with suppress(StoreError):
                make_queue(database)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database at `url` as it is, for as long as the block."""
    database = open_database(url)
    try:
        yield database
    finally:
        database.dispose()
