"""The service's parts put together: what ticks, what carries out, and how both end."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from auditor.domain.errors import AuditorError
from auditor.domain.schedules import Kind, Run
from auditor.scheduler.embedded import LOOK_SECONDS, EmbeddedRunner
from auditor.scheduler.jobs import JOBS
from auditor.scheduler.runner import Runner
from auditor.scheduler.ticking import start_ticking
from auditor.settings import Settings
from auditor.settings_service import RunnerKind
from auditor.store.engine import Database
from auditor.store.queue import open_queue
from auditor.usecases.crawl_alone import lease_name
from auditor.usecases.perform_run import Performer, RunPolicy
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.schedules import Schedules, request_hinted
from auditor.usecases.shared_clock import Clock, shared_clock
from auditor.usecases.tick_schedules import Tick, tick

_log = logging.getLogger(__name__)
_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """One process of the service. `stopping` ends whatever it does; `dispose` it afterwards."""

    database: Database
    settings: Settings
    runner: Runner
    schedules: Schedules
    performer: Performer
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)

    def tick(self) -> Tick:
        """Look once for what is due, or was hinted at. Raises StoreError."""
        now = self.clock()
        request_hinted(self.database, self.settings, now)
        return tick(
            self.database,
            self.schedules.plan(),
            self.runner.hand_over,
            self.performer.policy,
            now=now,
        )

    def stop(self) -> None:
        """Let everything end: ticks, and runs early."""
        self.performer.draining.set()
        self.stopping.set()

    def stop_from_signal(self) -> None:
        """The same for a signal's handler, which must not wait for a lock of what it interrupts."""
        threading.Thread(target=self.stop, name="stop").start()

    def run_scheduler(self) -> None:
        """Tick until stopped."""
        stop_ticking = start_ticking(self.tick, self.settings.service.tick_seconds)
        try:
            self.stopping.wait()
        finally:
            stop_ticking()

    def run_worker(self, concurrency: int) -> None:
        """Carry out runs until stopped; then wait for those at work, as long as is allowed."""
        worker = threading.Thread(target=self._work, args=(concurrency,), name="worker")
        worker.start()
        self.stopping.wait()
        self._drain(worker)

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Tick and carry out runs beside what else this process does, to the end of the block."""
        ticking = threading.Thread(target=self.run_scheduler, name="scheduler", daemon=True)
        concurrency = self.settings.service.concurrency
        worker = threading.Thread(target=self._work, args=(concurrency,), name="worker")
        ticking.start()
        worker.start()
        try:
            yield
        finally:
            self.stop()
            self._drain(worker)
            ticking.join(_AGAIN_SECONDS)

    def dispose(self) -> None:
        """Close the database."""
        self.database.dispose()

    def _work(self, concurrency: int) -> None:
        """Begin again when a database that went away ends it."""
        while not self.stopping.is_set():
            try:
                self.runner.work(self.performer.perform, concurrency, self.stopping)
            except AuditorError as error:
                _log.warning("worker failed error=%s", error)
            except Exception:  # noqa: BLE001 - the outermost frame of a thread
                _log.exception("worker broke")
            self.stopping.wait(_AGAIN_SECONDS)

    def _drain(self, worker: threading.Thread) -> None:
        worker.join(self.settings.service.drain_seconds)
        if worker.is_alive():
            # What is at work says nothing any more, and is done again by who looks next.
            _log.warning("runs did not end in time seconds=%g", self.settings.service.drain_seconds)
            logging.shutdown()
            os._exit(0)


def open_service(settings: Settings, *, is_queue_needed: bool = True) -> Service:
    """The service by these settings, its database made ready.

    `is_queue_needed`: runs are handed over or carried out here. Raises StoreError.
    """
    database = prepare_database(settings.database_url)
    try:
        clock = shared_clock(database)
        runner = _runner(database, settings, clock, is_queue_needed=is_queue_needed)
        policy = RunPolicy(
            attempts=settings.service.attempts,
            lost_after=timedelta(seconds=settings.service.lost_after_seconds),
        )
        schedules = Schedules(database, settings, tuple(JOBS), clock)
        performer = Performer(database, settings, JOBS, clock, policy)
    except BaseException:
        database.dispose()
        raise
    return Service(database, settings, runner, schedules, performer, clock)


def is_embedded(settings: Settings) -> bool:
    """Whether runs are carried out by threads that read the table, without a queue."""
    if settings.service.runner is RunnerKind.AUTO:
        return settings.database_url.startswith("sqlite")
    return settings.service.runner is RunnerKind.EMBEDDED


def _runner(
    database: Database, settings: Settings, clock: Clock, *, is_queue_needed: bool
) -> Runner:
    if is_embedded(settings) or not is_queue_needed:
        look = min(settings.service.tick_seconds, LOOK_SECONDS)
        return EmbeddedRunner(database, clock, _locks(settings), look)
    seconds = settings.service.lost_after_seconds
    return open_queue(database, stalled_after_seconds=seconds, lock_of=_locks(settings))


def _locks(settings: Settings) -> Callable[[Run], str]:
    """One registry host at a time, and one run of every other kind."""
    hosts = {name: lease_name(one.address) for name, one in settings.registries.items()}

    def lock_of(run: Run) -> str:
        if run.kind is not Kind.CRAWL:
            return run.kind.value
        return hosts.get(run.registry, f"registry:{run.registry}")

    return lock_of
