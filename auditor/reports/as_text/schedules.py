"""Schedules as tables: when they are due, and how the last runs went."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.domain.schedules import NextTime, Requested, Run, ScheduleView
from auditor.reports.safe_text import visible
from auditor.reports.schedule_forms import state_of
from auditor.reports.table import Column, Cut, Table

_WHEN = "%a %Y-%m-%d %H:%M"
_SCHEDULES = (
    Column("schedule"),
    Column("cron"),
    Column("state"),
    Column("next"),
    Column("UTC", drop_order=1),
)
_RUNS = (
    Column("last runs"),
    Column("registry", cut=Cut.MIDDLE, least_width=12, drop_order=1),
    Column("due (UTC)"),
    Column("why", drop_order=2),
    Column("state"),
    Column("outcome", cut=Cut.END),
)
_NO_RUNS = "Nothing ran yet: start `auditor serve`, or `auditor scheduler` and `auditor worker`."


def schedule_tables(views: Sequence[ScheduleView]) -> list[Table]:
    """The schedules with their next times, then the last runs of all of them."""
    rows = [row for view in views for row in _rows(view)]
    notes = [f"{view.kind}: {view.waits_for}." for view in views if view.waits_for]
    runs = [_run(run) for view in views for run in view.runs]
    return [
        Table(columns=_SCHEDULES, rows=tuple(rows), notes=tuple(notes)),
        Table(columns=_RUNS, rows=tuple(runs)) if runs else Table(notes=(_NO_RUNS,)),
    ]


def requested_line(requested: Requested) -> str:
    """What became of asking for one run."""
    of = f" of {visible(requested.registry)}" if requested.registry else ""
    return f"{requested.kind}{of}: {requested.sentence}"


def outcome_of(run: Run) -> str:
    """What came of a run, and that it stands for several."""
    missed = f"; stands for {run.missed:,} more that nobody was there for" if run.missed else ""
    return f"{visible(run.outcome)}{missed}".removeprefix("; ")


def _rows(view: ScheduleView) -> list[tuple[str, ...]]:
    times = view.next_times or (None,)
    first, *others = times
    return [
        (view.kind.value, view.cron, state_of(view), *_time(first, view.zone)),
        *(("", "", "", *_time(time, view.zone)) for time in others),
    ]


def _time(time: NextTime | None, zone: str) -> tuple[str, str]:
    if time is None:
        return "", ""
    return f"{time.local:{_WHEN}} {zone}", f"{time.utc:{_WHEN}}"


def _run(run: Run) -> tuple[str, ...]:
    return (
        run.kind.value,
        visible(run.registry),
        f"{run.due_at:%Y-%m-%d %H:%M}",
        run.trigger.value,
        run.state.value,
        outcome_of(run),
    )
