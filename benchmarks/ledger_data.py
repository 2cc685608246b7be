"""A database with a large organisation's registries, written straight into the tables.

    python -m benchmarks.ledger_data sqlite:///FILE [--repositories N] [--seed N]

The database must be empty. Facts and places go in by COPY (PostgreSQL) or executemany
(SQLite); what repositories hold is counted by one statement; every blob and repository is
then dirty, and the program's own `update_rollups` makes all figures. A past of changes is
written last: three months of figures that grew to those of now.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, text

from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.store.batches import table_of
from auditor.store.columns import UtcDateTime
from auditor.store.engine import Database, open_database
from auditor.store.rollups import update_rollups
from auditor.store.schema import upgrade_schema
from auditor.store.tables.facts import MediaTypeRow
from auditor.store.tables.places import CrawlRow, RegistryRow
from benchmarks.ledger_rows import (
    COLUMNS,
    END,
    FULL,
    MEDIA_TYPES,
    REGISTRIES,
    START,
    Generator,
    Plan,
)

COUNTED = ("repository", "manifest", "manifest_blob", "blob", "repository_blob")
_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-800000", "foreign_keys=OFF")
_WITH_SEQUENCES = ("media_type", "registry", "crawl", "storage_scope", "repository", "blob")

Write = Callable[[str, Sequence[tuple[Any, ...]]], None]


@dataclass(slots=True)
class Filled:
    """How many rows there are, and what making them took, in seconds by step."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add a step's wall time."""
        started = time.perf_counter()
        yield
        self.seconds[step] = time.perf_counter() - started


def fill(url: str, generator: Generator) -> Filled:
    """Fill an empty database; the same plan gives the same rows."""
    filled = Filled()
    database = open_database(url)
    try:
        upgrade_schema(database)
        with filled.timed("facts"):
            _write_registries(database)
            write = _write_sqlite if database.is_sqlite else _write_postgres
            write(database, generator)
        with filled.timed("holdings"), database.writing() as connection:
            connection.execute(text(_HOLDINGS))
            for statement in _ALL_DIRTY:
                connection.execute(text(statement))
        _analyse(database)
        with filled.timed("rollups"):
            _derive(database, END)
        with filled.timed("past"):
            _write_past(database)
        _analyse(database)
        filled.rows = count_rows(database)
    finally:
        database.dispose()
    return filled


def count_rows(database: Database) -> dict[str, int]:
    """How many rows the large tables have."""
    with database.reading() as connection:
        return {
            table: connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in COUNTED
        }


def _write_registries(database: Database) -> None:
    fields = {"lists_untagged": True, "lists_repositories": True, "guarded_tags": 0}
    moments = {"first_complete_at": START, "last_complete_at": END}
    registries: list[dict[str, Any]] = [
        {"id": key, "name": name, "scope": scope.value, "platform": str(DEFAULT_PLATFORM)}
        | fields
        | moments
        for key, (name, scope) in enumerate(REGISTRIES, start=1)
    ]
    crawls = [
        {"registry_id": row["id"], "started_at": at, "finished_at": at, "outcome": "complete"}
        for at in _daily()
        for row in registries
    ]
    names = [{"id": key, "name": name} for key, name in enumerate(MEDIA_TYPES, start=1)]
    with database.writing() as connection:
        connection.execute(insert(table_of(MediaTypeRow)), names)
        connection.execute(insert(table_of(RegistryRow)), registries)
        connection.execute(insert(table_of(CrawlRow)), crawls)


def _daily() -> list[datetime]:
    return [START + timedelta(days=number) for number in range((END - START).days + 1)]


def _write_sqlite(database: Database, generator: Generator) -> None:
    name = database.engine.url.database or ""
    database.dispose()  # another connection would keep the journal as it is
    connection = sqlite3.connect(name, isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for rows in generator.batches():
            for table, values in rows.items():
                marks = ", ".join("?" * len(COLUMNS[table]))
                statement = f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES ({marks})"  # noqa: S608
                connection.executemany(statement, map(_for_sqlite, values))
        connection.execute("COMMIT")
    finally:
        connection.close()


def _for_sqlite(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Moments as SQLAlchemy keeps them in SQLite."""
    return tuple(
        f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in row
    )


def _write_postgres(database: Database, generator: Generator) -> None:
    with database.writing() as connection:
        # Foreign keys hold by construction: their triggers would take most of the time.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            for rows in generator.batches():
                for table, values in rows.items():
                    columns = ", ".join(COLUMNS[table])
                    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                        for row in values:
                            copy.write_row(row)
        for table in _WITH_SEQUENCES:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"  # noqa: S608
            )


_HOLDINGS = """
    INSERT INTO repository_blob (repository_id, blob_id, scope_id, manifest_count, share_bytes)
    SELECT p.repository_id, mb.blob_id, r.scope_id, COUNT(DISTINCT mb.manifest_id), 0
    FROM presence AS p
    JOIN repository AS r ON r.id = p.repository_id
    JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id
    WHERE p.until IS NULL AND NOT mb.is_foreign
    GROUP BY p.repository_id, mb.blob_id, r.scope_id
"""
_ALL_DIRTY = (
    "INSERT INTO dirty_blob SELECT DISTINCT scope_id, blob_id FROM repository_blob",
    "INSERT INTO dirty_repository SELECT id FROM repository",
)


def _analyse(database: Database) -> None:
    """PostgreSQL's statistics, as its own autovacuum would have them after a while."""
    if database.is_sqlite:
        return
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _derive(database: Database, now: datetime) -> None:
    for registry in range(1, len(REGISTRIES) + 1):
        with database.writing() as connection:
            update_rollups(connection, registry, now=now, platform=DEFAULT_PLATFORM)


def _write_past(database: Database) -> None:
    """Daily changes of a tenth of the repositories, up to the figures of now."""
    moments = [at for at in _daily() if at < END]
    with database.writing() as connection:
        for number, at in enumerate(moments):
            share = {"percent": 60 + 40 * number // len(moments), "day": number, "at": at}
            connection.execute(_REPOSITORY_PAST, share)
            connection.execute(_REGISTRY_PAST, share)
        connection.execute(text("UPDATE registry_total SET growth_as_of = NULL"))
    _analyse(database)
    _derive(database, END)


_SHARES = ", ".join(
    f"{name} * :percent / 100"
    for name in ("logical_bytes", "stored_bytes", "exclusive_bytes", "fair_share_bytes")
)
_REPOSITORY_PAST = text(
    f"""
    INSERT INTO repository_history (
      repository_id, since, logical_bytes, stored_bytes, exclusive_bytes, fair_share_bytes,
      tags, images, image_bytes, image_tag, is_present)
    SELECT repository_id, :at, {_SHARES}, tags, images, image_bytes, image_tag, TRUE
    FROM repository_total WHERE :day = 0 OR (repository_id + :day) % 10 = 0
    """  # noqa: S608 - constant text
).bindparams(bindparam("at", type_=UtcDateTime()))
_REGISTRY_PAST = text(
    """
    INSERT INTO registry_history (
      registry_id, since, logical_bytes, stored_bytes, repositories, tags, images)
    SELECT registry_id, :at, logical_bytes * :percent / 100, stored_bytes * :percent / 100,
           repositories, tags, images
    FROM registry_total
    """
).bindparams(bindparam("at", type_=UtcDateTime()))


def describe(filled: Filled) -> str:
    """One line: rows, and seconds by step."""
    rows = ", ".join(f"{count:,} {table}" for table, count in filled.rows.items())
    return f"{rows} ({_in_seconds(filled.seconds)})"


def _in_seconds(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{step} {taken:.1f} s" for step, taken in seconds.items())


def main() -> None:
    """Fill the database that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_data", description=__doc__)
    parser.add_argument("url", help="sqlite:///FILE or postgresql://USER@HOST/NAME, empty")
    parser.add_argument("--repositories", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(repositories=options.repositories, seed=options.seed)
    sys.stdout.write(f"{describe(fill(options.url, Generator(plan)))}\n")


if __name__ == "__main__":
    main()
