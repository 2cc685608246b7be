"""Schedules and their runs, as every part of the program speaks of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What is done by itself. A crawl is of one registry; the others are of everything."""

    CRAWL = "crawl"
    ANALYSIS = "analysis"
    DIGEST = "digest"
    ALERTS = "alerts"
    PRICES = "prices"
    RETENTION = "retention"


class RunState(StrEnum):
    """How far a run is.

    WAITING for a worker, RUNNING, DONE, FAILED; SKIPPED: it was due and there was a reason
    not to; LOST: its workers died again and again, so that it is not tried any more.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    LOST = "lost"


class Trigger(StrEnum):
    """Why a run is there: its time came, somebody asked for it, a registry told of a push."""

    SCHEDULE = "schedule"
    BUTTON = "button"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `registry` is empty for what is not of one; `outcome` is a sentence.

    `missed`: due times before this one that nobody was there for, done with it. `attempts`
    counts how often it was begun; with `holder` it names one beginning. `losses`: how often
    who ran it died. `crawl_id`: the crawl it made.
    """

    id: int
    kind: Kind
    registry: str
    due_at: datetime
    trigger: Trigger
    state: RunState
    not_before: datetime
    missed: int = 0
    attempts: int = 0
    losses: int = 0
    failures: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    heartbeat_at: datetime | None = None
    holder: str = ""
    crawl_id: int | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class NextTime:
    """One due time, in the schedule's own zone and in UTC: the same moment."""

    local: datetime
    utc: datetime


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """One schedule as people see it. `next_times` are none where it is off or paused.

    `runs` are the last ones, newest first; `waits_for` says what keeps it from doing anything.
    """

    kind: Kind
    cron: str
    zone: str
    is_enabled: bool
    paused_at: datetime | None
    next_times: tuple[NextTime, ...]
    runs: tuple[Run, ...]
    registries: tuple[str, ...] = ()
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """What became of asking for a run now: `is_new`, or the one that was there already."""

    kind: Kind
    registry: str
    is_new: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to be alone at something until it expires.

    `fence` is larger than that of every holder before: who writes shows it, and is refused
    once somebody else has taken over.
    """

    name: str
    holder: str
    fence: int
    since: datetime
    expires_at: datetime
