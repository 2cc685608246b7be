"""A CSV file as an answer that begins before its last row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

from flask import Response

_LINES = 500
Row = TypeVar("Row")


def csv_response(
    rows: Iterator[Row], lines: Callable[[Iterable[Row]], Iterator[str]], name: str
) -> Response:
    """Return the rows as a file to download.

    The first row is read before the answer begins, so that a database that cannot be
    read is an error page and not a file that ends early.
    """
    first = tuple(islice(rows, 1))
    response = Response(_blocks(lines(chain(first, rows))), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    """Many lines at a time: each block is a write to the socket."""
    while block := "".join(islice(lines, _LINES)):
        yield block
