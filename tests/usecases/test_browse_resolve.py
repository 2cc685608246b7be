"""From what somebody wrote to one image of one registry."""

from __future__ import annotations

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import (
    InvalidReferenceError,
    RegistryUnreachableError,
    UnknownReferenceError,
)
from auditor.domain.reference import ImageReference, RegistryAddress
from auditor.usecases.crawl_registry import CrawlTarget
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import Bench, target

DIGEST = Digest.of(b"an image")


def holding(*repositories: str) -> Contents:
    contents = Contents()
    for repository in repositories:
        many_tags(contents, repository, 1)
    return contents


@pytest.mark.parametrize(
    "text, expected",
    [
        ("team/app:1.4", ImageReference("team/app", "a.example", "1.4")),
        ("team/app", ImageReference("team/app", "a.example")),
        (f"team/app@{DIGEST}", ImageReference("team/app", "a.example", digest=DIGEST)),
        ("a.example/team/app:1.4", ImageReference("team/app", "a.example", "1.4")),
        ("https://a.example/team/app", ImageReference("team/app", "a.example")),
        ("never/seen", ImageReference("never/seen", "a.example")),
    ],
)
def test_without_a_registry_the_only_one_is_meant(
    bench: Bench, text: str, expected: ImageReference
) -> None:
    bench.crawl(holding("team/app"), target("a.example"))
    assert bench.browse().resolve(text) == expected


def test_with_several_registries_somebody_has_to_say_which(either_bench: Bench) -> None:
    for registry in ("a.example", "b.example"):
        either_bench.crawl(holding("team/app"), target(registry))
    either_bench.crawl(holding("team/other"), target("c.example"))
    browse = either_bench.browse()
    with pytest.raises(UnknownReferenceError, match="may be in any of 3 registries") as error:
        browse.resolve("team/app:1.4")
    assert error.value.candidates == ("a.example/team/app:1.4", "b.example/team/app:1.4")
    assert error.value.next_step == "write it with its registry"
    for candidate in error.value.candidates:
        assert str(browse.resolve(candidate)) == candidate


def test_the_only_registry_that_holds_a_repository_is_meant(either_bench: Bench) -> None:
    """One that was only mistyped, and gave nothing, leaves no question behind."""
    either_bench.crawl(holding("team/app"), target("a.example"))
    either_bench.crawl(holding("team/other"), target("b.example"))
    browse = either_bench.browse()
    assert str(browse.resolve("team/app:1.4")) == "a.example/team/app:1.4"
    assert str(browse.resolve("team/other")) == "b.example/team/other"


def test_a_mistyped_registry_that_gave_nothing_is_no_candidate(either_bench: Bench) -> None:
    either_bench.crawl(holding("team/app"), target("a.example"))
    with pytest.raises(RegistryUnreachableError):
        either_bench.crawl(
            FakeSource(holding().registry(), faults=Faults(offline=True)), target("typo.example")
        )
    browse = either_bench.browse()
    assert str(browse.resolve("never/seen")) == "a.example/never/seen"
    with pytest.raises(UnknownReferenceError, match=r"known are: a\.example$"):
        browse.resolve("c.example/never/seen")
    either_bench.crawl(holding("team/app"), target("b.example"))
    with pytest.raises(UnknownReferenceError, match="in any of 2 registries") as error:
        browse.resolve("never/seen")
    assert error.value.candidates == ("a.example/never/seen", "b.example/never/seen")


def test_where_none_of_several_registries_holds_it_all_are_candidates(bench: Bench) -> None:
    for number in range(7):
        bench.crawl(holding("team/app"), target(f"r{number}.example"))
    with pytest.raises(UnknownReferenceError) as error:
        bench.browse().resolve("team/typo")
    assert len(error.value.candidates) == 7
    assert error.value.next_step == "write it with its registry"


def test_a_registry_that_was_never_crawled_is_named_with_those_that_were(bench: Bench) -> None:
    bench.crawl(holding("team/app"), target("a.example"))
    with pytest.raises(UnknownReferenceError, match=r"b\.example was never crawled") as error:
        bench.browse().resolve("b.example/team/app")
    assert error.value.next_step == "known are: a.example"


@pytest.mark.parametrize("text", ["", "UPPER/case", "team/app:", "team/app@sha256:1", "a b"])
def test_what_is_no_reference_is_refused(bench: Bench, text: str) -> None:
    bench.crawl(holding("team/app"), target("a.example"))
    with pytest.raises(InvalidReferenceError):
        bench.browse().resolve(text)


@pytest.mark.parametrize(
    "registry",
    ["https://a.example/mirror", "registry", "oci:/srv/images/app", "[::1]:5000", "localhost:5000"],
)
def test_every_registry_can_be_named_in_a_reference(bench: Bench, registry: str) -> None:
    address = RegistryAddress.parse(registry)
    bench.crawl(holding("team/app"), CrawlTarget(address, target().scope))
    bench.crawl(holding("team/app"), target("a.example"))
    browse = bench.browse()
    with pytest.raises(UnknownReferenceError) as error:
        browse.resolve("team/app:1.4")
    (written,) = (one for one in error.value.candidates if one.startswith(address.name))
    assert browse.resolve(written) == ImageReference("team/app", address.name, "1.4")
    assert browse.repository(address.name, "team/app").row.tags == 1
