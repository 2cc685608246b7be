"""The same figures by another program: DuckDB computes all of them from the raw rows."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import text

from auditor.store.engine import Database

Figures = Mapping[int, tuple[int, ...]]
"""Logical, stored, exclusive and fair-share bytes by repository."""

_FACTS = {
    "blob": "SELECT id, size_bytes FROM blob",
    "manifest_blob": "SELECT manifest_id, blob_id FROM manifest_blob WHERE NOT is_foreign",
    "presence": "SELECT repository_id, manifest_id FROM presence WHERE until IS NULL",
    "repository": "SELECT id, scope_id, name FROM repository WHERE removed_at IS NULL",
}
_COLUMNS = {
    "blob": {"id": "BIGINT", "size_bytes": "BIGINT"},
    "manifest_blob": {"manifest_id": "BIGINT", "blob_id": "BIGINT"},
    "presence": {"repository_id": "BIGINT", "manifest_id": "BIGINT"},
    "repository": {"id": "BIGINT", "scope_id": "BIGINT", "name": "VARCHAR"},
}
_FIGURES = """
    WITH held AS (
      SELECT p.repository_id, r.scope_id, r.name, mb.blob_id,
             COUNT(DISTINCT mb.manifest_id) AS manifests
      FROM presence AS p
      JOIN repository AS r ON r.id = p.repository_id
      JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id
      GROUP BY ALL),
    shared AS (
      SELECT held.repository_id, held.manifests, b.size_bytes,
             COUNT(*) OVER (PARTITION BY held.scope_id, held.blob_id) AS holders,
             ROW_NUMBER() OVER (PARTITION BY held.scope_id, held.blob_id ORDER BY held.name)
               AS place
      FROM held JOIN blob AS b ON b.id = held.blob_id)
    SELECT repository_id, SUM(size_bytes * manifests), SUM(size_bytes),
           SUM(CASE WHEN holders = 1 THEN size_bytes ELSE 0 END),
           SUM(size_bytes // holders + CASE WHEN place <= size_bytes % holders THEN 1 ELSE 0 END)
    FROM shared GROUP BY repository_id
"""
_OURS = text(
    "SELECT repository_id, logical_bytes, stored_bytes, exclusive_bytes, fair_share_bytes "
    "FROM repository_total WHERE stored_bytes > 0"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """DuckDB over the rows of one database, exported into a folder."""

    duckdb: Any

    @classmethod
    def over(cls, database: Database, folder: Path) -> Reference:
        """Copy facts and places. Raises ImportError where DuckDB is not installed."""
        duckdb = import_module("duckdb").connect()
        for table, query in _FACTS.items():
            file = folder / f"{table}.csv"
            _export(database, query, file)
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS[table].items())
            duckdb.execute(
                f"CREATE TABLE {table} AS SELECT * FROM "  # noqa: S608 - constant text
                f"read_csv('{file}', header = false, columns = {{{columns}}})"
            )
            file.unlink()
        return cls(duckdb)

    def compute(self) -> tuple[Figures, float]:
        """Every repository's figures, and the seconds that took."""
        started = time.perf_counter()
        rows = self.duckdb.execute(_FIGURES).fetchall()
        return {row[0]: tuple(map(int, row[1:])) for row in rows}, time.perf_counter() - started


def stored_figures(database: Database) -> Figures:
    """What the program's rollups say of every repository that holds anything."""
    with database.reading() as connection:
        return {row[0]: tuple(row[1:]) for row in connection.execute(_OURS)}


def _export(database: Database, query: str, file: Path) -> None:
    with database.reading() as connection:
        driver: Any = connection.connection.driver_connection
        if database.is_sqlite:
            with file.open("w", newline="") as out:
                csv.writer(out).writerows(driver.execute(query))
            return
        with (
            file.open("wb") as out,
            driver.cursor() as cursor,
            cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy,
        ):
            for block in copy:
                out.write(block)
