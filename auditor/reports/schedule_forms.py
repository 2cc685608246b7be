"""Schedules for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from auditor.domain.schedules import Requested, Run, ScheduleView
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION

SCHEDULE_COLUMNS = ("kind", "cron", "zone", "state", "paused_at", "next_at", "last_state", "last")


def schedules_document(views: Sequence[ScheduleView]) -> dict[str, object]:
    """Every schedule, its next times and its last runs, newest first."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "schedules",
        "schedules": [_schedule(view) for view in views],
    }


def requested_document(requested: Sequence[Requested]) -> dict[str, object]:
    """What became of asking for runs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "requested_runs",
        "runs": [
            {
                "kind": one.kind.value,
                "registry": one.registry or None,
                "is_new": one.is_new,
                "sentence": one.sentence,
            }
            for one in requested
        ],
    }


def schedule_lines(views: Sequence[ScheduleView]) -> Iterator[str]:
    """The header and one line per schedule."""
    return csv_lines(SCHEDULE_COLUMNS, (_columns(view) for view in views))


def state_of(view: ScheduleView) -> str:
    """`on`, `off` by the settings, or `paused` by somebody."""
    if not view.is_enabled:
        return "off"
    return "paused" if view.paused_at else "on"


def _columns(view: ScheduleView) -> tuple[str | None, ...]:
    last = view.runs[0] if view.runs else None
    return (
        view.kind.value,
        view.cron,
        view.zone,
        state_of(view),
        _moment(view.paused_at),
        _moment(view.next_times[0].utc) if view.next_times else None,
        last.state.value if last else None,
        last.outcome if last else None,
    )


def _schedule(view: ScheduleView) -> dict[str, object]:
    return {
        "kind": view.kind.value,
        "cron": view.cron,
        "zone": view.zone,
        "state": state_of(view),
        "paused_at": _moment(view.paused_at),
        "waits_for": view.waits_for or None,
        "registries": list(view.registries),
        "next_times": [
            {"local": time.local.isoformat(), "utc": _moment(time.utc)} for time in view.next_times
        ],
        "runs": [_run(run) for run in view.runs],
    }


def _run(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "registry": run.registry or None,
        "due_at": _moment(run.due_at),
        "trigger": run.trigger.value,
        "state": run.state.value,
        "started_at": _moment(run.started_at),
        "ended_at": _moment(run.ended_at),
        "missed": run.missed,
        "attempts": run.attempts,
        "worker": run.holder.partition("#")[0] or None,
        "outcome": run.outcome or None,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
