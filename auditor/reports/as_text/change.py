"""An explained change as tables: its parts, which add up, and who made the biggest ones."""

from __future__ import annotations

from auditor.domain.change import (
    ChangedFigure,
    ChangeKind,
    ChangePart,
    Contributor,
    ExplainedChange,
)
from auditor.domain.units import format_bytes
from auditor.reports.phrases import legend, size_text, time_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

NAMES = {
    ChangeKind.NEW_TAGS: "new tags",
    ChangeKind.NEW_IMAGES: "new images",
    ChangeKind.BASE_MOVES: "base moves",
    ChangeKind.UNTAGGED: "untagged",
    ChangeKind.REMOVALS: "removals",
    ChangeKind.SHARED: "shared with others",
    ChangeKind.SIZES: "size corrections",
    ChangeKind.OTHER: "other",
}
MEANINGS = {
    ChangeKind.NEW_TAGS: "only tags that were not there before bring it",
    ChangeKind.NEW_IMAGES: "a tag that was there names another image",
    ChangeKind.BASE_MOVES: "layers of another base below a tag that was there",
    ChangeKind.UNTAGGED: "no tag names it now: overtaken builds, signatures",
    ChangeKind.REMOVALS: "tags or manifests that are gone",
    ChangeKind.SHARED: "the same bytes, split among others than before",
    ChangeKind.SIZES: "a digest turned out to have another size",
    ChangeKind.OTHER: "counted by another definition before",
}
FIGURES = {
    ChangedFigure.STORED: "stored, every blob once",
    ChangedFigure.FAIR_SHARE: "fair share of what is stored",
}
_NOTHING = "-"
_PART_COLUMNS = (
    Column("part"),
    Column("added", Align.RIGHT, drop_order=2),
    Column("removed", Align.RIGHT, drop_order=2),
    Column("net", Align.RIGHT),
    Column("net bytes", Align.RIGHT, drop_order=1),
    Column("what it means", cut=Cut.END, least_width=20, drop_order=3),
)
_CONTRIBUTOR_COLUMNS = (
    Column("biggest in"),
    Column("repository", cut=Cut.MIDDLE, least_width=16),
    Column("tag", cut=Cut.MIDDLE, least_width=10),
    Column("digest", drop_order=1),
    Column("net", Align.RIGHT),
)


def change_tables(change: ExplainedChange) -> tuple[Table, ...]:
    """The parts with their sum, then the biggest contributors; without any, the parts alone."""
    rows = tuple(_contributor(part, one) for part in change.parts for one in part.contributors)
    contributors = Table(columns=_CONTRIBUTOR_COLUMNS, rows=rows)
    return (_parts(change), contributors) if rows else (_parts(change),)


def subject_text(change: ExplainedChange) -> str:
    """What changed, in one line without control characters."""
    names = (visible(name) for name in (change.registry, change.repository) if name)
    where = "/".join(names)
    if not change.team:
        return where or "a group of repositories"
    return f"team {visible(change.team)}{f' in {where}' if where else ''}"


def _parts(change: ExplainedChange) -> Table:
    figures = change.figures
    note = legend([figures.exactness])
    return Table(
        title=f"What changed in {subject_text(change)}",
        facts=(
            ("explained", FIGURES[change.figure]),
            (time_text(change.start), size_text(figures.before_bytes, figures.exactness)),
            (time_text(change.end), size_text(figures.after_bytes, figures.exactness)),
        ),
        columns=_PART_COLUMNS,
        rows=tuple(_row(part) for part in change.parts),
        totals=(
            "all",
            format_bytes(sum(part.added_bytes for part in change.parts)),
            format_bytes(sum(part.removed_bytes for part in change.parts)),
            _signed(change.net_bytes),
            _exact(change.net_bytes),
            "",
        ),
        notes=(note,) if note else (),
    )


def _row(part: ChangePart) -> tuple[str, ...]:
    return (
        NAMES[part.kind],
        format_bytes(part.added_bytes) if part.added_bytes else _NOTHING,
        format_bytes(part.removed_bytes) if part.removed_bytes else _NOTHING,
        _signed(part.net_bytes),
        _exact(part.net_bytes),
        MEANINGS[part.kind],
    )


def _contributor(part: ChangePart, one: Contributor) -> tuple[str, ...]:
    return (
        NAMES[part.kind],
        visible("/".join(name for name in (one.registry, one.repository) if name))
        if one.repository
        else _NOTHING,
        visible(one.tag) if one.tag else "no tag",
        one.digest.short if one.digest else _NOTHING,
        _signed(one.net_bytes),
    )


def _signed(net_bytes: int) -> str:
    return f"+{format_bytes(net_bytes)}" if net_bytes > 0 else format_bytes(net_bytes)


def _exact(net_bytes: int) -> str:
    return f"{net_bytes:+,}" if net_bytes else "0"
