"""Values come back as they went in, and sort alike on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from auditor.domain.digest import Digest
from auditor.store.columns import Binary, ByteOrderedText, RowId, UtcDateTime
from auditor.store.engine import Database

THINGS = Table(
    "thing",
    MetaData(),
    Column("id", RowId, primary_key=True),
    Column("bytes", Binary),
    Column("moment", UtcDateTime()),
    Column("name", ByteOrderedText()),
)
MOMENT = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.fixture
def things(database: Database) -> Iterator[Database]:
    THINGS.create(database.engine)
    yield database
    THINGS.drop(database.engine)


def kept(database: Database, column: str, *values: Any) -> list[Any]:
    """What comes back for `values`, in the order of the column."""
    with database.writing() as connection:
        connection.execute(insert(THINGS), [{column: value} for value in values])
    with database.reading() as connection:
        query = select(THINGS.c[column]).order_by(THINGS.c[column])
        return list(connection.execute(query).scalars())


def test_digests_come_back_byte_for_byte(things: Database) -> None:
    packed = sorted(Digest.of(b"body", algorithm).to_bytes() for algorithm in ("sha256", "sha512"))
    other = b"\x00" + b"other:with-a-zero-byte-first"
    assert kept(things, "bytes", *packed, other, bytes(range(256))) == [
        bytes(range(256)),
        other,
        *packed,
    ]
    assert [len(one) for one in packed] == [33, 65]


@pytest.mark.parametrize("hours", [-11, 0, 5.5, 14])
def test_a_moment_of_any_zone_comes_back_in_utc_to_the_microsecond(
    things: Database, hours: float
) -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=hours)))
    (back,) = kept(things, "moment", there)
    assert back == MOMENT
    assert (back.microsecond, back.utcoffset()) == (999999, timedelta(0))


def test_moments_sort_by_time_and_not_by_their_text(things: Database) -> None:
    early, late = (
        MOMENT.astimezone(timezone(timedelta(hours=9))),
        MOMENT + timedelta(microseconds=1),
    )
    assert kept(things, "moment", late, early) == [early, late]


def test_no_moment_comes_back_as_none(things: Database) -> None:
    assert kept(things, "moment", None) == [None]


def test_a_moment_without_a_zone_is_refused(things: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        kept(things, "moment", MOMENT.replace(tzinfo=None))


def test_names_sort_as_their_bytes_do(things: Database) -> None:
    names = [
        "b",
        "alpha-2/one",
        "Alpha",
        "alpha/one",
        "alpha",
        "alpha_b",
        "alphà",
        "ALPHA",
        "\N{MATHEMATICAL ITALIC SMALL ALPHA}",
        "\N{FULLWIDTH LATIN SMALL LETTER A}",
    ]
    in_order = sorted(names, key=str.encode)
    assert kept(things, "name", *names) == in_order
    with things.reading() as connection:
        below = select(THINGS.c.name).where(THINGS.c.name < "alpha/").order_by(THINGS.c.name)
        assert connection.execute(below).scalars().all() == [
            name for name in in_order if name.encode() < b"alpha/"
        ]


def test_row_ids_are_given_by_the_database(things: Database) -> None:
    kept(things, "name", "one", "two")
    with things.reading() as connection:
        first, second = connection.execute(select(THINGS.c.id).order_by(THINGS.c.id)).scalars()
    assert first < second
