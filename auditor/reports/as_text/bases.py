"""Bases in use as a table, and the plan for one as facts and moves."""

from __future__ import annotations

from auditor.domain.base_fleet import FleetSwap
from auditor.domain.base_views import BasePlan, BaseRow, BasesPage, FamilyRow
from auditor.reports.base_words import (
    ASSUMED,
    MEANING,
    added_words,
    base_name,
    break_even_words,
    freed_words,
    kept_words,
    month_words,
    nothing_words,
)
from auditor.reports.phrases import count_text, growth_text, legend, size_text, time_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_COLUMNS = (
    Column("id", drop_order=5),
    Column("base", cut=Cut.MIDDLE, least_width=20),
    Column("size", Align.RIGHT),
    Column("repositories", Align.RIGHT),
    Column("images", Align.RIGHT, drop_order=4),
    Column("versions", Align.RIGHT, drop_order=3),
    Column("best swap", cut=Cut.MIDDLE, least_width=16),
    Column("freed", Align.RIGHT),
    Column("per month", Align.RIGHT, drop_order=2),
    Column("pays", drop_order=6),
    Column("registry", cut=Cut.MIDDLE, drop_order=1),
)
_FAMILY_COLUMNS = (
    Column("base", cut=Cut.MIDDLE, least_width=20),
    Column("versions", Align.RIGHT),
    Column("repositories", Align.RIGHT),
    Column("stored", Align.RIGHT),
    Column("too much", Align.RIGHT),
    Column("most used", cut=Cut.MIDDLE, least_width=16, drop_order=1),
)
_STEP_COLUMNS = (
    Column("#", Align.RIGHT),
    Column("repository", cut=Cut.MIDDLE, least_width=20),
    Column("frees", Align.RIGHT),
    Column("so far", Align.RIGHT),
    Column("", drop_order=1),
)
_HOW = "The order of moves: `auditor bases ID`; to another base: `--to NAME`."


def base_tables(page: BasesPage) -> tuple[Table, ...]:
    """What is built on, then bases in too many versions; without any, the notes say why."""
    if not page.rows:
        return (Table(notes=(nothing_words(page),)),)
    several = len({row.registry for row in page.rows}) > 1
    columns = _COLUMNS if several else _COLUMNS[:-1]
    bases = Table(
        columns=columns,
        rows=tuple(_cells(row)[: len(columns)] for row in page.rows),
        notes=_notes(
            f"As of {time_text(page.as_of)}.",
            MEANING,
            _HOW,
            _waiting(page),
            legend(row.exactness for row in page.rows if row.swap),
            *(visible(note) for note in page.price_notes),
        ),
    )
    return (*_family_tables(page), bases)


def _family_tables(page: BasesPage) -> tuple[Table, ...]:
    if not page.families:
        return ()
    note = "Too much: stored besides what the most used version needs; layers others hold left out."
    return (
        Table(
            title="Too many versions of one base",
            columns=_FAMILY_COLUMNS,
            rows=tuple(map(_family_cells, page.families)),
            notes=(note,),
        ),
    )


def _family_cells(row: FamilyRow) -> tuple[str, ...]:
    most = row.most_used[0].names if row.most_used else ()
    return (
        visible(row.family),
        f"{row.versions:,}",
        f"{row.repositories:,}",
        size_text(row.stored_bytes),
        size_text(row.excess_bytes),
        visible(min(most, key=len, default="")),
    )


def _cells(row: BaseRow) -> tuple[str, ...]:
    swap = row.swap
    return (
        row.identifier,
        visible(base_name(row)),
        size_text(row.size_bytes),
        f"{row.repositories:,}",
        f"{row.images:,}",
        f"{row.versions:,}",
        visible(swap.name) if swap else "",
        freed_words(row),
        month_words(row),
        "" if swap is None else _pays(swap),
        visible(row.registry),
    )


def _pays(swap: FleetSwap) -> str:
    return "never" if swap.break_even is None else f"from move {swap.break_even:,}"


def plan_tables(plan: BasePlan, limit: int | None = None) -> tuple[Table, ...]:
    """What is known of the base and the swap, then the moves, at most `limit`."""
    row, swap = plan.base, plan.base.swap
    title = f"{visible(base_name(row))} in {visible(row.registry)}"
    facts = [
        ("id", row.identifier),
        ("size", size_text(row.size_bytes)),
        ("built on it", _users(row)),
        ("versions", f"{count_text(row.versions, 'version')} of this base in use"),
    ]
    if swap is None:
        note = "No slimmer variant and no newer build of it is known; ask for one: `--to NAME`."
        return (Table(title=title, facts=tuple(facts), notes=(note,)),)
    facts += [
        ("move to", f"{visible(swap.name)} ({size_text(swap.size_bytes)})"),
        ("frees", _frees(row)),
        ("break-even", break_even_words(swap)),
        ("comes in", added_words(swap)),
        ("stays", kept_words(swap)),
        *(("mind" if not at else "", visible(word)) for at, word in enumerate(swap.words)),
    ]
    return (Table(title=title, facts=tuple(facts)), _steps(plan, swap, limit))


def _users(row: BaseRow) -> str:
    repositories = count_text(row.repositories, "repository", "repositories")
    return f"{repositories}, {count_text(row.images, 'image')}"


def _frees(row: BaseRow) -> str:
    month = month_words(row)
    return freed_words(row) + (f", {month} a month" if month else "")


def _steps(plan: BasePlan, swap: FleetSwap, limit: int | None) -> Table:
    shown = swap.steps[:limit]
    return Table(
        columns=_STEP_COLUMNS,
        rows=tuple(
            (
                str(number),
                visible(step.repository),
                growth_text(step.freed_bytes) if step.freed_bytes else "0 B",
                growth_text(step.cumulative_bytes) if step.cumulative_bytes else "0 B",
                "break-even" if number == swap.break_even else "",
            )
            for number, step in enumerate(shown, 1)
        ),
        notes=_notes(
            f"As of {time_text(plan.as_of)}.",
            ASSUMED,
            legend([plan.base.exactness]),
            *(visible(note) for note in plan.price_notes),
        ),
    )


def _waiting(page: BasesPage) -> str:
    if not page.waiting_images:
        return ""
    return f"{count_text(page.waiting_images, 'image')} wait to be analysed: something may change."


def _notes(*notes: str) -> tuple[str, ...]:
    return tuple(note for note in notes if note)
