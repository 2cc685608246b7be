"""A table for people, before anybody decides how wide the screen is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Align(StrEnum):
    """Which side of its column a cell leans on."""

    LEFT = "left"
    RIGHT = "right"


class Cut(StrEnum):
    """What a column may lose when the screen is narrow; NEVER keeps every cell whole."""

    NEVER = "never"
    END = "end"
    MIDDLE = "middle"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. On a narrow screen those with the largest `drop_order` go first.

    `drop_order` 0 means never. `least_width` is how far a column that may be cut shrinks.
    """

    name: str
    align: Align = Align.LEFT
    cut: Cut = Cut.NEVER
    drop_order: int = 0
    least_width: int = 12


@dataclass(frozen=True, slots=True)
class Table:
    """Title, facts (name and value), rows of harmless one-line strings, totals and notes.

    Every row has as many cells as there are columns; `totals` is empty or such a row.
    A table without columns shows its title, facts and notes only. `copied` are lines that
    somebody will copy, below the facts: never cut, never wrapped.
    """

    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    copied: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    totals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
