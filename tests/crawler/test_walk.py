from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from auditor.crawler.limits import WalkLimits
from auditor.crawler.walk import RegistryWalk
from auditor.domain.digest import Digest
from auditor.domain.errors import RegistryError
from auditor.domain.fetched import FetchedManifest, NamePage, TagList
from auditor.domain.observation import Problem, RegistryCapabilities
from tests.crawler.bench import MANY_TURNS, BusySource, MemorySink, walk
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource
from tests.fakes.turns import turn, turn_until


def filled(repositories: int, tags: int = 1) -> Contents:
    contents = Contents()
    for number in range(repositories):
        many_tags(contents, f"team/app-{number:02}", tags)
    return contents


def test_every_repository_of_every_page_is_walked_once() -> None:
    source = FakeSource(filled(7).registry(), page_size=2, repeats_pages=True)
    sink = MemorySink()
    made = walk(source, sink)
    assert sorted(one.repository for one in sink.saved) == sorted(source.registry.repositories)
    assert all(one.is_complete for one in sink.saved)
    assert (made.found, made.done, made.listing_done, made.saw_all) == (7, 7, True, True)
    assert made.problems == []


def test_an_empty_registry_is_seen_whole() -> None:
    sink = MemorySink()
    made = walk(FakeSource(Contents().registry()), sink)
    assert made.saw_all
    assert (made.found, sink.saved) == (0, [])


@dataclass(slots=True)
class Crowd:
    """Who is being walked right now: from the first question to the last word saved."""

    now: set[str] = field(default_factory=set)
    most: int = 0

    def enter(self, repository: str) -> None:
        self.now.add(repository)
        self.most = max(self.most, len(self.now))


@dataclass(slots=True)
class CrowdedSource(BusySource):
    crowd: Crowd = field(default_factory=Crowd)

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        self.crowd.enter(repository)
        return await BusySource.list_tags(self, repository, most)


@pytest.mark.parametrize("concurrency, most", [(1, 1), (3, 3), (9, 9), (16, 9)])
def test_as_many_repositories_are_walked_at_once_as_allowed_and_no_more(
    concurrency: int, most: int
) -> None:
    crowd = Crowd()
    source = CrowdedSource(filled(9).registry(), page_size=50, crowd=crowd)
    sink = MemorySink(on_save=lambda one: crowd.now.discard(one.repository))
    made = walk(source, sink, limits=WalkLimits(concurrency=concurrency))
    assert (crowd.most, made.done) == (most, 9)


def test_the_lanes_of_one_repository_read_side_by_side_eight_at_most() -> None:
    source = BusySource(filled(1, tags=400).registry())
    walk(source, MemorySink(), limits=WalkLimits(concurrency=1, ask_referrers=False))
    assert source.most["get_manifest_by_tag"] == 8
    assert source.most["get_config"] == 8
    assert source.asked["get_manifest_by_tag"] == 400


def test_the_catalogue_is_not_read_far_ahead_of_the_walk() -> None:
    stuck = asyncio.Event()

    @dataclass(slots=True)
    class StuckSource(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            await stuck.wait()
            return await FakeSource.list_tags(self, repository, most)

    source = StuckSource(filled(60).registry(), page_size=1)
    made = RegistryWalk(source, MemorySink(), WalkLimits(concurrency=2))

    async def run() -> int:
        task = asyncio.create_task(made.run())
        await turn(60 * MANY_TURNS)
        found = made.found
        stuck.set()
        await task
        return found

    assert asyncio.run(run()) < 20
    assert (made.found, made.done) == (60, 60)


def test_only_the_named_repositories_are_walked_each_once_and_no_catalogue_is_asked_for() -> None:
    source, sink = FakeSource(filled(5).registry()), MemorySink()
    made = walk(source, sink, named=("team/app-03", "team/app-01", "team/app-03"))
    assert sorted(one.repository for one in sink.saved) == ["team/app-01", "team/app-03"]
    assert source.asked["list_repositories"] == 0
    assert (made.found, made.done) == (2, 2)


def test_what_the_registry_can_do_is_asked_once_and_kept() -> None:
    can = RegistryCapabilities(lists_untagged=True, supports_referrers=False)
    source = FakeSource(filled(3).registry(), can)
    assert walk(source, MemorySink()).capabilities == can
    assert source.asked["check"] == 1


def test_counts_say_what_was_read() -> None:
    contents = filled(2, tags=3)
    contents.tag("team/app-00", "alias", contents.tags["team/app-00"]["t000"])
    made = walk(FakeSource(contents.registry()), MemorySink())
    assert (made.counts.tags, made.counts.manifests, made.counts.configs) == (7, 6, 6)


def test_whoever_watches_is_told_of_every_count_that_moves() -> None:
    seen: list[tuple[int, int, int, int]] = []
    made = RegistryWalk(FakeSource(filled(3, tags=2).registry()), MemorySink())

    def watch() -> None:
        counts = made.counts
        seen.append((counts.tags, counts.manifests, counts.configs, made.done))

    made.watch = watch
    asyncio.run(made.run())
    assert seen[-1] == (6, 6, 6, 3)
    for column in zip(*seen, strict=True):
        assert list(column) == sorted(column)
        assert set(range(1, max(column) + 1)) <= set(column)


def test_a_walk_that_is_cancelled_keeps_the_repositories_it_finished() -> None:
    contents, sink = filled(12), MemorySink()
    made = RegistryWalk(BusySource(contents.registry()), sink, WalkLimits(concurrency=2))

    async def run() -> None:
        task = asyncio.create_task(made.run())
        await turn_until(lambda: made.done >= 4)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert 4 <= made.done < 12
    assert len({one.repository for one in sink.saved if one.is_complete}) >= made.done
    assert not made.saw_all
    assert made.problems == []


def test_a_catalogue_without_an_end_is_walked_while_it_is_read() -> None:
    class Endless(FakeSource):
        async def list_repositories(self) -> AsyncIterator[NamePage]:
            while True:
                for name in sorted(self.registry.repositories):
                    await asyncio.sleep(0)
                    yield NamePage((name,))

    sink = MemorySink()
    made = RegistryWalk(Endless(filled(3).registry()), sink)

    async def run() -> None:
        task = asyncio.create_task(made.run())
        await turn_until(lambda: len(sink.saved) >= 3)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert (made.found, made.listing_done) == (3, False)


def test_large_repositories_are_walked_in_turn_and_small_ones_meanwhile() -> None:
    contents = Contents()
    for name in ("large-a", "large-b", "large-c"):
        many_tags(contents, name, 30)
    many_tags(contents, "small", 2)

    @dataclass(slots=True)
    class Turns(BusySource):
        walked: set[str] = field(default_factory=set)
        most_large: int = 0

        async def get_manifest_by_tag(
            self, repository: str, tag: str, known: Sequence[Digest]
        ) -> FetchedManifest:
            self.walked.add(repository)
            ended = {one.repository for one in sink.saved}
            large = {name for name in self.walked - ended if name.startswith("large")}
            self.most_large = max(self.most_large, len(large))
            return await BusySource.get_manifest_by_tag(self, repository, tag, known)

    source, sink = Turns(contents.registry()), MemorySink()
    limits = WalkLimits(few_tags=10, large_at_once=1, ask_referrers=False)
    made = walk(source, sink, limits=limits)
    assert source.most_large == 1
    assert source.asked["list_tags"] == 3 * 2 + 1
    assert made.problems == []
    assert len(sink.manifests) == 92


def test_tags_listed_before_a_listing_broke_off_are_read_and_nothing_is_called_absent() -> None:
    contents = Contents()
    digests = many_tags(contents, "app", 4)

    @dataclass(slots=True)
    class BreakingOff(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            listed = await FakeSource.list_tags(self, repository, most)
            return TagList(listed.tags[:2], RegistryError("broke off", code="UNKNOWN"))

    sink = MemorySink()
    made = walk(BreakingOff(contents.registry()), sink)
    assert made.problems == [Problem("app", "", "broke off", "UNKNOWN")]
    (seen,) = sink.of("app")
    assert (set(seen.tags.values()), seen.is_complete) == (set(digests[:2]), False)
    assert seen.problems == tuple(made.problems)


def test_names_that_cannot_be_used_are_a_problem() -> None:
    contents = Contents()
    many_tags(contents, "app", 1)

    class Odd(FakeSource):
        async def list_repositories(self) -> AsyncIterator[NamePage]:
            yield NamePage(("app",), unusable=1)
            yield NamePage((), unusable=2000)

        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            listed = await FakeSource.list_tags(self, repository, most)
            return TagList(listed.tags, unusable=3)

    sink = MemorySink()
    made = walk(Odd(contents.registry()), sink)
    end = "that cannot be stored or printed; left out"
    assert {(one.repository, one.message) for one in made.problems} == {
        ("", f"1 repository has a name {end}"),
        ("", f"2,000 repositories have names {end}"),
        ("app", f"3 tags have names {end}"),
    }
    assert made.saw_all
    assert sink.last("app").is_complete
