"""The queue of the server shape: Procrastinate, in a schema of its own within our database.

A job says "look at run N" and no more; what counts is the row of the run. So a queue may be
thrown away at any time: the next tick hands over what waits. That is why every release of
Procrastinate's schema gets a new PostgreSQL schema, named by its digest, and none is ever
migrated: the release before goes on with its own queue beside this one
(docs/adr/0029-runs-are-rows.md).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from auditor.domain.errors import StoreError
from auditor.domain.schedules import Run
from auditor.store.engine import Database

if TYPE_CHECKING:
    from procrastinate import App

_log = logging.getLogger(__name__)
_TASK = "auditor.run"
_QUEUE = "runs"
_LOCK = 0x7175657565
"""Any number nobody else locks: the word queue."""
_STOP_LOOK_SECONDS = 0.2
_POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue in one database; `stalled_after_seconds`: when a silent worker has died.

    Jobs with the same `lock_of` their run are done one after the other.
    """

    database: Database
    schema: str
    stalled_after_seconds: float
    lock_of: Callable[[Run], str]

    def hand_over(self, connection: Connection, runs: Sequence[Run]) -> None:
        """Let workers have these runs, in this transaction; nothing for those they have.

        Jobs whose workers died are thrown away first: a lock of theirs would hold up others.
        """
        # Two schedulers would both find a job missing, and one would fail on its key.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"SET LOCAL search_path TO {self.schema}, public"))
        connection.execute(text(_LET_GO), {"seconds": self.stalled_after_seconds})
        for run in runs:
            connection.execute(
                text(_DEFER),
                {
                    "queue": _QUEUE,
                    "task": _TASK,
                    "lock": self.lock_of(run),
                    "once": f"run {run.id}",
                    "args": json.dumps({"run_id": run.id}),
                },
            )
        connection.execute(text("SET LOCAL search_path TO DEFAULT"))

    def work(
        self, perform: Callable[[int], bool], concurrency: int, stopping: threading.Event
    ) -> None:
        """Take jobs and carry their runs out until `stopping`; those begun are ended first."""
        asyncio.run(self._work(perform, concurrency, stopping))

    async def _work(
        self, perform: Callable[[int], bool], concurrency: int, stopping: threading.Event
    ) -> None:
        app = self._app(concurrency)

        @app.task(name=_TASK, queue=_QUEUE)
        def run(run_id: int) -> None:
            perform(run_id)

        async with app.open_async():
            worker = asyncio.ensure_future(
                app.run_worker_async(
                    queues=[_QUEUE],
                    concurrency=concurrency,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    # Nobody is told when a lock is free again, only when a job comes.
                    fetch_job_polling_interval=min(_POLL_SECONDS, self.stalled_after_seconds / 4),
                    update_heartbeat_interval=self.stalled_after_seconds / 4,
                    stalled_worker_timeout=self.stalled_after_seconds,
                )
            )
            while not worker.done():
                await asyncio.wait([worker], timeout=_STOP_LOOK_SECONDS)
                if stopping.is_set() and not worker.done():
                    worker.cancel()
                    await asyncio.wait([worker])
            if not worker.cancelled():
                worker.result()

    def _app(self, concurrency: int) -> App:
        from procrastinate import App, PsycopgConnector  # noqa: PLC0415 - of an extra

        url = self.database.engine.url.set(drivername="postgresql")
        connector = PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False),
            kwargs={"options": f"-c search_path={self.schema},public"},
            min_size=1,
            max_size=concurrency + 2,
        )
        return App(connector=connector)


def open_queue(
    database: Database, *, stalled_after_seconds: float, lock_of: Callable[[Run], str]
) -> Queue:
    """The queue, its schema made where it is not there yet.

    `lock_of` says what no two runs are at together.

    Raises StoreError on SQLite, without the extra `server`, and where no schema may be made.
    """
    if database.is_sqlite:
        raise StoreError(
            "the server runner needs PostgreSQL",
            next_step='set service.runner to "embedded", or another database_url',
        )
    return Queue(database, make_queue(database), stalled_after_seconds, lock_of)


def make_queue(database: Database) -> str:
    """The name of the queue's schema in a PostgreSQL database, made where it is not there yet.

    Raises StoreError without the extra `server`, and where no schema may be made.
    """
    if not is_installed():
        raise StoreError(
            "the server runner needs Procrastinate",
            next_step="install the extra: pip install 'registry-auditor[server]'",
        )
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - of an extra

    definition = SchemaManager.get_schema()
    schema = f"auditor_queue_{hashlib.sha256(definition.encode()).hexdigest()[:8]}"
    with database.writing() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        is_there = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
        if connection.execute(is_there, {"name": schema}).first() is None:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
            connection.execute(text(f"SET LOCAL search_path TO {schema}"))
            # Colons and per cent signs in it are its own: no parameters are looked for.
            cursor = connection.connection.cursor()
            cursor.execute(definition)
            cursor.close()
            _log.info("queue made schema=%s", schema)
    return schema


def is_installed() -> bool:
    """Whether the library of the queue is there; it comes with the extra `server`."""
    return find_spec("procrastinate") is not None


_DEFER = """
SELECT procrastinate_defer_jobs_v1(ARRAY[
  ROW(:queue, :task, 0, :lock, :once, CAST(:args AS jsonb), NULL)
]::procrastinate_job_to_defer_v1[])
WHERE NOT EXISTS (
  SELECT FROM procrastinate_jobs WHERE queueing_lock = :once AND status IN ('todo', 'doing')
)
"""
_LET_GO = """
DELETE FROM procrastinate_jobs job WHERE job.status = 'doing' AND NOT EXISTS (
  SELECT FROM procrastinate_workers worker
  WHERE worker.id = job.worker_id
  AND worker.last_heartbeat >= now() - make_interval(secs => :seconds)
)
"""
