"""A database as an earlier release left it: its schema, its rows, and what it said of them.

tests/data/release_REVISION.json.gz was written by that release (scripts/record_release.py).
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, DateTime, LargeBinary, MetaData, text

from auditor.store.engine import Database
from scripts.record_release import PORT
from tests.store.revisions import bring

ADDRESS = f"127.0.0.1:{PORT}"
DATA = Path(__file__).parent.parent / "data"
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Release:
    """What a release recorded: its schema revision, its ranking, its rows by table."""

    revision: str
    ranking: dict[str, Any]
    tables: Rows

    def fill(self, database: Database) -> None:
        """Make an empty database what that release left."""
        bring(database, self.revision)
        with database.writing() as connection:
            found = reflected(connection)
            for table in found.sorted_tables:
                rows = self.tables.get(table.name, [])
                if rows:
                    made = [self._row(row, table.c, database) for row in rows]
                    connection.execute(table.insert(), made)
            if not database.is_sqlite:
                set_sequences(connection, found)

    @staticmethod
    def _row(row: dict[str, Any], columns: Any, database: Database) -> dict[str, Any]:
        return {name: typed(value, columns[name], database) for name, value in row.items()}

    def rows_in(self, database: Database) -> Rows:
        """What a database holds now in the tables and columns of that release, in one order."""
        kept: Rows = {}
        with database.reading() as connection:
            tables = reflected(connection).tables
            for name, recorded in self.tables.items():
                columns = sorted(recorded[0]) if recorded else []
                rows = connection.execute(tables[name].select()).mappings()
                plain = [{one: row[one] for one in columns} for row in rows]
                kept[name] = sorted(plain, key=repr)
        return kept


def load_release(revision: str, address: str = "") -> Release:
    """What the release with this schema revision recorded, as if of a registry at `address`."""
    content = gzip.decompress((DATA / f"release_{revision}.json.gz").read_bytes()).decode()
    return Release(**json.loads(content.replace(ADDRESS, address or ADDRESS)))


def recorded_revisions() -> list[str]:
    """Of every release that recorded something."""
    return sorted(path.name[8:12] for path in DATA.glob("release_*.json.gz"))


def reflected(connection: Connection) -> MetaData:
    """The tables as the database itself says."""
    found = MetaData()
    found.reflect(connection)
    return found


def typed(value: Any, column: Column[Any], database: Database) -> Any:
    if isinstance(value, str) and isinstance(column.type, LargeBinary):
        return bytes.fromhex(value)
    if isinstance(value, str) and isinstance(column.type, DateTime):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment.replace(tzinfo=None) if database.is_sqlite else moment
    return value


def set_sequences(connection: Connection, found: MetaData) -> None:
    """PostgreSQL counts on from the highest id, as if it had given them all."""
    for table in found.sorted_tables:
        if "id" in table.c and table.c.id.server_default is not None:
            highest = f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table.name}"  # noqa: S608
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            connection.execute(text(f"SELECT setval({sequence}, ({highest}), false)"))
