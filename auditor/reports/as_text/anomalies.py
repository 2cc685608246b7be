"""Growth out of the ordinary as a table."""

from __future__ import annotations

from auditor.domain.change import Contributor
from auditor.domain.outlook import GrowthReport, UnusualGrowth
from auditor.domain.owners import UNOWNED_LABEL
from auditor.reports.as_text.change import NAMES
from auditor.reports.phrases import count_text, growth_text, size_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

RULE = (
    "Out of the ordinary: 100 MB and a tenth above the largest size of the 60 days before, "
    "and more than a day there usually grows by; with less than 28 days of past nothing is judged."
)
WHOLE_REGISTRY = "(whole registry)"
UNEXPLAINED = "not known"
_MOST_REASONS = 2
_COLUMNS = (
    Column("day"),
    Column("repository", cut=Cut.MIDDLE, least_width=28),
    Column("team", cut=Cut.END, drop_order=3),
    Column("growth", Align.RIGHT),
    Column("usual", Align.RIGHT, drop_order=2),
    Column("size then", Align.RIGHT, drop_order=1),
    Column("what came", cut=Cut.END, least_width=16),
)


def anomaly_table(report: GrowthReport) -> Table:
    """One row per day and repository, the latest day first; without any, that there is none."""
    days = count_text(report.query.days, "day")
    if not report.count:
        return Table(notes=(f"Nothing grew out of the ordinary in the last {days}.", RULE))
    more = report.count - len(report.rows) - report.query.offset
    notes = (
        RULE,
        f"{count_text(more, 'older or smaller one', 'older or smaller ones')} not shown."
        if more > 0
        else "",
    )
    return Table(
        columns=_COLUMNS,
        rows=tuple(map(_row, report.rows)),
        notes=tuple(note for note in notes if note),
    )


def reason_texts(growth: UnusualGrowth) -> tuple[str, ...]:
    """What came that day, biggest first, as `new tags +1.20 GB (1.4)`; empty if not known."""
    return tuple(
        f"{NAMES[part.kind]} {growth_text(part.net_bytes)}{_biggest(tags)}"
        for part in growth.reasons
        for tags in [[one for one in part.contributors if one.tag and one.net_bytes > 0]]
    )


def usual_text(growth: UnusualGrowth) -> str:
    """The range a day's change usually stays in."""
    found = growth.anomaly
    low, high = growth_text(found.usual_low_bytes), growth_text(found.usual_high_bytes)
    return low if low == high else f"{low} to {high}"


def _row(growth: UnusualGrowth) -> tuple[str, ...]:
    where = f"{growth.registry}/{growth.repository}" if growth.repository else growth.registry
    return (
        growth.day.isoformat(),
        visible(where) if growth.repository else f"{visible(where)} {WHOLE_REGISTRY}",
        visible(growth.team) or (UNOWNED_LABEL if growth.repository else ""),
        growth_text(growth.anomaly.growth_bytes),
        usual_text(growth),
        size_text(growth.anomaly.stored_bytes),
        "; ".join(reason_texts(growth)[:_MOST_REASONS]) or UNEXPLAINED,
    )


def _biggest(contributors: list[Contributor]) -> str:
    return f" ({visible(contributors[0].tag or '')})" if contributors else ""
