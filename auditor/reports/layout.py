"""A table laid out in lines: as wide as it needs in a file, as wide as the screen on one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from auditor.reports.safe_text import cell_width, cut
from auditor.reports.table import Align, Column, Cut, Table

_GAP = "  "
_INDENT = " " * 4
_LEAST_SCREEN = 20


class Role(StrEnum):
    """What a line is, for whoever gives it a colour."""

    TITLE = "title"
    FACT = "fact"
    HEAD = "head"
    ROW = "row"
    TOTALS = "totals"
    NOTE = "note"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text without its newline."""

    role: Role
    text: str


def lay_out(tables: Sequence[Table], *, width: int | None) -> Iterator[Line]:
    """Lines of these tables, a blank line between them.

    `width` None means no limit: nothing is cut, dropped or wrapped. Otherwise columns
    shrink, then drop, and a note names the dropped ones.
    """
    for position, table in enumerate(tables):
        if position:
            yield Line(Role.BLANK, "")
        yield from _lines(table, None if width is None else max(width, _LEAST_SCREEN))


def as_plain(tables: Sequence[Table], *, width: int | None = None) -> str:
    """The same as one string, each line ended by a newline."""
    return "".join(f"{line.text}\n" for line in lay_out(tables, width=width))


def _lines(table: Table, width: int | None) -> Iterator[Line]:
    if table.title:
        yield Line(Role.TITLE, table.title if width is None else cut(table.title, width))
    yield from _fact_lines(table.facts, width)
    yield from (Line(Role.FACT, f"{_INDENT}{line}") for line in table.copied)
    if table.columns and table.rows:
        table, widths = _fitted(table, width)
        if table.title or table.facts:
            yield Line(Role.BLANK, "")
        yield Line(Role.HEAD, _row([column.name for column in table.columns], table, widths))
        for row in table.rows:
            yield Line(Role.ROW, _row(row, table, widths))
        if table.totals:
            yield Line(Role.TOTALS, _row(table.totals, table, widths))
    if table.notes and (table.rows or table.facts):
        yield Line(Role.BLANK, "")
    for note in table.notes:
        yield from _wrapped(Role.NOTE, note, "", width)


def _fact_lines(facts: Sequence[tuple[str, str]], width: int | None) -> Iterator[Line]:
    name_width = max((cell_width(name) for name, _ in facts), default=0)
    for name, value in facts:
        yield from _wrapped(Role.FACT, value, f"{name.ljust(name_width)}{_GAP}", width)


def _wrapped(role: Role, text: str, lead: str, width: int | None) -> Iterator[Line]:
    if width is None or cell_width(lead + text) <= width:
        yield Line(role, lead + text)
        return
    # A word longer than the screen, such as a digest, stays whole: it is there to be copied.
    for line in textwrap.wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield Line(role, line)


def _fitted(table: Table, width: int | None) -> tuple[Table, list[int]]:
    """The table without the columns that do not fit, and the width of each that does."""
    natural = _natural_widths(table)
    if width is None:
        return table, natural
    kept = list(range(len(table.columns)))
    while _least_total(table.columns, natural, kept) > width:
        droppable = [index for index in kept if table.columns[index].drop_order]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda index: table.columns[index].drop_order))
    fitted = _with_columns(table, kept)
    return fitted, _shrunk(fitted.columns, [natural[index] for index in kept], width)


def _natural_widths(table: Table) -> list[int]:
    lines = [[column.name for column in table.columns], *table.rows]
    if table.totals:
        lines.append(list(table.totals))
    return [max(cell_width(line[index]) for line in lines) for index in range(len(table.columns))]


def _least_total(columns: Sequence[Column], natural: Sequence[int], kept: Sequence[int]) -> int:
    cells = sum(_least(columns[index], natural[index]) for index in kept)
    return cells + len(_GAP) * (len(kept) - 1)


def _least(column: Column, natural: int) -> int:
    return natural if column.cut is Cut.NEVER else min(natural, column.least_width)


def _shrunk(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    widths = list(natural)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        # The widest cuttable column gives first, so that two of them end up alike.
        spare = [i for i, column in enumerate(columns) if widths[i] > _least(column, natural[i])]
        if not spare:
            break
        widths[max(spare, key=lambda index: widths[index])] -= 1
        excess -= 1
    return widths


def _with_columns(table: Table, kept: Sequence[int]) -> Table:
    dropped = [column.name for i, column in enumerate(table.columns) if i not in kept]
    if not dropped:
        return table
    note = f"Not shown at this width: {', '.join(dropped)}."
    return replace(
        table,
        columns=tuple(table.columns[index] for index in kept),
        rows=tuple(tuple(row[index] for index in kept) for row in table.rows),
        totals=tuple(table.totals[index] for index in kept) if table.totals else (),
        notes=(note, *table.notes),
    )


def _row(cells: Sequence[str], table: Table, widths: Sequence[int]) -> str:
    placed = (
        _placed(cell, column, width)
        for cell, column, width in zip(cells, table.columns, widths, strict=True)
    )
    return _GAP.join(placed).rstrip()


def _placed(cell: str, column: Column, width: int) -> str:
    text = cut(cell, width, in_the_middle=column.cut is Cut.MIDDLE)
    padding = " " * (width - cell_width(text))
    return padding + text if column.align is Align.RIGHT else text + padding
