"""Schedules in every state, as `Schedules` would answer them; remembers what was asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.schedules import (
    Kind,
    NextTime,
    Requested,
    Run,
    RunState,
    ScheduleView,
    Trigger,
)
from tests.web.fake_views import NOW, REGISTRY, SCRIPT

BERLIN = "Europe/Berlin"


def run(number: int, state: RunState, outcome: str = "", registry: str = "production") -> Run:
    due = NOW - timedelta(days=number, hours=3)
    return Run(
        id=100 - number,
        kind=Kind.CRAWL,
        registry=registry,
        due_at=due,
        trigger=Trigger.SCHEDULE,
        state=state,
        not_before=due,
        started_at=due,
        ended_at=None if state is RunState.RUNNING else due + timedelta(minutes=2),
        holder="worker-1:4711#0a1b2c3d-99" if state is RunState.RUNNING else "",
        outcome=outcome,
    )


def views() -> tuple[ScheduleView, ...]:
    times = tuple(
        NextTime(moment.astimezone(ZoneInfo(BERLIN)), moment)
        for moment in (NOW + timedelta(days=day, hours=13, minutes=30) for day in range(3))
    )
    crawl = ScheduleView(
        kind=Kind.CRAWL,
        cron="30 2 * * *",
        zone=BERLIN,
        is_enabled=True,
        paused_at=None,
        next_times=times,
        runs=(
            run(0, RunState.RUNNING),
            replace(run(1, RunState.DONE, "41 repositories and 1,204 tags read"), missed=2),
            run(2, RunState.FAILED, f"{REGISTRY} cannot be reached {SCRIPT}"),
            run(3, RunState.SKIPPED, "the one before was still running"),
            run(4, RunState.LOST, "worker-2:9 died or was cut off while it ran"),
        ),
        registries=("production", "staging"),
    )
    return (
        crawl,
        replace(crawl, kind=Kind.ANALYSIS, zone="UTC", registries=(), runs=(), next_times=times),
        replace(crawl, kind=Kind.PRICES, registries=(), runs=(), next_times=(), paused_at=NOW),
        replace(
            crawl,
            kind=Kind.RETENTION,
            registries=(),
            runs=(),
            next_times=(),
            is_enabled=False,
            waits_for="history is kept for ever; set history.keep_months",
        ),
    )


class FakeSchedules:
    """Answers with the views; `asked` is what was asked for, in order."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def views(self, *, last_runs: int = 5) -> tuple[ScheduleView, ...]:
        return views()

    def request(self, kind: str, registry: str = "") -> tuple[Requested, ...]:
        self._known(kind)
        if registry and registry not in ("production", "staging"):
            raise UnknownReferenceError(f"no registry is called {registry!r}")
        self.asked.append(("run", kind, registry))
        return (Requested(Kind(kind), registry, is_new=True, sentence="it waits for a worker"),)

    def pause(self, kind: str) -> None:
        self._known(kind)
        self.asked.append(("pause", kind))

    def resume(self, kind: str) -> None:
        self._known(kind)
        self.asked.append(("resume", kind))

    def _known(self, kind: str) -> None:
        if kind not in list(Kind):
            raise UsageError(f"there is no schedule called {kind!r}", next_step="there are others")
