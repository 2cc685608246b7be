"""What people see of schedules, and what they may do with them: run now, pause, resume."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from auditor.settings import Settings
from auditor.settings_service import ScheduleSection
from auditor.store import runs
from auditor.store.engine import Connection, Database
from auditor.store.registry_reads import list_names_once_whole
from auditor.timetable.cron import next_times
from auditor.usecases.shared_clock import Clock
from auditor.usecases.take_hints import due_hints
from auditor.usecases.tick_schedules import Planned

_NEXT_TIMES = 3
_LAST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Schedules:
    """The schedules of `kinds` that this release can carry out."""

    database: Database
    settings: Settings
    kinds: Collection[Kind]
    clock: Clock

    def views(self, *, last_runs: int = _LAST_RUNS) -> tuple[ScheduleView, ...]:
        """Every schedule with its next three times and its last runs."""
        now = self.clock()
        with self.database.reading() as connection:
            paused = runs.paused_since(connection)
            registries = crawled_registries(connection, self.settings)
            return tuple(
                self._view(connection, kind, paused.get(kind), registries, now, last_runs)
                for kind in self.kinds
            )

    def _view(
        self,
        connection: Connection,
        kind: Kind,
        paused_at: datetime | None,
        registries: tuple[str, ...],
        now: datetime,
        last_runs: int,
    ) -> ScheduleView:
        section = self.settings.schedules.of(kind)
        is_on = section.enabled and paused_at is None
        return ScheduleView(
            kind=kind,
            cron=section.cron,
            zone=section.zone,
            is_enabled=section.enabled,
            paused_at=paused_at,
            next_times=_next(section, now) if is_on else (),
            runs=runs.last_runs(connection, kind, last_runs),
            registries=registries if kind is Kind.CRAWL else (),
            waits_for=_waits_for(kind, self.settings, registries),
        )

    def plan(self) -> tuple[Planned, ...]:
        """What a tick looks at: a schedule per registry to crawl, and the others."""
        with self.database.reading() as connection:
            registries = crawled_registries(connection, self.settings)
        return tuple(
            Planned(kind, registry, section.cron, section.zone)
            for kind in self.kinds
            if (section := self.settings.schedules.of(kind)).enabled
            and not _waits_for(kind, self.settings, registries)
            for registry in (registries if kind is Kind.CRAWL else ("",))
        )

    def request(
        self, kind: str, registry: str = "", trigger: Trigger = Trigger.BUTTON
    ) -> tuple[Requested, ...]:
        """Ask for a run now, of every registry where none is named; what waits or runs will do.

        Raises UsageError for an unknown kind, UnknownReferenceError for an unknown registry.
        """
        wanted = self._kind(kind)
        with self.database.reading() as connection:
            known = crawled_registries(connection, self.settings)
        subjects = self._subjects(wanted, registry, known)
        now = self.clock()
        with self.database.writing() as connection:
            return tuple(
                request_run(connection, wanted, subject, trigger, now=now) for subject in subjects
            )

    def _subjects(self, kind: Kind, registry: str, known: tuple[str, ...]) -> Sequence[str]:
        if kind is not Kind.CRAWL:
            if registry:
                raise UsageError(
                    f"{kind} is not of one registry", next_step="leave the registry out"
                )
            return ("",)
        if registry and registry not in known:
            raise UnknownReferenceError(
                f"no registry is called {registry!r}",
                next_step="name one of the settings",
                candidates=known,
            )
        if not known:
            raise UsageError(
                "there is no registry to crawl",
                next_step="run `auditor audit REGISTRY`, or add [registries.NAME] to the settings",
            )
        return (registry,) if registry else known

    def pause(self, kind: str) -> None:
        """Let nothing of this kind become due. Raises UsageError for an unknown kind."""
        with self.database.writing() as connection:
            runs.pause(connection, self._kind(kind), self.clock())

    def resume(self, kind: str) -> None:
        """Go on from now; what would have been due is left out. Raises UsageError."""
        with self.database.writing() as connection:
            runs.resume(connection, self._kind(kind), self.clock())

    def _kind(self, name: str) -> Kind:
        found = next((kind for kind in self.kinds if kind.value == name), None)
        if found is None:
            raise UsageError(
                f"there is no schedule called {name[:50]!r}",
                next_step=f"there are {', '.join(self.kinds)}",
            )
        return found


def request_run(
    connection: Connection,
    kind: Kind,
    registry: str,
    trigger: Trigger,
    *,
    now: datetime,
    news_at: datetime | None = None,
) -> Requested:
    """Let a run wait, unless one does, or runs already.

    `news_at`: when a hint came. One that came after the running crawl began may have come too
    late for it, so that one more follows.
    """
    for run in runs.open_runs(connection, (kind, registry)):
        if run.state is RunState.WAITING:
            runs.hurry(connection, run, now)
            return Requested(kind, registry, is_new=False, sentence="it waits for a worker already")
        if not _comes_after(run, news_at):
            return Requested(kind, registry, is_new=False, sentence=_running_since(run))
    made = runs.add_run(connection, (kind, registry), now, trigger, now=now)
    return Requested(
        kind,
        registry,
        is_new=made is not None,
        sentence="it waits for a worker" if made else "it waits for a worker already",
    )


def request_hinted(database: Database, settings: Settings, now: datetime) -> None:
    """Let a crawl wait for each registry of which push events named something."""
    due = due_hints(database, now)
    if not due:
        return
    names = {one.address.name: name for name, one in settings.registries.items()}
    with database.writing() as connection:
        for one in due:
            registry = names.get(one.registry, one.registry)
            request_run(
                connection, Kind.CRAWL, registry, Trigger.HINT, now=now, news_at=one.last_at
            )


def _comes_after(run: Run, news_at: datetime | None) -> bool:
    return news_at is not None and (run.started_at is None or news_at > run.started_at)


def crawled_registries(connection: Connection, settings: Settings) -> tuple[str, ...]:
    """The configured registries by name, else those that were once read to their end."""
    return tuple(settings.registries) or list_names_once_whole(connection)


def _next(section: ScheduleSection, now: datetime) -> tuple[NextTime, ...]:
    zone = ZoneInfo(section.zone)
    found = next_times(section.cron, section.zone, now, _NEXT_TIMES)
    return tuple(NextTime(moment.astimezone(zone), moment) for moment in found)


def _waits_for(kind: Kind, settings: Settings, registries: Collection[str]) -> str:
    if kind is Kind.RETENTION and settings.history.keep_months is None:
        return "history is kept for ever; set history.keep_months"
    if kind is Kind.DIGEST and not settings.digest.recipients:
        return "nobody gets it; add [digest.recipients.NAME] to the settings"
    if kind is Kind.ALERTS and not settings.alerts:
        return "nothing is to be warned of; add [alerts.NAME] to the settings"
    if kind is Kind.CRAWL and not registries:
        return "no registry is known; add [registries.NAME] to the settings"
    return ""


def _running_since(run: Run) -> str:
    since = run.started_at.strftime("%H:%M:%S UTC") if run.started_at else "now"
    return f"it is running since {since}"
