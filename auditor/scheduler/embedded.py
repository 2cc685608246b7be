"""Runs carried out by threads of this process; the table of runs is the queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from auditor.domain.errors import AuditorError
from auditor.domain.schedules import Run
from auditor.store.engine import Connection, Database
from auditor.store.runs import waiting_runs
from auditor.usecases.shared_clock import Clock

_log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EmbeddedRunner:
    """Looks every `look_seconds` for runs that wait, also for those that others asked for.

    Runs with the same `lock_of` them are carried out one after the other.
    """

    database: Database
    clock: Clock
    lock_of: Callable[[Run], str]
    look_seconds: float = LOOK_SECONDS
    _told: threading.Event = field(default_factory=threading.Event)

    def hand_over(self, connection: Connection, runs: Sequence[Run]) -> None:
        """Have a look sooner; the rows are all there is to hand over."""
        del connection
        if runs:
            self._told.set()

    def work(
        self, perform: Callable[[int], bool], concurrency: int, stopping: threading.Event
    ) -> None:
        """As the protocol says; a database that does not answer is asked again."""
        busy: dict[str, Future[None]] = {}
        with ThreadPoolExecutor(concurrency, thread_name_prefix="run") as pool:
            while not stopping.is_set():
                busy = {lock: one for lock, one in busy.items() if not one.done()}
                for run in self._waiting():
                    lock = self.lock_of(run)
                    if lock not in busy and len(busy) < concurrency:
                        busy[lock] = pool.submit(_carry_out, perform, run.id, self._told)
                if not self._told.wait(self.look_seconds):
                    continue
                self._told.clear()
            wait(busy.values())

    def stop_waiting(self) -> None:
        """Wake up whoever works, as to see that it is over."""
        self._told.set()

    def _waiting(self) -> tuple[Run, ...]:
        try:
            with self.database.reading() as connection:
                return waiting_runs(connection, self.clock())
        except AuditorError as error:
            _log.warning("runs cannot be read error=%s", error)
            return ()


def _carry_out(perform: Callable[[int], bool], run_id: int, told: threading.Event) -> None:
    try:
        perform(run_id)
    except AuditorError as error:
        _log.warning("run cannot be carried out run=%d error=%s", run_id, error)
        return  # not at once again: the database does not answer
    told.set()
