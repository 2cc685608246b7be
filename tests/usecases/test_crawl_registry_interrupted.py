"""Crawls that are cancelled, whatever they are doing at that moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from auditor.crawler.limits import WalkLimits
from auditor.crawler.progress import CrawlProgress
from auditor.domain.exactness import Exactness
from auditor.domain.observation import (
    CrawlOutcome,
    KnownRepository,
    RepositoryObservation,
    StorageScope,
)
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.store.crawls import begin_crawl
from auditor.store.engine import Connection, Database
from auditor.store.registry_reads import has_repository
from auditor.store.sink import StoreSink
from auditor.usecases.crawl_registry import CrawlLimits, Listener, crawl_source
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource
from tests.fakes.turns import turn
from tests.usecases.bench import LISTS_ALL, REGISTRY, START, Bench, target

PART_MANIFESTS = WalkLimits().part_manifests


@dataclass(slots=True)
class Stopping(FakeSource):
    """Cancels the crawl it serves when it has been asked for so many tags."""

    after: int = 0
    task: asyncio.Task[object] | None = None

    async def _answer(self, method: str) -> None:
        await FakeSource._answer(self, method)
        if self.asked["get_manifest_by_tag"] >= self.after and self.task is not None:
            self.task.cancel()


def crawl_until(bench: Bench, source: Stopping, listener: Listener = lambda _: None) -> None:
    """A crawl that cancels itself."""

    async def run() -> None:
        source.task = asyncio.current_task()
        await crawl_source(
            bench.database,
            source,
            target(),
            CrawlLimits(concurrency=1),
            now=START,
            listener=listener,
        )

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def many(repositories: int, tags: int) -> Contents:
    contents = Contents()
    for number in range(repositories):
        many_tags(contents, f"app-{number:02}", tags)
    return contents


def test_a_cancelled_crawl_is_recorded_and_keeps_what_it_read(either_bench: Bench) -> None:
    contents = many(10, 3)
    crawl_until(either_bench, Stopping(contents.registry(), after=14, page_size=50))
    (view,) = either_bench.browse().registries()
    assert (view.outcome, view.last_complete_at) == (CrawlOutcome.INTERRUPTED, None)
    rows = either_bench.rows()
    assert [rows[f"app-{number:02}"].images for number in range(4)] == [3, 3, 3, 3]
    assert rows["app-04"].images >= 1
    assert len(rows) == 5


def test_the_next_crawl_fetches_only_what_is_missing(either_bench: Bench) -> None:
    contents = many(10, 3)
    crawl_until(either_bench, Stopping(contents.registry(), after=14, page_size=50))
    had = sum(row.images for row in either_bench.rows().values())
    report = either_bench.crawl(contents)
    assert (report.outcome, report.manifests_fetched) == (CrawlOutcome.COMPLETE, 30 - had)
    assert sum(row.images for row in either_bench.rows().values()) == 30


def test_a_cancelled_crawl_removes_nothing(bench: Bench) -> None:
    contents = many(6, 3)
    bench.crawl(contents)
    contents.untag("app-00", "t000")
    contents.remove("app-05")
    for _ in range(3):
        crawl_until(bench, Stopping(contents.registry(), after=7, page_size=50))
    assert {name: row.tags for name, row in bench.rows().items()} == {
        f"app-{number:02}": 3 for number in range(6)
    }


def test_part_of_a_repository_never_reads_as_the_whole(bench: Bench) -> None:
    contents = many(1, PART_MANIFESTS + 100)
    crawl_until(bench, Stopping(contents.registry(), LISTS_ALL, after=PART_MANIFESTS + 50))
    row = bench.rows()["app-00"]
    assert PART_MANIFESTS <= row.images < PART_MANIFESTS + 100
    assert row.sizes.exactness is Exactness.LOWER_BOUND
    assert row.is_stale
    bench.crawl(FakeSource(contents.registry(), LISTS_ALL))
    row = bench.rows()["app-00"]
    assert (row.images, row.sizes.exactness) == (PART_MANIFESTS + 100, Exactness.EXACT)
    assert not row.is_stale


@pytest.mark.parametrize(
    "is_due",
    [lambda _: True, lambda progress: progress.repositories_done == 2],
    ids=["at once", "at the end"],
)
def test_a_listener_that_fails_ends_the_crawl(
    bench: Bench, is_due: Callable[[CrawlProgress], bool]
) -> None:
    def listener(progress: CrawlProgress) -> None:
        if is_due(progress):
            raise BrokenPipeError("nobody reads this any more")

    with pytest.raises(BrokenPipeError):
        bench.crawl(many(2, 2), listener=listener)
    (view,) = bench.browse().registries()
    assert view.outcome is CrawlOutcome.INTERRUPTED


def test_a_crawl_that_was_killed_shows_as_interrupted_once_the_next_one_begins(
    bench: Bench,
) -> None:
    contents = many(1, 1)
    shown: list[CrawlOutcome | None] = []

    def listener(_: CrawlProgress) -> None:
        shown.extend(view.outcome for view in bench.browse().registries())

    bench.crawl(contents, listener=listener)
    assert set(shown) == {CrawlOutcome.RUNNING}
    (view,) = bench.browse().registries()
    assert view.outcome is CrawlOutcome.COMPLETE


@dataclass(frozen=True, slots=True)
class SlowDatabase(Database):
    """Another thread's transaction begins late: when it is told to."""

    began: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        if threading.current_thread() is not threading.main_thread():
            self.began.set()
            assert self.go_on.wait(timeout=30)
        with Database.writing(self) as connection:
            yield connection


def test_a_save_under_way_is_part_of_the_figures_of_a_cancelled_crawl(either_bench: Bench) -> None:
    database = SlowDatabase(either_bench.database.engine)
    contents = many(1, 3)

    async def run() -> None:
        crawl = crawl_source(
            database, FakeSource(contents.registry()), target(), CrawlLimits(), now=START
        )
        task = asyncio.create_task(crawl)
        assert await asyncio.to_thread(database.began.wait, 30)
        task.cancel()
        await turn(50)
        database.go_on.set()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    (view,) = either_bench.browse().registries()
    assert view.outcome is CrawlOutcome.INTERRUPTED
    assert either_bench.rows()["app-00"].images == 3
    assert view.totals.images == 3


def test_a_save_that_is_cancelled_returns_only_once_it_is_over(bench: Bench) -> None:
    database = SlowDatabase(bench.database.engine)
    with bench.database.writing() as connection:
        mark = begin_crawl(
            connection, REGISTRY, scope=StorageScope.REGISTRY, platform=DEFAULT_PLATFORM, now=START
        )
    sink = StoreSink(database, mark, timedelta(days=7))
    seen = RepositoryObservation("app", {}, frozenset())

    async def run() -> tuple[bool, KnownRepository]:
        task = asyncio.create_task(sink.save_repository(seen))
        assert await asyncio.to_thread(database.began.wait, 30)
        task.cancel()
        await turn(50)
        was_done = task.done()
        database.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return was_done, await sink.known_repository("app")

    assert asyncio.run(run()) == (False, KnownRepository())
    with bench.database.reading() as connection:
        assert has_repository(connection, REGISTRY, "app")


@dataclass(slots=True)
class Overtaken(FakeSource):
    """Another crawl of the same registry begins while this one lists the repositories."""

    database: Database | None = None

    async def _answer(self, method: str) -> None:
        await FakeSource._answer(self, method)
        if method == "list_repositories" and self.database is not None:
            with self.database.writing() as connection:
                begin_crawl(
                    connection,
                    REGISTRY,
                    scope=StorageScope.REGISTRY,
                    platform=DEFAULT_PLATFORM,
                    now=START,
                )


def test_a_crawl_that_another_one_overtook_says_so(either_bench: Bench) -> None:
    source = Overtaken(many(2, 1).registry(), database=either_bench.database)
    report = either_bench.crawl(source)
    assert report.outcome is CrawlOutcome.INTERRUPTED
    assert "another crawl of this registry" in "".join(report.warnings)
    assert sorted(either_bench.rows()) == ["app-00", "app-01"]
    assert either_bench.crawl(many(2, 1)).warnings == ()
