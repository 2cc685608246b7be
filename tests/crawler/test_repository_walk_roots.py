"""What a repository's contents hang on besides tags: untagged, referrers, what was seen before."""

from __future__ import annotations

from auditor.crawler.limits import WalkLimits
from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import RegistryError
from auditor.domain.observation import RegistryCapabilities
from tests.crawler.bench import BusySource, MemorySink, walk
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource, Faults

APP = "team/app"
LISTS_UNTAGGED = RegistryCapabilities(lists_untagged=True, supports_referrers=True)


# --- untagged manifests ------------------------------------------------------------------


def test_untagged_manifests_are_read_where_the_registry_lists_them() -> None:
    contents = Contents()
    (tagged,) = many_tags(contents, APP, 1)
    left = contents.index("left behind", contents.image("old"))
    contents.hold(APP, left)
    sink = MemorySink()
    walk(FakeSource(contents.registry(), LISTS_UNTAGGED), sink)
    assert sink.last(APP).reached == set(contents.manifests)
    assert set(sink.last(APP).tags.values()) == {tagged}


def test_an_untagged_manifest_that_cannot_be_read_is_a_problem_of_its_own() -> None:
    contents = Contents()
    many_tags(contents, APP, 1)
    lost, left = contents.image("lost"), contents.image("left")
    contents.hold(APP, lost, left)
    source = FakeSource(contents.registry(), LISTS_UNTAGGED, Faults(manifests={lost}))
    sink = MemorySink()
    made = walk(source, sink)
    assert [(one.repository, one.reference) for one in made.problems] == [(APP, lost.text)]
    assert left in sink.last(APP).reached


# --- referrers ---------------------------------------------------------------------------


def signed() -> tuple[Contents, Digest, Digest, Digest]:
    """An image, its signature, and a signature of that signature."""
    contents = Contents()
    image = contents.tag(APP, "1", contents.image("one"))
    signature = contents.artifact("signature", subject=image)
    witness = contents.artifact("witness", subject=signature)
    contents.hold(APP, signature, witness)
    return contents, image, signature, witness


def test_what_is_attached_to_an_image_is_read_and_what_is_attached_to_that() -> None:
    contents, image, signature, witness = signed()
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    assert sink.last(APP).reached == {image, signature, witness}
    assert source.asked["list_referrers"] == 3


def test_referrers_are_not_asked_for_where_nobody_wants_them() -> None:
    contents, image, *_ = signed()
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink, limits=WalkLimits(ask_referrers=False))
    assert source.asked["list_referrers"] == 0
    assert sink.last(APP).reached == {image}


def test_a_registry_that_is_known_to_have_no_referrers_is_not_asked() -> None:
    contents, image, *_ = signed()
    source = FakeSource(contents.registry(), RegistryCapabilities(supports_referrers=False))
    sink = MemorySink()
    made = walk(source, sink)
    assert (made.problems, source.asked["list_referrers"]) == ([], 0)
    assert sink.last(APP).reached == {image}


def test_a_registry_that_turns_out_to_have_none_is_no_problem() -> None:
    contents, image, *_ = signed()
    contents.held[APP] = {image}
    source = FakeSource(contents.registry(), RegistryCapabilities(supports_referrers=None))
    made = walk(source, MemorySink())
    assert (made.problems, source.asked["list_referrers"]) == ([], 1)


def test_referrers_that_cannot_be_listed_are_a_problem_of_their_subject() -> None:
    contents, image, *_ = signed()
    source = FakeSource(contents.registry(), faults=Faults(referrers={APP}))
    sink = MemorySink()
    made = walk(source, sink)
    assert [(one.repository, one.reference) for one in made.problems] == [(APP, image.text)]
    assert sink.last(APP).reached == {image}
    assert sink.last(APP).is_complete


def test_a_referrer_that_cannot_be_read_is_passed_by() -> None:
    contents, image, signature, witness = signed()
    contents.hold(APP, contents.artifact("other", subject=image))
    source = FakeSource(contents.registry(), faults=Faults(vanished={signature}))
    sink = MemorySink()
    made = walk(source, sink)
    assert [one.reference for one in made.problems] == [signature.text]
    assert sink.last(APP).reached == set(contents.manifests) - {signature, witness}


def test_an_artifact_leads_to_the_image_it_is_attached_to() -> None:
    contents = Contents()
    image = contents.image("untagged")
    contents.tag(APP, "sha256-abc.sig", contents.artifact("signature", subject=image))
    contents.hold(APP, image)
    sink = MemorySink()
    made = walk(FakeSource(contents.registry()), sink)
    assert image in sink.last(APP).reached
    assert made.problems == []


def test_a_subject_that_does_not_exist_is_no_problem() -> None:
    contents = Contents()
    nothing = Digest.of(b"never pushed")
    signature = contents.tag(APP, "sig", contents.artifact("signature", subject=nothing))
    sink = MemorySink()
    made = walk(FakeSource(contents.registry()), sink)
    assert made.problems == []
    assert sink.last(APP).reached == {signature}


def test_a_subject_that_is_stored_from_elsewhere_and_not_held_here_is_no_problem() -> None:
    contents = Contents()
    image = contents.tag("a/app", "1", contents.image("one"))
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    signature = contents.tag(APP, "sig", contents.artifact("signature", subject=image))
    source.registry = contents.registry()
    made = walk(source, sink, named=(APP,))
    assert made.problems == []
    assert sink.last(APP).reached == {signature}


def test_a_subject_that_cannot_be_read_is_a_problem() -> None:
    contents = Contents()
    image = contents.image("broken")
    contents.tag(APP, "sig", contents.artifact("signature", subject=image))
    contents.hold(APP, image)
    source = FakeSource(contents.registry(), faults=Faults(manifests={image}))
    made = walk(source, MemorySink())
    assert [one.reference for one in made.problems] == [image.text]


def test_referrers_of_many_images_are_asked_for_side_by_side() -> None:
    contents = Contents()
    many_tags(contents, APP, 30)
    source = BusySource(contents.registry())
    walk(source, MemorySink())
    assert (source.asked["list_referrers"], source.most["list_referrers"]) == (30, 8)


# --- what was seen before ----------------------------------------------------------------


def orphaned(count: int = 1) -> tuple[FakeSource, MemorySink, Contents, list[Digest]]:
    """A walked repository whose first tags are gone since; their images are still held."""
    contents = Contents()
    digests = many_tags(contents, APP, count + 1)
    source, sink = FakeSource(contents.registry()), MemorySink()
    walk(source, sink)
    for number in range(count):
        contents.untag(APP, f"t{number:03}")
    source.registry = contents.registry()
    source.forget_counts()
    return source, sink, contents, digests[:count]


def test_a_manifest_nothing_points_at_any_more_is_looked_for_when_it_is_due() -> None:
    source, sink, _, (orphan,) = orphaned()
    sink.due = {orphan}
    walk(source, sink)
    assert source.asked["head_manifest"] == 1
    seen = sink.last(APP)
    assert (seen.still_there, seen.gone) == (frozenset({orphan}), frozenset())
    assert orphan not in seen.reached
    assert not source.bodies


def test_it_is_left_alone_until_then() -> None:
    source, sink, _, _ = orphaned()
    walk(source, sink)
    assert source.asked["head_manifest"] == 0
    assert (sink.last(APP).still_there, sink.last(APP).gone) == (frozenset(), frozenset())


def test_one_that_is_deleted_is_reported_gone() -> None:
    source, sink, contents, (orphan,) = orphaned()
    contents.lose(APP, orphan)
    source.registry = contents.registry()
    sink.due = {orphan}
    walk(source, sink)
    assert sink.last(APP).still_there == frozenset()
    assert sink.last(APP).gone == {orphan}


def test_what_a_tag_reaches_is_never_looked_for() -> None:
    source, sink, contents, _ = orphaned()
    sink.due = set(contents.manifests)
    walk(source, sink)
    assert source.asked["head_manifest"] == 1


def test_one_that_cannot_be_looked_for_is_a_problem_and_neither_there_nor_gone() -> None:
    source, sink, _, orphans = orphaned(3)
    sink.due = set(orphans)

    class Failing(FakeSource):
        async def head_manifest(self, repository: str, reference: str) -> Digest | None:
            if reference == orphans[0].text:
                raise RegistryError("500", status=500)
            return await FakeSource.head_manifest(self, repository, reference)

    made = walk(Failing(source.registry), sink)
    assert [one.reference for one in made.problems] == [orphans[0].text]
    assert sink.last(APP).still_there == set(orphans[1:])
    assert sink.last(APP).gone == frozenset()


def test_many_that_are_due_are_looked_for_side_by_side() -> None:
    source, sink, _, orphans = orphaned(30)
    sink.due = set(orphans)
    busy = BusySource(source.registry)
    walk(busy, sink)
    assert (busy.asked["head_manifest"], busy.most["head_manifest"]) == (30, 8)


# --- limits ------------------------------------------------------------------------------


def test_a_chain_of_referrers_is_followed_four_levels_deep_and_then_a_problem() -> None:
    contents = Contents()
    last = contents.tag(APP, "1", contents.image("one"))
    chain = [last]
    for level in range(10):
        last = contents.artifact(f"about {level}", subject=last)
        chain.append(last)
    contents.hold(APP, *chain)
    source, sink = FakeSource(contents.registry()), MemorySink()
    made = walk(source, sink)
    assert sink.last(APP).reached == set(chain[:5])
    assert source.asked["list_referrers"] == 4
    (problem,) = made.problems
    assert (problem.repository, problem.reference) == (APP, "")
    assert "more than 4 levels deep" in problem.message
    assert sink.last(APP).problems == (problem,)


def test_a_chain_of_just_four_levels_is_no_problem() -> None:
    contents = Contents()
    last = contents.tag(APP, "1", contents.image("one"))
    for level in range(3):
        last = contents.artifact(f"about {level}", subject=last)
        contents.hold(APP, last)
    made = walk(FakeSource(contents.registry()), MemorySink())
    assert made.problems == []


def test_a_repository_is_followed_up_to_its_limit_and_the_rest_is_a_problem() -> None:
    contents = Contents()
    many_tags(contents, "a/fine", 3)
    images = [contents.image(str(number)) for number in range(50)]
    contents.tag(APP, "crowd", contents.index("crowd", *images))
    source, sink = FakeSource(contents.registry()), MemorySink()
    made = walk(source, sink, limits=WalkLimits(nodes=30, ask_referrers=False))
    assert len(sink.last(APP).reached) == 10  # a third: its tags are few
    assert source.asked["get_manifest_by_digest"] == 9
    assert [one.message for one in made.problems] == [
        "more than 10 manifests hang together here; the rest was left out"
    ]
    assert sink.last("a/fine").problems == ()


def test_tags_beyond_the_limit_are_not_read_and_stay_as_they_were() -> None:
    contents = Contents()
    many_tags(contents, APP, 40)
    source, sink = FakeSource(contents.registry()), MemorySink()
    made = walk(source, sink, limits=WalkLimits(nodes=20, few_tags=5, ask_referrers=False))
    tags = sink.last(APP).tags
    assert len(tags) == 40
    assert {digest for digest in tags.values() if digest} == sink.last(APP).reached
    assert len(sink.last(APP).reached) == 20
    assert source.asked["get_manifest_by_tag"] <= 20 + 2
    assert len(made.problems) == 1


def test_manifests_that_are_listed_and_missing_count_for_the_limit_too() -> None:
    contents = Contents()
    for number in range(5):
        missing = [
            Descriptor(media_types.OCI_MANIFEST, Digest.of(f"{number} {one}".encode()), 1)
            for one in range(20)
        ]
        contents.tag(APP, f"t{number}", contents.index(str(number), strangers=missing))
    source = FakeSource(contents.registry())
    made = walk(source, MemorySink(), limits=WalkLimits(nodes=90, ask_referrers=False))
    assert source.asked["get_manifest_by_digest"] == 30
    assert made.problems[-1].message.startswith("more than 30 manifests hang together here")
