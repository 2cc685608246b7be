"""A table of owners, as people keep it in a spreadsheet: CSV, one row per pattern."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from auditor.domain.errors import UsageError
from auditor.domain.owners import OwnerRule

_REQUIRED = ("repository", "team")
_KNOWN = (*_REQUIRED, "registry")


def parse_owner_table(body: bytes, name: str) -> tuple[OwnerRule, ...]:
    """One rule per row of the CSV file called `name`, in its order: the first match wins.

    UTF-8, with or without a byte order mark. The first line names the columns `repository`
    and `team`, and `registry` if wanted, in any order; the cells of repository and registry
    are patterns, an empty registry means all. Empty lines are passed over. Raises
    UsageError with the line and the next step.
    """
    rows = csv.reader(io.StringIO(_decoded(body, name), newline=""), strict=True)
    try:
        columns = _columns(next(rows, []), name)
        return tuple(
            _rule(row, columns, f"{name} line {rows.line_num}") for row in rows if any(row)
        )
    except csv.Error as error:
        raise UsageError(
            f"{name} line {rows.line_num}: not CSV: {error}",
            next_step="close every quote, and double those inside a quoted cell",
        ) from None


def _decoded(body: bytes, name: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{name} line {line}: not UTF-8 text", next_step="save the table as CSV in UTF-8"
        ) from None


def _columns(header: Sequence[str], name: str) -> tuple[str, ...]:
    columns = tuple(cell.strip().lower() for cell in header)
    wrong = {*columns} - {*_KNOWN} or {*_REQUIRED} - {*columns}
    if wrong or len({*columns}) < len(columns):
        raise UsageError(
            f"{name} line 1: the columns are {','.join(columns)[:80]!r}",
            next_step="write repository,team or repository,team,registry, with commas",
        )
    return columns


def _rule(cells: Sequence[str], columns: Sequence[str], place: str) -> OwnerRule:
    if len(cells) != len(columns):
        raise UsageError(
            f"{place}: {len(cells)} cells for {len(columns)} columns",
            next_step="give each row one cell per column, and quote a cell that holds a comma",
        )
    row = dict(zip(columns, map(str.strip, cells), strict=True))
    for column in _REQUIRED:
        if not row[column]:
            raise UsageError(f"{place}: no {column}", next_step="fill it in, or remove the row")
    registries = tuple(filter(None, [row.get("registry", "")]))
    return OwnerRule(row["team"], (row["repository"],), registries, source=place)
