"""The database as a crawl sees it: many workers, one writer, nobody left waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from auditor.domain.errors import StoreError
from auditor.domain.observation import KnownRepository, RepositoryObservation
from auditor.store import sink as sink_module
from auditor.store.engine import Connection, Database
from auditor.store.sink import StoreSink
from auditor.store.state import CrawlMark, save_repositories
from auditor.store.tables.places import RepositoryRow
from tests.fakes.turns import turn
from tests.store.bench import Bench
from tests.store.things import config, day, image, layer, seen

WEEK = timedelta(days=7)
PATIENCE_SECONDS = 30
ONE, TWO = image("one", layer("x", 10)), image("two")


@dataclass(frozen=True, slots=True)
class Watched(Database):
    """Counts transactions that write, and lets them begin only when told to."""

    open: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    writers: list[int] = field(default_factory=list)
    _here: list[None] = field(default_factory=list)
    _once: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def once(self) -> None:
        """Let the one begin that waits now, and nobody after it."""
        self._once.release()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._here.append(None)
        self.writers.append(len(self._here))
        self.began.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.open.wait(0.005) and not self._once.acquire(blocking=False):
            assert time.monotonic() < deadline
        try:
            with Database.writing(self) as connection:
                yield connection
        finally:
            self._here.pop()


def opened(bench: Bench, database: Database | None = None) -> StoreSink:
    """A sink of a crawl that just began."""
    return StoreSink(database or bench.database, bench.begin(), WEEK)


def watched(bench: Bench, *, is_open: bool = True) -> Watched:
    made = Watched(bench.database.engine)
    if is_open:
        made.open.set()
    return made


def repositories(bench: Bench) -> set[str]:
    return {row["name"] for row in bench.table(RepositoryRow)}


def broken(repository: str) -> RepositoryObservation:
    """One that no database keeps."""
    return seen(repository, {"v1": ONE}, configs=[config("too large", size_bytes=2**63)])


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await work()

    asyncio.run(in_time())


def test_what_was_saved_is_what_is_known(bench: Bench) -> None:
    sink, of = opened(bench), config("config")
    described = image("described", of=of)

    async def work() -> None:
        assert await sink.known_repository("app") == KnownRepository()
        assert await sink.stored_manifests([ONE.digest]) == {}
        assert await sink.missing_configs([of.digest]) == {of.digest}
        await sink.save_repository(seen("app", {"v1": ONE, "v2": described}, configs=[of]))
        known = await sink.known_repository("app")
        assert known.tags == {"v1": ONE.digest, "v2": described.digest}
        assert set(known.manifests) == {ONE.digest, described.digest}
        stored = await sink.stored_manifests([ONE.digest, TWO.digest])
        assert stored == {ONE.digest: replace(ONE, layers=())}
        assert await sink.missing_configs([of.digest, ONE.digest]) == {ONE.digest}

    run(work)


@pytest.mark.parametrize("days, is_due", [(6.9, False), (7, True)])
def test_how_old_a_proof_may_grow_is_up_to_the_crawl(
    bench: Bench, days: float, is_due: bool
) -> None:
    bench.crawl(seen("app", {"v1": ONE}))
    bench.crawl(seen("app", {"v1": TWO}, still_there=frozenset({ONE.digest})), at=1)
    sink = StoreSink(bench.database, bench.begin(at=1 + days), WEEK)

    async def work() -> None:
        due = (await sink.known_repository("app")).due_for_recheck
        assert (ONE.digest in due) is is_due

    run(work)


def test_a_sink_knows_only_the_registry_of_its_crawl(bench: Bench) -> None:
    bench.crawl(seen("app", {"v1": ONE}), registry="other.example")
    sink = opened(bench)

    async def work() -> None:
        assert await sink.known_repository("app") == KnownRepository()
        assert set(await sink.stored_manifests([ONE.digest])) == {ONE.digest}

    run(work)


def test_asking_about_nothing_asks_nobody(bench: Bench) -> None:
    sink = opened(bench)

    async def work() -> None:
        with bench.statements() as told:
            assert await sink.stored_manifests([]) == {}
            assert await sink.missing_configs([]) == set()
        assert told == []

    run(work)


def test_the_database_is_spoken_to_from_other_threads_than_that_of_the_loop(
    bench: Bench,
) -> None:
    sink, threads = opened(bench), set[threading.Thread]()

    def hear(*_: object) -> None:
        threads.add(threading.current_thread())

    async def work() -> None:
        await sink.save_repository(seen("app", {"v1": ONE}))
        await sink.known_repository("app")
        await sink.stored_manifests([ONE.digest])
        await sink.missing_configs([ONE.digest])

    event.listen(bench.database.engine, "before_cursor_execute", hear)
    try:
        run(work)
    finally:
        event.remove(bench.database.engine, "before_cursor_execute", hear)
    assert threads
    assert threading.main_thread() not in threads


def test_whoever_waits_while_another_writes_shares_the_next_transaction(bench: Bench) -> None:
    database = watched(bench, is_open=False)
    sink = opened(bench, database)

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(9):
                group.create_task(sink.save_repository(seen(f"app-{number}", {"v1": ONE})))
            await asyncio.to_thread(database.began.wait, PATIENCE_SECONDS)
            await turn(20)
            database.open.set()

    run(work)
    assert repositories(bench) == {f"app-{number}" for number in range(9)}
    assert len(database.writers) == 2


def test_there_is_one_writer_at_a_time_and_readers_do_not_wait_for_it(bench: Bench) -> None:
    database = watched(bench, is_open=False)
    sink = opened(bench, database)

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(sink.save_repository(seen(f"app-{number}", {"v1": ONE})))
                await turn(3)
            assert await sink.known_repository("app-0") == KnownRepository()
            database.open.set()

    run(work)
    assert set(database.writers) == {1}


def test_one_that_the_database_refuses_is_undone_alone(bench: Bench) -> None:
    database = watched(bench, is_open=False)
    sink = opened(bench, database)
    observations = [seen("first"), seen("good", {"v1": ONE}), broken("bad"), seen("fine")]

    async def work() -> None:
        tasks = [asyncio.create_task(sink.save_repository(one)) for one in observations]
        await asyncio.to_thread(database.began.wait, PATIENCE_SECONDS)
        await turn(20)
        database.open.set()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [type(None), type(None), StoreError, type(None)]

    run(work)
    assert repositories(bench) == {"first", "good", "fine"}


def test_after_a_refusal_a_sink_goes_on(bench: Bench) -> None:
    sink = opened(bench)

    async def work() -> None:
        for _ in range(2):
            with pytest.raises(StoreError):
                await sink.save_repository(broken("bad"))
        await sink.save_repository(seen("good", {"v1": ONE}))

    run(work)
    assert repositories(bench) == {"good"}


def test_a_failure_of_our_own_leaves_nobody_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = watched(bench, is_open=False)
    sink = opened(bench, database)

    def fail_for_several(
        connection: Connection, mark: CrawlMark, observations: Sequence[RepositoryObservation]
    ) -> None:
        if len(observations) > 1:
            raise ZeroDivisionError("of our own")
        save_repositories(connection, mark, observations)

    async def work() -> None:
        monkeypatch.setattr(sink_module, "save_repositories", fail_for_several)
        tasks = await first_of(sink, database, "abc")
        database.open.set()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert ends[0] is None
        assert isinstance(ends[1], ZeroDivisionError)
        assert ends[2] is not None, "it was not kept"
        await sink.save_repository(seen("later"))

    run(work)
    assert repositories(bench) == {"a", "later"}


async def first_of(
    sink: StoreSink, database: Watched, names: Iterable[str]
) -> list[asyncio.Task[None]]:
    """One save each; the first one is about to write, the others wait for it."""
    tasks = [asyncio.create_task(sink.save_repository(seen(name))) for name in names]
    await asyncio.to_thread(database.began.wait, PATIENCE_SECONDS)
    await turn(20)
    return tasks


@pytest.mark.parametrize("victim", [0, 1, 2])
def test_one_that_is_cancelled_leaves_nobody_waiting_and_the_sink_in_order(
    bench: Bench, victim: int
) -> None:
    """The first one writes, the others wait; a thread that writes cannot be stopped."""
    database = watched(bench, is_open=False)
    sink = opened(bench, database)

    async def work() -> None:
        tasks = await first_of(sink, database, "abc")
        tasks[victim].cancel()
        await turn(20)
        database.open.set()
        await asyncio.wait(tasks)
        assert [task.cancelled() for task in tasks] == [place == victim for place in range(3)]
        await sink.save_repository(seen("later"))

    run(work)
    assert repositories(bench) == {"a", "b", "c", "later"}


def test_a_writer_that_is_cancelled_leaves_none_of_those_it_writes_for_waiting(
    bench: Bench,
) -> None:
    database = watched(bench, is_open=False)
    sink = opened(bench, database)

    async def work() -> None:
        tasks = await first_of(sink, database, "abc")
        database.began.clear()
        database.once()
        await asyncio.to_thread(database.began.wait, PATIENCE_SECONDS)
        tasks[1].cancel()
        await turn(20)
        assert not tasks[2].done()
        database.open.set()
        await asyncio.wait(tasks)
        assert tasks[1].cancelled()
        await sink.save_repository(seen("later"))

    run(work)
    assert repositories(bench) == {"a", "b", "c", "later"}


def test_what_is_saved_is_dated_by_the_crawl_and_not_by_the_clock(bench: Bench) -> None:
    mark: CrawlMark = bench.begin(at=40)
    sink = StoreSink(bench.database, mark, WEEK)
    run(lambda: sink.save_repository(seen("app", {"v1": ONE})))
    assert [row["since"] for row in bench.table(RepositoryRow)] == [day(40)]
