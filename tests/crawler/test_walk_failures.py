"""What a walk does when a registry answers badly, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from auditor.crawler.limits import WalkLimits
from auditor.crawler.walk import RegistryWalk
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    AuthenticationError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.fetched import TagList
from auditor.domain.image_config import ImageConfig
from auditor.domain.observation import Problem, RegistryCapabilities
from tests.crawler.bench import MemorySink, walk
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource, Faults

ONE_BY_ONE = WalkLimits(concurrency=1)


def filled(repositories: int) -> Contents:
    contents = Contents()
    for number in range(repositories):
        many_tags(contents, f"app-{number:02}", 2)
    return contents


@dataclass(slots=True)
class SilentSource(FakeSource):
    """Some repositories never answer."""

    silent: set[str] = field(default_factory=set)

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        if repository in self.silent:
            raise RegistryUnreachableError(f"no answer about {repository}")
        return await FakeSource.list_tags(self, repository, most)


def names(*numbers: int) -> set[str]:
    return {f"app-{number:02}" for number in numbers}


def test_one_broken_repository_is_recorded_and_passed_by() -> None:
    source = FakeSource(filled(4).registry(), faults=Faults(repositories={"app-01"}))
    sink = MemorySink()
    made = walk(source, sink)
    assert [(one.repository, one.reference, one.message) for one in made.problems] == [
        ("app-01", "", "app-01 failed")
    ]
    assert {one.repository for one in sink.saved if one.is_complete} == names(0, 2, 3)
    assert (made.done, made.saw_all) == (4, True)


def test_a_repository_that_fails_is_noted_without_saying_anything_of_its_contents() -> None:
    source = FakeSource(filled(1).registry(), faults=Faults(repositories={"app-00"}))
    sink = MemorySink()
    made = walk(source, sink)
    (noted,) = sink.saved
    assert (noted.tags, noted.reached, noted.is_complete) == ({}, frozenset(), False)
    assert list(noted.problems) == made.problems


def test_a_registry_that_is_none_ends_the_walk_before_it_began() -> None:
    sink = MemorySink()
    with pytest.raises(RegistryUnreachableError):
        walk(FakeSource(filled(2).registry(), faults=Faults(offline=True)), sink)
    assert sink.saved == []


def test_a_registry_that_lists_nothing_to_us_ends_the_walk() -> None:
    sink = MemorySink()
    source = FakeSource(filled(2).registry(), faults=Faults(catalogue_ends_after=0))
    made = RegistryWalk(source, sink)
    with pytest.raises(RegistryError, match="the catalogue ended in an error"):
        walk(source, sink)
    assert (sink.saved, made.saw_all) == ([], False)


def test_a_catalogue_that_breaks_off_is_a_problem_and_what_it_named_is_walked() -> None:
    source = FakeSource(filled(6).registry(), faults=Faults(catalogue_ends_after=2), page_size=2)
    sink = MemorySink()
    made = walk(source, sink)
    assert [(one.repository, one.message) for one in made.problems] == [
        ("", "the catalogue ended in an error")
    ]
    assert {one.repository for one in sink.saved} == names(0, 1, 2, 3)
    assert (made.listing_done, made.saw_all) == (False, False)


def without_the_second(code: str) -> tuple[RegistryWalk, MemorySink]:
    @dataclass(slots=True)
    class Lagging(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            if repository == "app-01":
                raise NotFoundError("gone", status=404, code=code)
            return await FakeSource.list_tags(self, repository, most)

    sink = MemorySink()
    return walk(Lagging(filled(2).registry()), sink), sink


def test_a_repository_of_the_catalogue_that_is_not_there_has_no_tags_left() -> None:
    made, sink = without_the_second("NAME_UNKNOWN")
    assert made.problems == []
    assert sink.last("app-01").tags == {}
    assert sink.last("app-01").is_complete


def test_a_404_that_is_not_the_registrys_own_says_nothing_about_tags() -> None:
    made, sink = without_the_second("")
    assert [one.repository for one in made.problems] == ["app-01"]
    assert not any(one.is_complete for one in sink.saved if one.repository == "app-01")


def test_a_repository_named_by_hand_that_is_not_there_is_a_problem_and_is_not_kept() -> None:
    sink = MemorySink()
    made = walk(FakeSource(filled(1).registry()), sink, named=("typo", "app-00"))
    assert [(one.repository, one.code) for one in made.problems] == [("typo", "NAME_UNKNOWN")]
    assert [one.repository for one in sink.saved] == ["app-00"]


def test_a_repository_we_may_not_read_does_not_end_the_walk() -> None:
    @dataclass(slots=True)
    class Partly(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            if repository in names(*range(10)):
                raise AuthenticationError("not for you", status=403, code="DENIED")
            return await FakeSource.list_tags(self, repository, most)

    sink = MemorySink()
    made = walk(Partly(filled(11).registry()), sink, limits=ONE_BY_ONE)
    assert {one.code for one in made.problems} == {"DENIED"}
    assert len(made.problems) == 10
    assert sink.last("app-10").is_complete


def test_eight_repositories_in_a_row_without_an_answer_end_the_walk() -> None:
    source = SilentSource(filled(20).registry(), silent=names(*range(3, 11)))
    sink = MemorySink()
    made = RegistryWalk(source, sink, ONE_BY_ONE)
    with pytest.raises(RegistryUnreachableError, match="no answer about app-10"):
        asyncio.run(made.run())
    assert {one.repository for one in sink.saved if one.is_complete} == names(0, 1, 2)
    assert source.asked["list_tags"] == 3
    assert not made.saw_all
    assert {one.repository for one in made.problems} == names(*range(3, 11))


def test_a_registry_that_asks_for_silence_again_and_again_is_left_alone() -> None:
    @dataclass(slots=True)
    class Overrun(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            self.asked["list_tags"] += 1
            raise RateLimitedError("slow down", status=429)

    source = Overrun(filled(20).registry())
    with pytest.raises(RateLimitedError):
        asyncio.run(RegistryWalk(source, MemorySink(), ONE_BY_ONE).run())
    assert source.asked["list_tags"] == 8


def test_seven_without_an_answer_and_then_one_that_has_it_end_nothing() -> None:
    silent = names(*range(7), *range(8, 15))
    source = SilentSource(filled(16).registry(), silent=silent)
    sink = MemorySink()
    made = walk(source, sink, limits=ONE_BY_ONE)
    assert {one.repository for one in made.problems} == silent
    assert {one.repository for one in sink.saved if one.is_complete} == names(7, 15)
    assert made.saw_all


def test_a_refusal_is_an_answer() -> None:
    silent = names(*range(7), *range(8, 15))
    source = SilentSource(
        filled(16).registry(), silent=silent, faults=Faults(repositories=names(7, 15))
    )
    made = walk(source, MemorySink(), limits=ONE_BY_ONE)
    assert len(made.problems) == 16


@dataclass(slots=True)
class DyingSource(FakeSource):
    """Stops answering about a repository once some of its tags were read."""

    lives: int = 1

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        listed = await FakeSource.list_tags(self, repository, most)
        return replace(listed, tags=tuple(sorted(listed.tags)))

    async def get_config(self, repository: str, descriptor: Descriptor) -> ImageConfig:
        raise AssertionError("nothing is asked of a registry that stopped answering")

    async def head_manifest(self, repository: str, reference: str) -> Digest | None:
        self.lives -= 1
        if self.lives < 0:
            raise RegistryUnreachableError("gone in the middle")
        return await FakeSource.head_manifest(self, repository, reference)


def test_what_was_read_of_a_repository_before_it_fell_silent_is_kept() -> None:
    contents = Contents()
    digests = many_tags(contents, "app", 3)
    can = RegistryCapabilities(counts_pulls=True)
    source, sink = DyingSource(contents.registry(), can, lives=2), MemorySink()
    made = walk(source, sink, limits=ONE_BY_ONE)
    assert [one.message for one in made.problems] == ["gone in the middle"]
    noted = sink.last("app")
    assert not noted.is_complete
    assert {one.digest for one in noted.manifests} == set(digests[:2])
    assert noted.reached == frozenset(digests[:2])
    assert noted.tags == {"t000": digests[0], "t001": digests[1]}


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("no such name", status=404, code="NAME_UNKNOWN"),
        AuthenticationError("not for you", status=401, code="UNAUTHORIZED"),
        ProtocolError("no such name", status=400, code="NAME_INVALID"),
    ],
)
def test_a_name_that_was_mistyped_leaves_nothing_behind(error: RegistryError) -> None:
    @dataclass(slots=True)
    class Refusing(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            if repository == "typo":
                raise error
            return await FakeSource.list_tags(self, repository, most)

    sink = MemorySink()
    made = walk(Refusing(filled(1).registry()), sink, named=("typo", "app-00"))
    assert [one.repository for one in made.problems] == ["typo"]
    assert {one.repository for one in sink.saved} == {"app-00"}


def test_a_name_that_somebody_mistyped_is_not_called_listed_but_absent() -> None:
    made = walk(FakeSource(filled(1).registry()), MemorySink(), named=("typo",))
    assert [one.message for one in made.problems] == [
        "no repository typo; check the name: there is no such repository, or it has no tags"
    ]


def test_a_known_repository_that_fails_now_is_kept_as_incomplete() -> None:
    source, sink = FakeSource(filled(1).registry()), MemorySink()
    walk(source, sink)
    source.faults = Faults(repositories={"app-00"})
    walk(source, sink, named=("app-00",))
    assert sink.last("app-00").problems == (Problem("app-00", "", "app-00 failed"),)


def test_where_every_repository_named_is_refused_the_crawl_is() -> None:
    @dataclass(slots=True)
    class Closed(FakeSource):
        async def list_tags(self, repository: str, most: int | None = None) -> TagList:
            raise AuthenticationError(f"{repository} is not for you", status=401)

    sink = MemorySink()
    made = RegistryWalk(Closed(filled(2).registry()), sink, named=("app-00", "app-01"))
    with pytest.raises(AuthenticationError, match="is not for you") as caught:
        asyncio.run(made.run())
    assert "check the name" in caught.value.next_step
    assert len(made.problems) == 2
    assert sink.saved == []
    assert len(walk(Closed(filled(2).registry()), MemorySink()).problems) == 2
