"""Long lists in pieces a database takes, and inserts that do nothing the second time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from string import ascii_uppercase
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.orm import DeclarativeBase

_CHUNK = 5_000
_ASCII_LOWER = {ord(letter): ord(letter.lower()) for letter in ascii_uppercase}
Item = TypeVar("Item")


def chunks(items: Iterable[Item], size: int = _CHUNK) -> Iterator[list[Item]]:
    """Lists of at most `size` items, in order; none for no items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def ascii_lower(text: str) -> str:
    """As both databases' LOWER does it everywhere: letters beyond ASCII stay as they are."""
    return text.translate(_ASCII_LOWER)


def table_of(row_class: type[DeclarativeBase]) -> Table:
    """The Core table behind a mapped class."""
    table = row_class.__table__
    if not isinstance(table, Table):
        raise TypeError(row_class)
    return table


def insert_new(
    connection: Connection,
    row_class: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Insert rows; those whose key exists already are left as they are."""
    if not rows:
        return
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    statement = dialect.insert(table_of(row_class)).on_conflict_do_nothing()
    connection.execute(statement, list(rows))


def insert_one_new(
    connection: Connection, row_class: type[DeclarativeBase], values: Mapping[str, Any]
) -> int | None:
    """The `id` of the inserted row; None, and nothing, where a unique key of it exists already."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    table = table_of(row_class)
    statement = dialect.insert(table).values(values).on_conflict_do_nothing()
    number: int | None = connection.execute(statement.returning(table.c.id)).scalar()
    return number
