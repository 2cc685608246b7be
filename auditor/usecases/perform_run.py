"""Carries out one run: begun by one only, kept alive, ended; what fails for a while is tried again.

The row of the run is the truth. Whoever is killed leaves a row that says nothing any more, and
the next tick lets it wait again; whoever was only slow finds that it is not theirs any more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.domain.errors import (
    AuditorError,
    LeaseLostError,
    RegistryBusyError,
    RegistryError,
    StoreError,
)
from auditor.domain.schedules import Kind, Run, RunState
from auditor.settings import Settings
from auditor.store.engine import Database
from auditor.store.runs import begin_run, end_run, keep_alive, put_back
from auditor.usecases.holder import this_holder
from auditor.usecases.shared_clock import Clock

_log = logging.getLogger(__name__)
_ALIVE_SO_OFTEN = 4
_BUSY_AGAIN = timedelta(seconds=5)
_BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_MOST_LETTERS = 500


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """How patient we are with runs.

    `attempts`: so often a run may fail for reasons that pass. `most_losses`: so often its
    worker may die. `lost_after`: a run not heard of for so long has nobody any more.
    `back_off`: how long it waits after the first failure, the second, and all others.
    """

    attempts: int = 3
    most_losses: int = 5
    lost_after: timedelta = timedelta(seconds=120)
    back_off: tuple[timedelta, ...] = _BACK_OFF


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job is given. `now`: when it began. `is_stopped`: it is to end early, and at once."""

    database: Database
    settings: Settings
    run: Run
    now: datetime
    is_stopped: Callable[[], bool]
    clock: Clock


Job = Callable[[JobContext], str]
"""Does one run's work and returns what came of it, as a sentence; errors are AuditorErrors."""


class JobStoppedError(Exception):
    """A job ended early because it was told to: it is to be done again."""


class JobAgainError(Exception):
    """A job did what it could now, and is to go on later; `outcome` says what came of it so far."""

    def __init__(self, outcome: str, wait: timedelta) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Performer:
    """Carries out runs, one per call and thread. `draining` once set ends all of them early."""

    database: Database
    settings: Settings
    jobs: Mapping[Kind, Job]
    clock: Clock
    policy: RunPolicy = RunPolicy()
    draining: threading.Event = field(default_factory=threading.Event)

    def perform(self, run_id: int) -> bool:
        """Carry out a run; False where somebody else has it or had it. Raises StoreError."""
        if self.draining.is_set():
            return False
        with self.database.writing() as connection:
            run = begin_run(connection, run_id, this_holder(), self.clock())
        if run is None:
            return False
        _log.info("run began kind=%s registry=%s due_at=%s", run.kind, run.registry, run.due_at)
        lost = threading.Event()
        with self._kept_alive(run, lost):
            end = self._attempt(run, lost)
        self._record(run, end)
        return True

    def _attempt(self, run: Run, lost: threading.Event) -> _End:
        def is_stopped() -> bool:
            return lost.is_set() or self.draining.is_set()

        context = JobContext(
            self.database, self.settings, run, self.clock(), is_stopped, self.clock
        )
        job = self.jobs.get(run.kind)
        if job is None:
            return _End(RunState.FAILED, f"this release has no {run.kind} to run")
        try:
            return _End(RunState.DONE, job(context))
        except JobStoppedError:
            return _End(RunState.WAITING, "stopped with its worker; it goes on where it was")
        except JobAgainError as again:
            return _End(RunState.WAITING, again.outcome, wait=again.wait)
        except (RegistryBusyError, LeaseLostError) as error:
            return _End(RunState.WAITING, error.message, wait=_BUSY_AGAIN)
        except AuditorError as error:
            return self._failed(run, error)
        except Exception as error:  # noqa: BLE001 - the outermost frame of a run
            _log.exception("run broke kind=%s registry=%s", run.kind, run.registry)
            return _End(RunState.FAILED, f"this is a defect ({type(error).__name__}); see the log")

    def _failed(self, run: Run, error: AuditorError) -> _End:
        passes = error.is_transient if isinstance(error, RegistryError) else _passes(error)
        if not passes or run.failures + 1 >= self.policy.attempts:
            return _End(RunState.FAILED, str(error))
        waits = self.policy.back_off[min(run.failures, len(self.policy.back_off) - 1)]
        return _End(RunState.WAITING, str(error), wait=waits, is_failure=True)

    def _record(self, run: Run, end: _End) -> None:
        now = self.clock()
        outcome = end.outcome[:_MOST_LETTERS]
        with self.database.writing() as connection:
            if end.state is RunState.WAITING:
                ours = put_back(connection, run, now + end.wait, outcome, is_failure=end.is_failure)
            else:
                ours = end_run(connection, run, end.state, outcome, now)
        _log.info(
            "run ended kind=%s registry=%s state=%s ours=%s",
            run.kind,
            run.registry,
            end.state,
            ours,
        )

    @contextmanager
    def _kept_alive(self, run: Run, lost: threading.Event) -> Iterator[None]:
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(self.policy.lost_after.total_seconds() / _ALIVE_SO_OFTEN):
                with suppress(AuditorError), self.database.writing() as connection:
                    if not keep_alive(connection, run, self.clock()):
                        lost.set()
                        return

        heart = threading.Thread(target=beat, name="heartbeat", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()


@dataclass(frozen=True, slots=True)
class _End:
    state: RunState
    outcome: str
    wait: timedelta = timedelta()
    is_failure: bool = False


def _passes(error: AuditorError) -> bool:
    """A database that does not answer may answer later; a wrong setting stays wrong."""
    return isinstance(error, StoreError)
