"""A database URL becomes connections: readers, and writers that never upgrade a lock."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - use cases pass it on
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from auditor.domain.errors import StoreError

_SQLITE_BUSY_SECONDS = 60
_WAL_PAUSE_SECONDS = 0.01
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_OUTSIDE = {"auditor_outside_transactions": True}
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class Database:
    """Connections to one database. `dispose` when done with it."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose statements all see one moment; nothing is kept of writes."""
        options = {} if self.is_sqlite else _ONE_SNAPSHOT
        with _plain_errors(), self.engine.connect() as plain:
            connection = plain.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone on any exception.

        SQLite takes the write lock at once (BEGIN IMMEDIATE): a reader that turns
        writer fails at once instead of waiting. Source: sqlite.org, lang_transaction.
        """
        with _plain_errors(), self.engine.connect() as plain:
            connection = plain.execution_options(auditor_writes=True)
            with connection.begin():
                yield connection

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    def used_bytes(self, connection: Connection) -> int:
        """Bytes of its files that hold data; in SQLite without pages that wait to be used again."""
        if not self.is_sqlite:
            size = "SELECT pg_database_size(current_database())"
            return int(connection.exec_driver_sql(size).scalar_one())
        pages, free, page_bytes = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * page_bytes

    def compact(self) -> None:
        """Give unused space back: SQLite to the disk, PostgreSQL to its tables.

        SQLite writes its file anew, and needs that much space beside it meanwhile.
        """
        with _plain_errors(), self.engine.connect() as plain:
            options = _OUTSIDE if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
            plain.execution_options(**options).exec_driver_sql("VACUUM")

    @property
    def url_redacted(self) -> str:
        """Where it is, for people: passwords hidden, also those among the URL's options."""
        url = self.engine.url
        hidden = {name: "hidden" for name in url.query if "password" in name.lower()}
        return url.update_query_dict(hidden).render_as_string(hide_password=True)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        first_line = str(error.orig).strip().splitlines()[0] if str(error.orig) else "no reason"
        raise StoreError(
            f"the database failed: {first_line}",
            next_step="see `auditor db status`; nothing of this step was kept",
        ) from error
    except (OverflowError, UnicodeEncodeError) as error:
        # SQLite's driver says so by itself what PostgreSQL's server would.
        raise StoreError(
            f"the database cannot keep a value: {error}",
            next_step="nothing of this step was kept",
        ) from error


def parse_url(url: str) -> URL:
    """Return the parsed database URL with this program's drivers.

    Raises StoreError, without echoing the URL, for anything but SQLite and PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise StoreError(
            "the database URL cannot be read",
            next_step="write sqlite:///FILE or postgresql://USER@HOST/NAME",
        ) from None
    if "@" in (parsed.host or ""):
        # Taken as it is, the end of the password would be shown as part of the host.
        raise StoreError(
            "the database URL has two @ before its host",
            next_step="write the one in the password as %40",
        )
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(
            f"{parsed.get_backend_name()} is not supported",
            next_step="use a sqlite:/// or postgresql:// URL",
        )
    return parsed


def open_database(url: str) -> Database:
    """Return connections to the database at `url`, without touching it yet.

    Raises StoreError for a URL or driver that cannot be used.
    """
    parsed = parse_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return Database(_open_sqlite(parsed))
        return Database(create_engine(parsed, pool_pre_ping=True))
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreError(
            "PostgreSQL needs the driver psycopg",
            next_step="install the extra: pip install 'registry-auditor[postgres]'",
        ) from error
    except SQLAlchemyError as error:
        raise StoreError("the database URL cannot be used") from error


def _begin_to_log_ahead(cursor: DBAPICursor) -> None:
    """Switch to WAL; another connection that is making the file is waited for.

    SQLite answers this one statement at once, whatever the busy timeout.
    """
    give_up = time.monotonic() + _SQLITE_BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": _SQLITE_BUSY_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _configure(dbapi_connection: DBAPIConnection, _record: object) -> None:
        # The driver must not begin transactions by itself: see `_begin`.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        _begin_to_log_ahead(cursor)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.keys() & _OUTSIDE.keys():
            writes = options.get("auditor_writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
