"""Two crawls of one registry at once: the second says who is first, waits, or takes over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from auditor.domain.errors import LeaseLostError, RegistryBusyError
from auditor.domain.fetched import TagList
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.domain.reference import RegistryAddress
from auditor.store.engine import Database
from auditor.store.leases import load_lease, take_lease
from auditor.usecases import crawl_alone as alone
from auditor.usecases.crawl_alone import Turn, crawl_alone, lease_name
from auditor.usecases.crawl_registry import CrawlLimits
from auditor.usecases.holder import holder_words, this_holder
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource
from tests.usecases.bench import REGISTRY, Bench, target

NAME = f"registry:{REGISTRY}"


@dataclass
class SlowSource(FakeSource):
    """Lists tags only when it may."""

    asked_now: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        self.asked_now.set()
        while not self.may_answer.is_set():  # noqa: ASYNC110 - a thread sets it
            await asyncio.sleep(0.01)
        # Not super(): slots make the class anew, and it would look for the old one.
        return await FakeSource.list_tags(self, repository, most)


def contents() -> Contents:
    made = Contents()
    many_tags(made, "team/app", 2)
    return made


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> SlowSource:
    """What every address leads to."""
    made = SlowSource(contents().registry())

    @asynccontextmanager
    async def opened(*_: object) -> AsyncIterator[FakeSource]:
        yield made

    monkeypatch.setattr("auditor.usecases.crawl_registry.open_source", opened)
    monkeypatch.setattr(alone, "_WAIT_SECONDS", 0.05)
    return made


class Crawling:
    """A crawl in a thread; `end` waits for it and gives what came of it."""

    def __init__(self, database: Database, turn: Turn) -> None:
        self.outcome: CrawlReport | BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(database, turn))
        self._thread.start()

    def _run(self, database: Database, turn: Turn) -> None:
        try:
            self.outcome = crawl(database, turn)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.outcome = error

    def end(self) -> CrawlReport | BaseException | None:
        self._thread.join(20)
        return self.outcome


def crawl(database: Database, turn: Turn | None = None) -> CrawlReport:
    return asyncio.run(crawl_alone(database, target(), CrawlLimits(), turn=turn or Turn()))


def test_a_crawl_alone_leaves_no_lease(either_bench: Bench, source: SlowSource) -> None:
    source.may_answer.set()
    assert crawl(either_bench.database).outcome is CrawlOutcome.COMPLETE
    assert crawl(either_bench.database).outcome is CrawlOutcome.COMPLETE


def test_the_second_says_who_is_first_and_since_when(
    either_bench: Bench, source: SlowSource
) -> None:
    first = Crawling(either_bench.database, Turn())
    source.asked_now.wait(10)
    with pytest.raises(RegistryBusyError) as refused:
        crawl(either_bench.database)
    source.may_answer.set()
    report = first.end()
    assert isinstance(report, CrawlReport)
    assert report.outcome is CrawlOutcome.COMPLETE
    who = holder_words(this_holder())
    assert f"{REGISTRY} is being crawled by {who} since 20" in refused.value.message
    assert "--wait" in refused.value.next_step


def test_who_waits_is_told_for_whom_and_comes_next(bench: Bench, source: SlowSource) -> None:
    first = Crawling(bench.database, Turn())
    source.asked_now.wait(10)
    told: list[str] = []

    def on_wait(sentence: str) -> None:
        told.append(sentence)
        source.may_answer.set()

    second = Crawling(bench.database, Turn(waits=True, on_wait=on_wait))
    outcomes = [first.end(), second.end()]
    assert [isinstance(one, CrawlReport) for one in outcomes] == [True, True]
    assert len(told) == 1


def test_a_lease_of_a_dead_process_of_this_machine_is_taken_at_once(
    bench: Bench, source: SlowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    with bench.database.writing() as connection:
        take_lease(connection, NAME, "dead:1", now=now, lasts=timedelta(hours=1))
    source.may_answer.set()
    with pytest.raises(RegistryBusyError, match="by dead:1 since"):
        crawl(bench.database)
    monkeypatch.setattr(alone, "is_gone", lambda holder: holder == "dead:1")
    assert crawl(bench.database).outcome is CrawlOutcome.COMPLETE


def test_who_was_overtaken_writes_nothing_more(either_bench: Bench, source: SlowSource) -> None:
    first = Crawling(either_bench.database, Turn(lasts=timedelta(hours=1)))
    source.asked_now.wait(10)
    later = datetime.now(UTC) + timedelta(hours=2)
    with either_bench.database.writing() as connection:
        assert take_lease(connection, NAME, "b", now=later, lasts=timedelta(hours=1))
    source.may_answer.set()
    assert isinstance(first.end(), LeaseLostError)
    assert either_bench.rows() == {}
    with either_bench.database.reading() as connection:
        lease = load_lease(connection, NAME)
    assert lease is not None
    assert (lease.holder, lease.fence) == ("b", 2)


def test_a_long_crawl_keeps_its_lease_and_hears_that_it_lost_it(
    bench: Bench, source: SlowSource
) -> None:
    first = Crawling(bench.database, Turn(lasts=timedelta(seconds=0.4)))
    source.asked_now.wait(10)
    with bench.database.reading() as connection:
        before = load_lease(connection, NAME)
    assert before is not None
    wait_until(lambda: expires(bench.database) > before.expires_at)
    with bench.database.writing() as connection:
        later = datetime.now(UTC) + timedelta(hours=2)
        take_lease(connection, NAME, "b", now=later, lasts=timedelta(hours=1))
    assert isinstance(first.end(), LeaseLostError)  # and nobody ever answered


def expires(database: Database) -> datetime:
    with database.reading() as connection:
        lease = load_lease(connection, NAME)
    assert lease is not None
    return lease.expires_at


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        threading.Event().wait(0.01)
    pytest.fail("waited in vain")


def test_a_crawl_that_is_told_to_stop_is_interrupted_in_good_order(
    bench: Bench, source: SlowSource
) -> None:
    stopping = threading.Event()
    numbers: list[int] = []
    turn = Turn(is_stopped=stopping.is_set, began=lambda _, number: numbers.append(number))
    first = Crawling(bench.database, turn)
    source.asked_now.wait(10)
    stopping.set()
    assert isinstance(first.end(), asyncio.CancelledError)
    assert len(numbers) == 1
    with bench.database.reading() as connection:
        lease = load_lease(connection, NAME)
    assert lease is not None
    assert lease.expires_at <= datetime.now(UTC)
    (view,) = bench.browse().registries()
    assert view.outcome is CrawlOutcome.INTERRUPTED


def test_one_lease_is_for_a_host_or_a_folder() -> None:
    assert lease_name(RegistryAddress.parse("https://quay.io")) == "registry:quay.io"
    layout = RegistryAddress("oci:/images", directory="/images")
    assert lease_name(layout) == "registry:oci:/images"
