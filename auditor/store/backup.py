"""A copy of a SQLite database while others write to it, and back again.

Source: sqlite.org, "Using the SQLite Online Backup API". Copying the file alone would miss
what stands in the write-ahead log, and may catch pages of two moments.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from auditor.domain.errors import StoreError
from auditor.store.engine import Database
from auditor.store.schema import known_revisions

_TRY_ANOTHER = "take another file"


def back_up(database: Database, target: Path) -> None:
    """Write what was committed last to the new file `target`, checked and for its owner only.

    Nobody who writes has to wait. Raises StoreError where the file is there, cannot be
    written, or the copy is not sound; then no file is left.
    """
    part = target.with_name(f"{target.name}.part")
    with _files_explained(target):
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with _opened(part) as copy, _raw(database) as source:
                source.backup(copy)
                # One file that can be carried away, without a log beside it.
                copy.execute("PRAGMA journal_mode=DELETE").fetchone()
                _check(copy, part)
            _to_disk(part)
            os.link(part, target)  # which never replaces a file
        finally:
            part.unlink(missing_ok=True)


def restore(database: Database, source: Path) -> None:
    """Make the database what a backup holds, in one step, whatever was in it.

    Raises StoreError for a file that is no sound database of ours, or of a newer release;
    then nothing is changed.
    """
    with _files_explained(source), closing(_read_only(source)) as kept:
        _check(kept, source)
        _check_revision(kept, source)
        with _raw(database) as target:
            kept.backup(target)


@contextmanager
def _raw(database: Database) -> Iterator[sqlite3.Connection]:
    connection = database.engine.raw_connection()
    try:
        raw = connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - only SQLite comes here
        yield raw
    finally:
        connection.close()


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _check(connection: sqlite3.Connection, file: Path) -> None:
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    lost = connection.execute("PRAGMA foreign_key_check").fetchone()
    if said != "ok" or lost:
        raise StoreError(f"{file} is not sound: {said}", next_step=_TRY_ANOTHER)


def _check_revision(connection: sqlite3.Connection, file: Path) -> None:
    found = None
    with suppress(sqlite3.OperationalError):  # no such table
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is None:
        raise StoreError(f"{file} is no backup of this program", next_step=_TRY_ANOTHER)
    if found[0] not in known_revisions():
        raise StoreError(
            f"{file} has schema revision {found[0]}, which this release does not know",
            next_step="use the newer release that made it",
        )


def _to_disk(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def _files_explained(file: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise StoreError(f"{error.filename2 or file} is there", next_step=_TRY_ANOTHER) from None
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}", next_step=_TRY_ANOTHER) from None
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}", next_step=_TRY_ANOTHER) from None
