"""Lists longer than a database takes, and rows that are there already."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import DeclarativeBase

from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.engine import Database
from auditor.store.tables.facts import BlobRow
from tests.store.bench import Bench
from tests.store.pieces import AT_ONCE, MOST_PARAMETERS


def blob(number: int, size_bytes: int = 1) -> dict[str, object]:
    return {"digest": number.to_bytes(8), "size_bytes": size_bytes, "is_measured": False}


def insert(database: Database, *rows: dict[str, object]) -> None:
    with database.writing() as connection:
        insert_new(connection, BlobRow, rows)


@pytest.mark.parametrize(
    "count, sizes", [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])]
)
def test_chunks_hold_everything_in_order_and_no_more_than_asked(
    count: int, sizes: list[int]
) -> None:
    pieces = list(chunks(iter(range(count)), 3))
    assert [len(piece) for piece in pieces] == sizes
    assert [item for piece in pieces for item in piece] == list(range(count))


def test_a_piece_of_the_stores_own_is_well_below_what_databases_bind() -> None:
    """PostgreSQL 65,535 values, SQLite 32,766."""
    assert [len(piece) for piece in chunks(range(10 * AT_ONCE + 1))] == [10 * AT_ONCE, 1]
    assert 10 * MOST_PARAMETERS < 32_766 / 2


def test_rows_that_are_there_stay_as_they_are_and_the_others_are_added(bench: Bench) -> None:
    insert(bench.database, blob(1, 10), blob(2, 20))
    first = bench.table(BlobRow)
    insert(bench.database, blob(2, 99), blob(3, 30), blob(3, 31))
    second = bench.table(BlobRow)
    assert second[:2] == first
    assert [row["size_bytes"] for row in second] == [10, 20, 30]


def test_no_rows_are_no_statement(bench: Bench) -> None:
    with bench.statements() as told, bench.database.writing() as connection:
        insert_new(connection, BlobRow, [])
    assert [one for one in told if "blob" in one.sql] == []


def test_a_class_without_a_table_is_refused() -> None:
    class Base(DeclarativeBase):
        pass

    Base.__table__ = None  # type: ignore[assignment]
    with pytest.raises(TypeError):
        table_of(Base)
