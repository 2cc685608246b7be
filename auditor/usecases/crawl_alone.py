"""One crawl of a registry at a time, whoever starts it: command, service, any machine.

A crawl holds the lease of its registry's host and extends it while it goes on. One that was
stopped for so long that another took over is cancelled when it wakes up, and every one of its
transactions is refused.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.domain.errors import AuditorError, LeaseLostError, RegistryBusyError
from auditor.domain.observation import CrawlReport
from auditor.domain.reference import RegistryAddress
from auditor.domain.schedules import Lease
from auditor.store.engine import Connection, Database
from auditor.store.leases import (
    extend_lease,
    holds_lease,
    load_lease,
    release_lease,
    take_lease,
)
from auditor.usecases import crawl_registry as crawling
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, CrawlWatch, Listener
from auditor.usecases.holder import holder_words, is_gone, this_holder
from auditor.usecases.shared_clock import Clock, shared_clock

LEASE_LASTS = timedelta(seconds=60)
_EXTENDED_SO_OFTEN = 4
_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_NEVER = lambda: False  # noqa: E731 - a default


@dataclass(frozen=True, slots=True)
class Turn:
    """How a crawl comes to its turn.

    `waits`: until the registry is free; else RegistryBusyError. `is_stopped` cancels the
    crawl once it says so. `began` is called with its number, in its first transaction.
    """

    waits: bool = False
    is_stopped: Callable[[], bool] = _NEVER
    began: Callable[[Connection, int], None] = lambda *_: None
    on_wait: Callable[[str], None] = lambda _: None
    lasts: timedelta = LEASE_LASTS
    clock: Clock | None = None


USUAL_TURN = Turn()


async def crawl_alone(
    database: Database,
    target: CrawlTarget,
    limits: CrawlLimits,
    *,
    listener: Listener = lambda _: None,
    accept_removals: bool = False,
    now: datetime | None = None,
    turn: Turn = USUAL_TURN,
) -> CrawlReport:
    """Crawl as `crawl_registry` does, and be the only one at that registry's host.

    Raises RegistryBusyError where somebody else is at it, LeaseLostError where somebody took
    over, and as `crawl_registry`.
    """
    clock = turn.clock
    if clock is None:
        clock = await asyncio.to_thread(shared_clock, database)
    name = lease_name(target.address)
    lease = await _take(database, name, clock, turn)
    crawl = asyncio.ensure_future(
        crawling.crawl_registry(
            database,
            target,
            limits,
            listener=listener,
            accept_removals=accept_removals,
            now=now,
            watch=CrawlWatch(_guard(lease), turn.began),
        )
    )
    lost = threading.Event()
    try:
        with _kept(database, lease, clock, turn.lasts, lost):
            return await _watched(crawl, lost, turn.is_stopped)
    finally:
        await _cancelled(crawl)
        await asyncio.to_thread(_release, database, lease, clock)


def lease_name(address: RegistryAddress) -> str:
    """What a crawl of this address is alone at: its host, or its folder."""
    return f"registry:{address.name if address.is_layout else address.host}"


async def _take(database: Database, name: str, clock: Clock, turn: Turn) -> Lease:
    told = False
    while True:
        found = await asyncio.to_thread(_try, database, name, clock(), turn.lasts)
        if isinstance(found, Lease):
            return found
        if not turn.waits or turn.is_stopped():
            raise RegistryBusyError(
                found, next_step="wait for it with --wait, or see `auditor schedules`"
            )
        if not told:
            turn.on_wait(found)
            told = True
        await asyncio.sleep(_WAIT_SECONDS)


def _try(database: Database, name: str, now: datetime, lasts: timedelta) -> Lease | str:
    """The lease, or who has it since when."""
    with database.writing() as connection:
        lease = take_lease(connection, name, this_holder(), now=now, lasts=lasts)
        if lease is not None:
            return lease
        held = load_lease(connection, name)
        if held is not None and is_gone(held.holder):
            release_lease(connection, held, now)
            lease = take_lease(connection, name, this_holder(), now=now, lasts=lasts)
    if lease is not None or held is None:
        return lease or f"{name.partition(':')[2]} is being crawled"
    host = name.partition(":")[2]
    since = held.since.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{host} is being crawled by {holder_words(held.holder)} since {since}"


def _guard(lease: Lease) -> Callable[[Connection], None]:
    def check(connection: Connection) -> None:
        if not holds_lease(connection, lease):
            raise _lost()

    return check


def _lost() -> LeaseLostError:
    return LeaseLostError(
        "this crawl was silent for too long and another took over",
        next_step="nothing is lost: the other reads what this one did not",
    )


@contextmanager
def _kept(
    database: Database, lease: Lease, clock: Clock, lasts: timedelta, lost: threading.Event
) -> Iterator[None]:
    """Extend the lease from a thread, which goes on whatever the crawl is busy with."""
    ended = threading.Event()

    def extend() -> None:
        while not ended.wait(lasts.total_seconds() / _EXTENDED_SO_OFTEN):
            with suppress(AuditorError), database.writing() as connection:
                if not extend_lease(connection, lease, clock() + lasts):
                    lost.set()
                    return

    keeper = threading.Thread(target=extend, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


async def _watched(
    crawl: asyncio.Future[CrawlReport], lost: threading.Event, is_stopped: Callable[[], bool]
) -> CrawlReport:
    while not crawl.done():
        if lost.is_set() or is_stopped():
            crawl.cancel()
            await asyncio.wait([crawl])
        else:
            await asyncio.wait([crawl], timeout=_LOOK_SECONDS)
    if lost.is_set() and crawl.cancelled():
        raise _lost()
    return crawl.result()


async def _cancelled(crawl: asyncio.Future[CrawlReport]) -> None:
    """Whoever cancels us cancels the crawl, and waits until it has said how far it came."""
    if not crawl.done():
        crawl.cancel()
        await asyncio.wait([crawl])


def _release(database: Database, lease: Lease, clock: Clock) -> None:
    with suppress(AuditorError), database.writing() as connection:
        release_lease(connection, lease, clock())
