"""One tick: what became due gets a run, once, however many tick and however late.

Due times are those since the last tick that dealt with them. Several of one schedule become
one run. The run and its handing over to workers are one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.store.engine import Connection, Database
from auditor.store.runs import (
    Key,
    add_run,
    forget_old_runs,
    load_ticks,
    lock_tick,
    lose_runs,
    note_tick,
    open_runs,
    paused_since,
    running_runs,
    waiting_runs,
)
from auditor.timetable.cron import latest_due
from auditor.usecases.holder import is_gone
from auditor.usecases.perform_run import RunPolicy

_log = logging.getLogger(__name__)
_NOTED_SO_OFTEN = timedelta(minutes=10)
_RUNS_KEPT = timedelta(days=90)
MOST_LATE = {Kind.DIGEST: timedelta(hours=24), Kind.ALERTS: timedelta(hours=24)}
"""What nobody wants any more after so long; everything else is made up for."""

HandOver = Callable[[Connection, Sequence[Run]], None]
"""Gives runs to workers, inside the transaction; nothing for those they have already."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One schedule of one registry, or of everything."""

    kind: Kind
    registry: str
    cron: str
    zone: str

    @property
    def key(self) -> Key:
        """What it goes by."""
        return self.kind, self.registry


@dataclass(frozen=True, slots=True)
class Tick:
    """What a tick did: runs that became due, and those taken from workers that died."""

    due: int = 0
    lost: int = 0


def tick(
    database: Database,
    plan: Sequence[Planned],
    hand_over: HandOver,
    policy: RunPolicy,
    *,
    now: datetime,
) -> Tick:
    """Make what is due by `now` wait for a worker, and what lost its worker wait again."""
    with database.reading() as connection:
        ticks, paused = load_ticks(connection), paused_since(connection)
        silent = _silent(running_runs(connection), policy, now)
        waiting = bool(waiting_runs(connection, now))
    latest = cache(latest_due)
    todo = [
        one
        for one in plan
        if one.kind not in paused
        and (
            (ticked := ticks.get(one.key)) is None
            or now - ticked > _NOTED_SO_OFTEN
            or latest(one.cron, one.zone, ticked, now)
        )
    ]
    if not (todo or silent or waiting):
        return Tick()
    with database.writing() as connection:
        due = [_due(connection, one, now) for one in todo]
        lost = lose_runs(connection, silent, most_losses=policy.most_losses, now=now)
        if any(due):
            forget_old_runs(connection, now - _RUNS_KEPT)
        hand_over(connection, waiting_runs(connection, now))
    for run in lost:
        _log.warning("run lost kind=%s registry=%s losses=%d", run.kind, run.registry, run.losses)
    return Tick(sum(due), len(lost))


def _silent(running: Sequence[Run], policy: RunPolicy, now: datetime) -> list[Run]:
    """Runs that nobody is at any more: not heard of for too long, or known to have died."""
    return [
        run
        for run in running
        if run.heartbeat_at is None
        or now - run.heartbeat_at > policy.lost_after
        or is_gone(run.holder)
    ]


def _due(connection: Connection, one: Planned, now: datetime) -> bool:
    """Whether a run was made; the row is locked, so that another scheduler waits, and sees it."""
    ticked = lock_tick(connection, one.key)
    note_tick(connection, one.key, now)
    found = latest_due(one.cron, one.zone, ticked, now) if ticked is not None else None
    if found is None:
        return False
    due_at, missed = found
    reason = _reason_not_to(connection, one, due_at, now)
    made = add_run(
        connection, one.key, due_at, Trigger.SCHEDULE, now=now, missed=missed, skipped=reason
    )
    return made is not None and not reason


def _reason_not_to(connection: Connection, one: Planned, due_at: datetime, now: datetime) -> str:
    late = MOST_LATE.get(one.kind)
    if late is not None and now - due_at > late:
        return f"nobody was there when it was due, and now it is more than {late.days * 24} h late"
    for run in open_runs(connection, one.key):
        if run.state is RunState.RUNNING:
            return "the one before was still running"
        return "one was waiting to run already"
    return ""
