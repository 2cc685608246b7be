"""A crawl of some tags only: polite, honest about the rest, and no removal of anything."""

from __future__ import annotations

from auditor.crawler.limits import WalkLimits
from auditor.domain.observation import RegistryCapabilities
from tests.crawler.bench import MemorySink, walk
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource

APP = "library/python"
LISTS_UNTAGGED = RegistryCapabilities(lists_untagged=True, supports_referrers=True)


def only(*globs: str) -> WalkLimits:
    return WalkLimits(tags=globs)


def test_nothing_is_asked_about_tags_outside_the_globs() -> None:
    contents = Contents()
    many_tags(contents, APP, 30)
    contents.hold(APP, contents.image("untagged"))
    source, sink = FakeSource(contents.registry(), LISTS_UNTAGGED), MemorySink()
    made = walk(source, sink, limits=only("t00?"))
    assert source.asked["get_manifest_by_tag"] == 10
    assert source.asked["list_referrers"] == 10
    assert source.asked["list_untagged"] == 0
    seen = sink.last(APP)
    assert len(seen.tags) == len(seen.reached) == made.counts.tags == 10
    assert (seen.is_complete, seen.is_limited) == (True, True)


def test_a_walk_that_reads_all_there_is_is_not_limited() -> None:
    contents = Contents()
    many_tags(contents, APP, 3)
    sink = MemorySink()
    walk(FakeSource(contents.registry()), sink, limits=only("t*"))
    assert not sink.last(APP).is_limited


def test_what_is_known_outside_the_globs_stays_as_it_was_without_a_request() -> None:
    contents = Contents()
    digests = many_tags(contents, APP, 12)
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    sink.due = set(digests)
    moved = contents.tag(APP, "t011", contents.image("moved"))
    contents.tag(APP, "t012", contents.image("new"))
    source = FakeSource(contents.registry())
    walk(source, sink, limits=only("t000"))
    seen = sink.last(APP)
    assert seen.tags == {"t000": digests[0], **dict.fromkeys(f"t{n:03}" for n in range(1, 12))}
    assert seen.reached == set(digests)
    assert moved not in seen.reached
    assert not seen.gone | seen.still_there
    assert source.asked["head_manifest"] == 0
    assert source.asked["list_referrers"] == 1


def test_a_tag_within_the_globs_that_is_gone_is_missing_and_one_outside_is_too() -> None:
    contents = Contents()
    many_tags(contents, APP, 4)
    sink = MemorySink()
    walk(FakeSource(contents.registry()), sink)
    contents.untag(APP, "t000")
    contents.untag(APP, "t003")
    walk(FakeSource(contents.registry()), sink, limits=only("t00[01]"))
    assert set(sink.last(APP).tags) == {"t001", "t002"}
