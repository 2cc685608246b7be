"""How one repository is read: tags, what they list, configs, and what is known already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from auditor.crawler.limits import WalkLimits
from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.fetched import FetchedManifest
from auditor.domain.observation import RegistryCapabilities
from tests.crawler.bench import BusySource, MemorySink, walk
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource, Faults

APP = "team/app"
COUNTS_PULLS = RegistryCapabilities(counts_pulls=True, supports_referrers=False)
NO_REFERRERS = WalkLimits(ask_referrers=False)


@dataclass(slots=True)
class OfferSource(FakeSource):
    """Remembers what was offered with each request by tag."""

    offers: dict[str, Sequence[Digest]] = field(default_factory=dict)

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        self.offers[tag] = known
        return await FakeSource.get_manifest_by_tag(self, repository, tag, known)


def test_a_first_walk_reads_by_tag_and_asks_for_nothing_else() -> None:
    contents = Contents()
    digests = many_tags(contents, APP, 3)
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink, limits=NO_REFERRERS)
    assert source.asked == {
        "check": 1,
        "list_repositories": 1,
        "list_tags": 1,
        "get_manifest_by_tag": 3,
        "get_config": 3,
    }
    seen = sink.last(APP)
    assert seen.tags == dict(zip(["t000", "t001", "t002"], digests, strict=True))
    assert seen.reached == set(digests)
    assert {one.digest for one in seen.manifests} == set(digests)
    assert {one.digest for one in seen.configs} == set(contents.configs)
    assert (seen.problems, seen.is_complete) == ((), True)


def test_an_alias_transfers_no_second_body() -> None:
    contents = Contents()
    image = contents.image("one")
    for tag in ("1", "1.4", "1.4.2", "latest"):
        contents.tag(APP, tag, image)
    source, sink = FakeSource(contents.registry()), MemorySink()
    made = walk(source, sink)
    assert source.bodies[image] == 1
    assert source.not_modified == 3
    assert (made.counts.tags, made.counts.manifests) == (4, 1)
    assert set(sink.last(APP).tags.values()) == {image}


def test_a_second_walk_of_the_same_transfers_nothing() -> None:
    contents = Contents()
    many_tags(contents, APP, 40)
    contents.tag(APP, "multi", contents.index("multi", contents.image("a"), contents.image("b")))
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    source.forget_counts()
    made = walk(source, sink)
    assert not source.bodies
    assert source.not_modified == 41
    assert (made.counts.manifests, made.counts.configs) == (0, 0)
    assert sink.last(APP).manifests == ()
    assert sink.last(APP).reached == contents.held[APP]


def test_what_a_tag_pointed_at_before_is_offered_first() -> None:
    contents = Contents()
    digests = many_tags(contents, APP, 3)
    source, sink = OfferSource(contents.registry()), MemorySink()
    walk(source, sink)
    moved = contents.tag(APP, "t001", contents.image("newer"))
    source.registry = contents.registry()
    walk(source, sink)
    assert [source.offers[tag][0] for tag in ("t000", "t001", "t002")] == digests
    assert set(source.offers["t000"]) == set(digests)
    assert sink.last(APP).tags["t001"] == moved


def test_a_tag_that_moved_to_a_known_manifest_transfers_nothing() -> None:
    contents = Contents()
    first, second = many_tags(contents, APP, 2)
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    contents.tag(APP, "t000", second)
    source.registry = contents.registry()
    source.forget_counts()
    walk(source, sink)
    assert not source.bodies
    assert sink.last(APP).tags == {"t000": second, "t001": second}
    assert first not in sink.last(APP).reached


def test_an_answer_without_manifest_or_digest_is_a_problem_of_that_tag() -> None:
    class Mute(FakeSource):
        async def get_manifest_by_tag(
            self, repository: str, tag: str, known: Sequence[Digest]
        ) -> FetchedManifest:
            if tag == "t000":
                return FetchedManifest()
            return await FakeSource.get_manifest_by_tag(self, repository, tag, known)

    contents = Contents()
    _, second = many_tags(contents, APP, 2)
    sink = MemorySink()
    made = walk(Mute(contents.registry()), sink)
    assert [(one.repository, one.reference) for one in made.problems] == [(APP, "t000")]
    assert sink.last(APP).tags == {"t000": None, "t001": second}


# --- registries that count pulls ---------------------------------------------------------


def test_where_pulls_are_counted_a_head_comes_first_and_a_body_is_fetched_once() -> None:
    contents = Contents()
    image = contents.tag(APP, "1", contents.image("one"))
    contents.tag(APP, "latest", image)
    source, sink = FakeSource(contents.registry(), COUNTS_PULLS), MemorySink()
    walk(source, sink, limits=NO_REFERRERS)
    assert source.asked["get_manifest_by_tag"] == 0
    assert (source.asked["head_manifest"], source.asked["get_manifest_by_digest"]) == (2, 1)
    assert sink.last(APP).tags == {"1": image, "latest": image}


def test_where_pulls_are_counted_no_stored_manifest_is_fetched_again() -> None:
    contents = Contents()
    index = contents.index("multi", contents.image("a"), contents.image("b"))
    contents.tag(APP, "1", index)
    source, sink = FakeSource(contents.registry(), COUNTS_PULLS), MemorySink()
    walk(source, sink)
    source.forget_counts()
    contents.tag(APP, "2", index)
    source.registry = contents.registry()
    walk(source, sink)
    assert not source.bodies
    assert source.asked["head_manifest"] == 2


def test_where_pulls_are_counted_lanes_side_by_side_fetch_a_manifest_once() -> None:
    contents = Contents()
    index = contents.index("multi", contents.image("a"), contents.image("b"))
    for number in range(100):
        contents.tag(APP, f"t{number}", index)
    source, sink = BusySource(contents.registry(), COUNTS_PULLS), MemorySink()
    made = walk(source, sink)
    assert source.most["head_manifest"] > 1
    assert set(source.bodies.values()) == {1}
    assert made.counts.manifests == 3


def test_a_manifest_stored_from_another_repository_costs_a_head_and_no_body() -> None:
    contents = Contents()
    image = contents.image("shared")
    contents.tag("a/app", "1", image)
    source, sink = FakeSource(contents.registry(), COUNTS_PULLS), MemorySink()
    walk(source, sink)
    contents.tag("b/app", "1", contents.index("copies", image))
    source.registry = contents.registry()
    source.forget_counts()
    walk(source, sink, named=("b/app",))
    assert source.bodies[image] == 0
    assert sink.last("b/app").reached == contents.held["b/app"]


def test_a_tag_that_vanishes_between_list_and_head_is_a_problem() -> None:
    contents = Contents()
    gone, image = many_tags(contents, APP, 2)
    contents.lose(APP, gone)
    sink = MemorySink()
    made = walk(FakeSource(contents.registry(), COUNTS_PULLS), sink)
    assert [one.message for one in made.problems] == [f"{APP}:t000 vanished while it was read"]
    assert sink.last(APP).tags == {"t000": None, "t001": image}


# --- indexes -----------------------------------------------------------------------------


def test_what_an_index_lists_is_read_at_any_sensible_depth() -> None:
    contents = Contents()
    leaf = contents.image("leaf")
    top = leaf
    for level in range(5):
        top = contents.index(f"level {level}", top, contents.image(f"beside {level}"))
    contents.tag(APP, "deep", top)
    sink = MemorySink()
    made = walk(FakeSource(contents.registry()), sink)
    assert made.problems == []
    assert sink.last(APP).reached == set(contents.manifests)
    assert len(sink.last(APP).configs) == 6


def test_a_manifest_that_two_indexes_list_is_read_once() -> None:
    contents = Contents()
    shared = contents.image("shared")
    for number in range(80):
        index = contents.index(str(number), shared, contents.image(f"own {number}"))
        contents.tag(APP, f"t{number:02}", index)
    source = BusySource(contents.registry())
    made = walk(source, MemorySink())
    assert source.bodies[shared] == 1
    assert set(source.bodies.values()) == {1}
    assert made.counts.manifests == 161


def test_indexes_that_list_one_another_are_read_once() -> None:
    contents = Contents()
    first = contents.index("first", contents.image("a"))
    second = contents.index("second", first)
    contents.change(first, children=(contents.describe(second), contents.describe(first)))
    contents.tag(APP, "round", first)
    source, sink = FakeSource(contents.registry()), MemorySink()
    made = walk(source, sink)
    assert made.problems == []
    assert sink.last(APP).reached == {first, second}
    assert set(source.bodies.values()) == {1}


def test_indexes_nested_without_end_are_followed_for_a_while_and_then_a_problem() -> None:
    contents = Contents()
    top = contents.image("leaf")
    for level in range(50):
        top = contents.index(f"level {level}", top)
    contents.tag(APP, "deep", top)
    image = contents.tag(APP, "fine", contents.image("fine"))
    sink = MemorySink()
    made = walk(FakeSource(contents.registry()), sink)
    (problem,) = made.problems
    assert "nested too deep" in problem.message
    assert image in sink.last(APP).reached
    assert 5 < len(sink.last(APP).reached) < 12


def test_an_index_of_too_many_manifests_is_kept_and_not_followed() -> None:
    contents = Contents()
    image = Digest.of(b"nowhere")
    crowd = [Descriptor(media_types.OCI_MANIFEST, image, 1)] * 10_001
    index = contents.tag(APP, "crowd", contents.index("crowd", strangers=crowd))
    source, sink = FakeSource(contents.registry()), MemorySink()
    made = walk(source, sink)
    assert ["lists too many manifests" in one.message for one in made.problems] == [True]
    assert sink.last(APP).reached == {index}
    assert source.asked["get_manifest_by_digest"] == 0


def test_a_child_that_is_missing_is_one_problem_and_its_siblings_are_read() -> None:
    contents = Contents()
    images = [contents.image(name) for name in "abc"]
    index = contents.index("sparse", *images)
    for number in range(70):
        contents.tag(APP, f"t{number}", index)
    contents.lose(APP, images[1])
    sink = MemorySink()
    made = walk(BusySource(contents.registry()), sink)
    assert {(one.repository, one.reference) for one in made.problems} == {(APP, images[1].text)}
    assert sink.last(APP).reached == {index, images[0], images[2]}
    assert sink.last(APP).problems == tuple(made.problems)
    assert len(made.problems) == 1


def test_a_child_that_is_stored_but_not_held_here_is_missing_here() -> None:
    contents = Contents()
    image = contents.tag("a/app", "1", contents.image("one"))
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    index = contents.tag("b/app", "1", contents.index("sparse", image))
    contents.lose("b/app", image)
    source.registry = contents.registry()
    made = walk(source, sink, named=("b/app",))
    assert "which it does not hold" in made.problems[0].message
    assert sink.last("b/app").reached == {index}


def test_what_an_index_lists_without_a_type_is_asked_for() -> None:
    contents = Contents()
    image = contents.image("one")
    contents.hold(APP, image)
    untyped = Descriptor("", image, 10)
    index = contents.tag(APP, "multi", contents.index("untyped", strangers=[untyped]))
    sink = MemorySink()
    made = walk(FakeSource(contents.registry()), sink)
    assert made.problems == []
    assert sink.last(APP).reached == {index, image}


def test_what_an_index_lists_besides_manifests_is_not_asked_for_as_one() -> None:
    contents = Contents()
    blob = Descriptor("application/vnd.oci.image.layer.v1.tar", Digest.of(b"cache"), 10)
    contents.tag(APP, "cache", contents.index("cache", strangers=[blob]))
    source = FakeSource(contents.registry())
    made = walk(source, MemorySink())
    assert (made.problems, source.asked["get_manifest_by_digest"]) == ([], 0)


# --- configs -----------------------------------------------------------------------------


def test_a_config_that_cannot_be_read_is_a_problem_and_its_image_stays() -> None:
    contents = Contents()
    image, other = many_tags(contents, APP, 2)
    broken = contents.manifests[image].config
    assert broken is not None
    source = FakeSource(contents.registry(), faults=Faults(configs={broken.digest}))
    sink = MemorySink()
    made = walk(source, sink)
    assert [(one.reference, one.repository) for one in made.problems] == [(broken.digest.text, APP)]
    assert sink.last(APP).reached == {image, other}
    assert len(sink.last(APP).manifests) == 2
    assert len(sink.last(APP).configs) == 1


def test_a_config_that_could_not_be_read_is_tried_again_by_the_next_walk() -> None:
    contents = Contents()
    (image,) = many_tags(contents, APP, 1)
    config = contents.manifests[image].config
    assert config is not None
    source = FakeSource(contents.registry(), faults=Faults(configs={config.digest}))
    sink = MemorySink()
    walk(source, sink)
    source.faults = Faults()
    made = walk(source, sink)
    assert [one.digest for one in sink.last(APP).configs] == [config.digest]
    assert made.problems == []


def test_images_with_one_config_have_it_read_once() -> None:
    contents = Contents()
    config = contents.configs[contents.manifests[contents.image("a")].config.digest]  # type: ignore[union-attr]
    for number in range(5):
        contents.tag(APP, f"t{number}", contents.image(f"image {number}", config=config))
    source = FakeSource(contents.registry())
    walk(source, MemorySink())
    assert source.asked["get_config"] == 1


def test_artifacts_have_no_config_to_read() -> None:
    contents = Contents()
    contents.tag(APP, "sig", contents.artifact("signature"))
    source = FakeSource(contents.registry())
    made = walk(source, MemorySink())
    assert (made.problems, source.asked["get_config"]) == ([], 0)


@pytest.mark.parametrize("counts_pulls", [False, True])
def test_a_manifest_that_cannot_be_read_is_a_problem_of_its_tag(counts_pulls: bool) -> None:
    contents = Contents()
    broken, fine = many_tags(contents, APP, 2)
    source = FakeSource(
        contents.registry(),
        RegistryCapabilities(counts_pulls=counts_pulls),
        Faults(manifests={broken}),
    )
    sink = MemorySink()
    made = walk(source, sink)
    assert [(one.repository, one.reference) for one in made.problems] == [(APP, "t000")]
    assert sink.last(APP).reached == {fine}
    assert set(sink.last(APP).tags) == {"t000", "t001"}
    assert sink.last(APP).is_complete
