"""Streams a bucket's list of keys: CSV with a header, or S3 Inventory's without one.

One line at a time, and of a line no more than 64 KiB; compressed with gzip or not. Source:
Amazon S3 user guide, "Amazon S3 Inventory list": no header, fields quoted, keys URL-encoded.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from auditor.domain.errors import UsageError
from auditor.domain.holdings import Holding, HoldingKind, Inventory, Unread
from auditor.storage.layout import TOP, place_of

_LINE_CAP = 65_536
_MOST_DIGITS = 18
_GZIP = b"\x1f\x8b"
_HOW = "say what its columns hold: --inventory-columns 'Bucket, Key, Size'"

Row = tuple[int, list[str] | None]
Columns = tuple[int, int]


@dataclass(slots=True)
class InventoryFile:
    """The list, and which registry's keys were met in it so far."""

    inventory: Inventory
    _prefix: str | None = field(init=False)
    _is_met: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        prefix = self.inventory.prefix
        self._prefix = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix

    def holdings(self) -> Iterator[Holding | Unread]:
        """Every key with its size, and every line that cannot be used.

        Raises UsageError where the columns or the registry cannot be told, and at the end
        where nothing belongs to a registry.
        """
        path = self.inventory.path
        try:
            with Path(path).open("rb") as raw:
                is_packed = raw.read(len(_GZIP)) == _GZIP
                raw.seek(0)
                yield from self._entries(_rows(gzip.GzipFile(fileobj=raw) if is_packed else raw))
        except (OSError, EOFError, zlib.error) as error:
            yield Unread(path, f"not read to its end: {error}"[:200])
            return
        if not self._is_met:
            raise UsageError(
                f"no registry's storage: no key of {path[:200]!r} begins with "
                f"{self._prefix or ''}{TOP}",
                next_step="list the bucket that the registry keeps its blobs in",
            )

    def _entries(self, rows: Iterator[Row]) -> Iterator[Holding | Unread]:
        first = next(rows, (0, None))
        columns = _columns(first[1] or ())
        if columns is None:
            columns = _columns(self.inventory.columns.split(","))
            rows = chain((first,), rows)
        if columns is None:
            raise UsageError("the columns of the inventory are not known", next_step=_HOW)
        for number, cells in rows:
            if cells != []:
                yield self._entry(number, cells, columns)

    def _entry(self, number: int, cells: list[str] | None, columns: Columns) -> Holding | Unread:
        where = f"line {number:,}"
        if cells is None or max(columns) >= len(cells):
            return Unread(where, "it is no line of this table")
        key, size = (cells[column] for column in columns)
        if size and not (size.isascii() and size.isdecimal() and len(size) <= _MOST_DIGITS):
            return Unread(where, "its size is no number of bytes")
        kind, digest = self._place(unquote(key))
        # A marker that says an object was deleted has no size.
        return Holding(kind, int(size or 0), digest)

    def _place(self, key: str) -> tuple[HoldingKind, bytes]:
        start = 0 if key.startswith(TOP) else key.find(f"/{TOP}") + 1
        prefix = key[:start]
        if not key.startswith(TOP, start):
            return HoldingKind.OTHER, b""
        if self._prefix is None:
            self._prefix = prefix
        if prefix != self._prefix:
            if self.inventory.prefix is not None:
                return HoldingKind.OTHER, b""
            raise UsageError(
                f"the inventory lists two registries, {self._prefix[:80]!r} and {prefix[:80]!r}",
                next_step="say which one with --inventory-prefix",
            )
        self._is_met = True
        return place_of(key[start + len(TOP) :])


def _columns(names: Sequence[str]) -> Columns | None:
    """Where the key and the size stand, None where one of them is not named."""
    plain = [name.strip().lower() for name in names]
    return (plain.index("key"), plain.index("size")) if {"key", "size"} <= set(plain) else None


def _rows(stream: IO[bytes] | gzip.GzipFile) -> Iterator[Row]:
    """Number and cells of every line; None for one that is too long or badly quoted."""
    number = 0
    while line := stream.readline(_LINE_CAP):
        number += 1
        if len(line) < _LINE_CAP or line.endswith(b"\n"):
            yield number, _cells(line)
            continue
        while (rest := stream.readline(_LINE_CAP)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def _cells(line: bytes) -> list[str] | None:
    text = line.decode("utf-8-sig", "surrogateescape")
    try:
        return next(csv.reader((text,), strict=True), [])
    except csv.Error:
        return None
