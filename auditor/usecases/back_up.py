"""Keeps a copy of the database, and takes it back."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditor.domain.errors import StoreError, UsageError
from auditor.store import backup
from auditor.store.engine import Database
from auditor.store.schema import SchemaState, inspect_schema, make_folder
from auditor.usecases.prepare_database import opened

_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class BackUp:
    """A file that holds a database: its bytes and its schema revision."""

    file: Path
    size_bytes: int
    revision: str


def back_up_database(url: str, file: Path) -> BackUp:
    """Copy the SQLite database at `url` to a new file while others may write.

    Raises UsageError for PostgreSQL, naming its own tool; StoreError as `store.backup`.
    """
    with opened(url) as database:
        _only_sqlite(database, f"pg_dump --format=custom --file={shlex.quote(str(file))}")
        state = _there(inspect_schema(database))
        backup.back_up(database, file)
    return BackUp(file, file.stat().st_size, state.revision)


def restore_database(url: str, file: Path, *, replaces: bool) -> BackUp:
    """Make the SQLite database at `url` what `file` holds.

    Raises UsageError where a database is there and is not to be replaced, or for PostgreSQL.
    """
    with opened(url) as database:
        _only_sqlite(database, f"pg_restore --clean --if-exists {shlex.quote(str(file))}")
        if inspect_schema(database).revision and not replaces:
            raise UsageError(
                f"{database.url_redacted} is there, and would be lost",
                next_step="stop what uses it and say --replace, or name another with --database",
            )
        make_folder(Path(database.engine.url.database or ""))
        backup.restore(database, file)
        return BackUp(file, file.stat().st_size, inspect_schema(database).revision)


def wait_for_schema(
    url: str,
    patience_seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return once the database is there with this release's schema.

    Raises StoreError after `patience_seconds`, saying what was seen last.
    """
    give_up = clock() + patience_seconds
    while (seen := _what_is_amiss(url)) is not None:
        if clock() >= give_up:
            raise StoreError(
                f"waited {patience_seconds:g} seconds; {seen}", next_step="run `auditor db upgrade`"
            )
        sleep(_PAUSE_SECONDS)


def _what_is_amiss(url: str) -> str | None:
    try:
        with opened(url) as database:
            state = inspect_schema(database)
    except StoreError as error:
        return error.message
    if state.is_current:
        return None
    return f"the schema revision is {state.revision or 'none'}, this release needs {state.head}"


def _there(state: SchemaState) -> SchemaState:
    if not state.revision:
        raise StoreError(f"{state.url_redacted} is not there yet", next_step="crawl something")
    return state


def _only_sqlite(database: Database, command: str) -> None:
    if not database.is_sqlite:
        raise UsageError(
            "this copies SQLite; PostgreSQL has tools of its own",
            next_step=f"run {command} with the database's name and user",
        )
