"""A ranking as a table."""

from __future__ import annotations

from dataclasses import replace

from auditor.domain.views import RankBy, Ranking, RankingRow, Totals
from auditor.reports.phrases import (
    count_text,
    growth_text,
    legend,
    money_text,
    saving_text,
    size_text,
    time_text,
)
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_NO_IMAGE = "no image"
_MEANING = (
    "image: download of the newest tagged image. stored: every blob once. exclusive: what "
    "deleting the repository would free. fair share: shared blobs split equally; cost is "
    "made from it."
)
_MEANING_OF_SAVINGS = (
    "pull saving: what a pull of the newest image could do without. stored saving: what would "
    "leave the registry, each repository by itself: two that change together may free what they "
    "share. `auditor findings` says how."
)
_STALE = "in part: the last crawl could not read all of this repository."
_COLUMNS = (
    Column("#", Align.RIGHT, drop_order=2),
    Column("repository", cut=Cut.MIDDLE, least_width=22),
    Column("image", Align.RIGHT),
    Column("stored", Align.RIGHT),
    Column("exclusive", Align.RIGHT, drop_order=1),
    Column("fair share", Align.RIGHT, drop_order=3),
    Column("cost/month", Align.RIGHT),
    Column("growth 30 d", Align.RIGHT, drop_order=4),
    Column("tags", Align.RIGHT, drop_order=6),
    Column("images", Align.RIGHT, drop_order=7),
    Column("pull saving", Align.RIGHT, drop_order=5),
    Column("stored saving", Align.RIGHT, drop_order=5),
)
_SAVINGS = ("pull saving", "stored saving")
_READ_COLUMN = Column("last crawl")


def ranking_table(ranking: Ranking) -> Table:
    """The ranking's rows in its order, a line of totals over everything, and a legend.

    Repository names carry their registry where the rows belong to several. No rows: the
    notes say why.
    """
    if not ranking.rows:
        return Table(notes=(_nothing(ranking),))
    with_registry = len({row.registry for row in ranking.rows}) > 1
    some_stale = any(row.is_stale for row in ranking.rows)
    first = ranking.query.offset + 1
    rows = tuple(
        _cells(row, number, with_registry=with_registry) + _read_cells(row, shown=some_stale)
        for number, row in enumerate(ranking.rows, first)
    )
    return Table(
        columns=_columns(ranking.query.by) + ((_READ_COLUMN,) if some_stale else ()),
        rows=rows,
        totals=_totals(ranking.totals) + (("",) if some_stale else ()),
        notes=_notes(ranking, some_stale=some_stale),
    )


def _columns(by: RankBy) -> tuple[Column, ...]:
    """All of them; what is sorted by stays on a narrow screen."""
    if by is not RankBy.POTENTIAL:
        return _COLUMNS
    return tuple(
        replace(column, drop_order=0) if column.name in _SAVINGS else column for column in _COLUMNS
    )


def _nothing(ranking: Ranking) -> str:
    if ranking.as_of is None:
        return "Nothing has been crawled yet: run `auditor audit REGISTRY`."
    if ranking.query.text:
        return f"No repository matches '{visible(ranking.query.text)}'."
    return "The registry has no repositories with anything in them."


def _cells(row: RankingRow, number: int, *, with_registry: bool) -> tuple[str, ...]:
    sizes = row.sizes
    name = f"{row.registry}/{row.repository}" if with_registry else row.repository
    return (
        str(number),
        visible(name),
        _NO_IMAGE if row.image_bytes is None else size_text(row.image_bytes),
        size_text(sizes.stored_bytes, sizes.exactness),
        size_text(sizes.exclusive_bytes, sizes.sharing_exactness),
        size_text(sizes.fair_share_bytes, sizes.sharing_exactness),
        money_text(row.monthly_cost, row.currency, sizes.sharing_exactness),
        growth_text(row.growth_bytes),
        f"{row.tags:,}",
        f"{row.images:,}",
        saving_text(row.pull_saving_bytes),
        saving_text(row.stored_saving_bytes),
    )


def _read_cells(row: RankingRow, *, shown: bool) -> tuple[str, ...]:
    if not shown:
        return ()
    return ("in part" if row.is_stale else "all",)


def _totals(totals: Totals) -> tuple[str, ...]:
    return (
        "",
        f"all {count_text(totals.repositories, 'repository', 'repositories')}",
        "",
        size_text(totals.stored_bytes, totals.exactness),
        "",
        "",
        money_text(totals.monthly_cost, totals.currency, totals.exactness),
        "",
        f"{totals.tags:,}",
        f"{totals.images:,}",
        "",
        "" if totals.stored_saving_bytes is None else size_text(totals.stored_saving_bytes),
    )


def _of_savings(ranking: Ranking) -> str:
    analysed = any(row.stored_saving_bytes is not None for row in ranking.rows)
    return _MEANING_OF_SAVINGS if analysed else ""


def _notes(ranking: Ranking, *, some_stale: bool) -> tuple[str, ...]:
    marks = [ranking.totals.exactness]
    for row in ranking.rows:
        marks += [row.sizes.exactness, row.sizes.sharing_exactness]
    notes = [f"As of {time_text(ranking.as_of)}.", _MEANING, _of_savings(ranking), legend(marks)]
    if some_stale:
        notes.append(_STALE)
    notes += [visible(note) for note in ranking.price_notes]
    return tuple(note for note in notes if note)
