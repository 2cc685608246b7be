"""Large repositories, saved in parts while they are read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from auditor.crawler.limits import WalkLimits
from auditor.crawler.walk import RegistryWalk
from auditor.domain.errors import RegistryUnreachableError
from auditor.domain.fetched import FetchedManifest
from auditor.domain.observation import Problem, RegistryCapabilities
from tests.crawler.bench import BusySource, MemorySink, walk
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource, Faults
from tests.fakes.turns import turn_until

PART_MANIFESTS = WalkLimits().part_manifests
APP = "team/app"
LIMITS = WalkLimits(ask_referrers=False)


def test_a_repository_of_a_part_or_less_is_saved_once() -> None:
    contents = Contents()
    many_tags(contents, APP, PART_MANIFESTS - 1)
    sink = MemorySink()
    walk(FakeSource(contents.registry()), sink, limits=LIMITS)
    assert [one.is_complete for one in sink.of(APP)] == [True]


def test_a_large_repository_is_saved_in_parts_and_whole_at_the_end() -> None:
    contents = Contents()
    digests = many_tags(contents, APP, 2 * PART_MANIFESTS + 50)
    sink = MemorySink()
    walk(FakeSource(contents.registry()), sink, limits=LIMITS)
    *parts, whole = sink.of(APP)
    assert [part.is_complete for part in parts] == [False, False]
    assert all(PART_MANIFESTS <= len(part.manifests) < PART_MANIFESTS + 50 for part in parts)
    for part in parts:
        kept = {one.digest for one in part.manifests}
        assert part.reached == kept
        assert set(part.tags.values()) == kept
        assert len(part.configs) == len(kept)
        assert part.problems == ()
    assert whole.is_complete
    assert whole.reached == set(digests)
    assert len(whole.tags) == len(digests)
    saved = [one.digest for part in (*parts, whole) for one in part.manifests]
    assert sorted(saved) == sorted(digests)


def test_untagged_manifests_fill_parts_too() -> None:
    contents = Contents()
    images = [contents.image(str(number)) for number in range(PART_MANIFESTS + 20)]
    contents.hold(APP, *images)
    can = RegistryCapabilities(lists_untagged=True)
    sink = MemorySink()
    walk(FakeSource(contents.registry(), can), sink, limits=LIMITS)
    part, whole = sink.of(APP)
    assert (len(part.manifests), part.is_complete) == (PART_MANIFESTS, False)
    assert whole.reached == set(images)
    assert whole.is_complete


def test_aliases_do_not_fill_a_part() -> None:
    contents = Contents()
    image = contents.image("one")
    for number in range(PART_MANIFESTS + 10):
        contents.tag(APP, f"t{number}", image)
    sink = MemorySink()
    walk(FakeSource(contents.registry()), sink, limits=LIMITS)
    assert [one.is_complete for one in sink.of(APP)] == [True]


def test_a_walk_that_is_cancelled_keeps_its_parts_and_what_it_read_since() -> None:
    contents = Contents()
    many_tags(contents, APP, PART_MANIFESTS + 200)
    sink = MemorySink()
    made = RegistryWalk(BusySource(contents.registry()), sink, LIMITS)

    async def run() -> None:
        task = asyncio.create_task(made.run())
        await turn_until(lambda: made.counts.manifests >= PART_MANIFESTS + 100)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert not any(one.is_complete for one in sink.of(APP))
    assert len(sink.manifests) == made.counts.manifests
    assert set(sink.known[APP].tags.values()) == set(sink.manifests)


@dataclass(slots=True)
class TiringSource(FakeSource):
    """Answers so many tags, and then nothing any more."""

    answers: int = 0
    _given: list[str] = field(default_factory=list)

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: object
    ) -> FetchedManifest:
        self._given.append(tag)
        if len(self._given) > self.answers:
            raise RegistryUnreachableError("no answer")
        return await FakeSource.get_manifest_by_tag(self, repository, tag, ())


@pytest.mark.parametrize("answers", [10, PART_MANIFESTS, PART_MANIFESTS + 20])
def test_what_was_read_before_the_registry_fell_silent_is_kept(answers: int) -> None:
    contents = Contents()
    many_tags(contents, APP, PART_MANIFESTS + 200)
    sink = MemorySink()
    made = walk(TiringSource(contents.registry(), answers=answers), sink, limits=LIMITS)
    assert made.problems == [Problem(APP, "", "no answer")]
    assert len(sink.manifests) == made.counts.manifests == answers
    assert sink.of(APP)[-1].problems == (Problem(APP, "", "no answer"),)
    assert not any(one.is_complete for one in sink.of(APP))


def test_a_config_that_cannot_be_read_is_asked_for_once_however_many_parts_there_are() -> None:
    contents = Contents()
    old = contents.tag(APP, "a-old", contents.image("old"))
    config = contents.manifests[old].config
    assert config is not None
    broken = Faults(configs={config.digest})
    source, sink = FakeSource(contents.registry(), faults=broken), MemorySink()
    walk(source, sink, limits=LIMITS)
    many_tags(contents, APP, 2 * PART_MANIFESTS + 10)
    source.registry = contents.registry()
    made = walk(source, sink, limits=LIMITS)
    assert [one.reference for one in made.problems] == [config.digest.text]


# --- bytes, and many repositories at once -------------------------------------------------


def heavy(contents: Contents, repository: str, count: int, size_bytes: int) -> None:
    """Tags of this many manifests, each of them so long."""
    for digest in many_tags(contents, repository, count):
        contents.change(digest, size_bytes=size_bytes)


def test_a_few_long_manifests_fill_a_part_as_many_short_ones_do() -> None:
    contents = Contents()
    heavy(contents, APP, 10, 1000)
    sink = MemorySink()
    limits = WalkLimits(ask_referrers=False, part_bytes=3000)
    walk(FakeSource(contents.registry()), sink, limits=limits)
    assert [len(one.manifests) for one in sink.of(APP)] == [3, 3, 3, 1]
    assert [one.is_complete for one in sink.of(APP)] == [False, False, False, True]


def test_what_waits_in_all_repositories_together_is_bounded() -> None:
    contents = Contents()
    for number in range(6):
        heavy(contents, f"app-{number}", 20, 1000)
    waiting: list[int] = []
    sink = MemorySink(on_save=lambda _: waiting.append(made.room_bytes))
    limits = WalkLimits(ask_referrers=False, part_bytes=8000, unsaved_bytes=16_000, concurrency=6)
    made = RegistryWalk(BusySource(contents.registry()), sink, limits)
    asyncio.run(made.run())
    # Each reading under way may bring one more while others are saved.
    assert max(waiting) <= 16_000 + 8 * 1000
    assert made.room_bytes == 0
    assert len(sink.manifests) == 120


def test_no_more_manifests_are_under_way_than_there_are_readings() -> None:
    contents = Contents()
    for number in range(4):
        many_tags(contents, f"app-{number}", 300)
    source = BusySource(contents.registry())
    walk(source, MemorySink(), limits=WalkLimits(concurrency=9, ask_referrers=False))
    assert source.most["get_manifest_by_tag"] == 9
    assert source.most["get_config"] == 9


def test_long_configs_are_saved_before_the_last_of_them_is_read() -> None:
    contents = Contents()
    many_tags(contents, APP, 60)
    sink = MemorySink()
    limits = WalkLimits(ask_referrers=False, config_bytes=10 * 70)
    walk(FakeSource(contents.registry()), sink, limits=limits)
    assert [len(one.configs) for one in sink.of(APP)] == [10] * 6 + [0]
    assert set(sink.configs) == set(contents.configs)


def test_a_part_that_cannot_be_saved_is_not_forgotten() -> None:
    contents = Contents()
    many_tags(contents, APP, 5)
    refusals = ["the first"]

    def refuse(_: object) -> None:
        if refusals:
            refusals.pop()
            raise RegistryUnreachableError("no answer")

    sink = MemorySink(on_save=refuse)
    limits = WalkLimits(ask_referrers=False, part_manifests=5)
    made = walk(FakeSource(contents.registry()), sink, limits=limits)
    assert len(sink.manifests) == 5
    assert made.room_bytes == 0
