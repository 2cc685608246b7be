"""Each kind of part on a crawled registry, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from auditor.domain.change import ChangeKind, ChangePart, ExplainedChange
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.exactness import Exactness
from auditor.domain.observation import StorageScope
from auditor.usecases.crawl_registry import CrawlLimits
from auditor.usecases.explain_change import explain_group
from tests.fakes.contents import CONFIG_BYTES, INDEX_BYTES, MANIFEST_BYTES, Contents, layer
from tests.fakes.source import FakeSource
from tests.usecases.bench import LISTS_ALL, REGISTRY, Bench, day, target

APP, OTHER, BASE = "team/app", "team/other", "base/os"
FRAME = MANIFEST_BYTES + CONFIG_BYTES
"""What an image takes beside its layers."""


@pytest.fixture
def bench(either_bench: Bench) -> Bench:
    either_bench.limits = CrawlLimits(guard_ratio=1.0, recheck_days=0)
    return either_bench


@pytest.fixture
def contents() -> Contents:
    """An application on a base that is known by its own repository."""
    made = Contents()
    made.tag(BASE, "12", made.image("os12", layer(1_000, "os12")))
    made.tag(APP, "latest", made.image("app1", layer(1_000, "os12"), layer(50, "app1")))
    return made


def crawl(bench: Bench, contents: Contents) -> None:
    """Twice: what is gone is confirmed."""
    bench.crawl(contents)
    bench.crawl(contents)


def changes(
    bench: Bench, repository: str = "", start: float = 0, end: float | None = None
) -> ExplainedChange:
    until = day(bench.crawls if end is None else end)
    return bench.browse().changes(REGISTRY, repository, start=day(start), end=until)


def parts(change: ExplainedChange) -> dict[str, tuple[int, int]]:
    """Those with anything in them; fails unless all of them add up."""
    assert sum(part.net_bytes for part in change.parts) == change.net_bytes
    return {
        part.kind.value: (part.added_bytes, part.removed_bytes)
        for part in change.parts
        if part.added_bytes or part.removed_bytes
    }


def part(change: ExplainedChange, kind: ChangeKind) -> ChangePart:
    return next(one for one in change.parts if one.kind is kind)


def test_a_new_tag_brings_its_image(bench: Bench, contents: Contents) -> None:
    crawl(bench, contents)
    digest = contents.tag(APP, "2.0", contents.image("app2", layer(1_000, "os12"), layer(70, "x")))
    crawl(bench, contents)
    change = changes(bench, APP)
    assert parts(change) == {"new_tags": (FRAME + 70, 0)}
    (contributor,) = part(change, ChangeKind.NEW_TAGS).contributors
    assert (contributor.tag, contributor.digest, contributor.net_bytes) == (
        "2.0", digest, FRAME + 70,
    )  # fmt: skip
    assert parts(changes(bench)) == {"new_tags": (FRAME + 70, 0)}


def test_a_moved_tag_brings_new_images_and_its_old_ones_stay_until_they_are_lost(
    bench: Bench, contents: Contents
) -> None:
    crawl(bench, contents)
    old = contents.tags[APP]["latest"]
    contents.tag(APP, "latest", contents.image("app2", layer(1_000, "os12"), layer(70, "app2")))
    crawl(bench, contents)
    contents.lose(APP, old)
    crawl(bench, contents)
    assert parts(changes(bench, APP, 0, 3)) == {"new_images": (FRAME + 70, 0)}
    assert parts(changes(bench, APP, 3, 5)) == {"removals": (0, FRAME + 50)}
    assert parts(changes(bench, APP, 0, 5)) == {"new_images": (FRAME + 70, FRAME + 50)}


def test_a_rebuild_on_another_base_is_a_base_move_and_new_images(
    bench: Bench, contents: Contents
) -> None:
    crawl(bench, contents)
    old = contents.tags[APP]["latest"]
    contents.tag(BASE, "13", contents.image("os13", layer(1_200, "os13")))
    new = contents.image("app2", layer(1_200, "os13"), layer(60, "app2"))
    contents.tag(APP, "latest", new)
    contents.lose(APP, old)
    crawl(bench, contents)
    change = changes(bench, APP)
    assert parts(change) == {"new_images": (FRAME + 60, FRAME + 50), "base_moves": (1_200, 1_000)}
    assert part(change, ChangeKind.BASE_MOVES).contributors[0].digest == new


def test_what_is_pushed_without_a_tag_is_untagged(bench: Bench, contents: Contents) -> None:
    bench.crawl(FakeSource(contents.registry(), LISTS_ALL))
    contents.hold(APP, contents.image("stray", layer(9, "stray")))
    bench.crawl(FakeSource(contents.registry(), LISTS_ALL))
    change = changes(bench, APP)
    assert parts(change) == {"untagged": (FRAME + 9, 0)}
    assert change.figures.exactness is Exactness.EXACT


def test_a_signature_of_what_was_there_is_untagged(bench: Bench, contents: Contents) -> None:
    crawl(bench, contents)
    contents.hold(APP, contents.artifact("signature", contents.tags[APP]["latest"]))
    crawl(bench, contents)
    assert parts(changes(bench, APP)) == {"untagged": (MANIFEST_BYTES + 2 + 200, 0)}


def test_a_repository_that_is_gone_is_a_removal(bench: Bench, contents: Contents) -> None:
    crawl(bench, contents)
    contents.remove(APP)
    crawl(bench, contents)
    assert parts(changes(bench, APP)) == {"removals": (0, FRAME + 1_050)}
    assert parts(changes(bench)) == {"removals": (0, FRAME + 50)}


def test_what_moved_and_moved_back_does_not_count(bench: Bench, contents: Contents) -> None:
    crawl(bench, contents)
    old = contents.tags[APP]["latest"]
    new = contents.tag(APP, "latest", contents.image("app2", layer(1, "app2")))
    contents.lose(APP, old)
    crawl(bench, contents)
    contents.tag(APP, "latest", old)
    contents.lose(APP, new)
    crawl(bench, contents)
    assert parts(changes(bench, APP)) == {}


def test_a_registry_counts_what_it_stores_once_in_every_scope(
    bench: Bench, contents: Contents
) -> None:
    where = target(scope=StorageScope.NAMESPACE)
    bench.crawl(contents, where)
    contents.tag("a/x", "1", contents.image("x", layer(1_000, "os12"), layer(5, "x")))
    contents.tag("a/y", "1", contents.tags["a/x"]["1"])
    contents.tag("team/z", "1", contents.tags["a/x"]["1"])
    bench.crawl(contents, where)
    expected = {"new_tags": (2 * (FRAME + 5) + 1_000, 0)}
    assert parts(changes(bench)) == expected


def test_an_index_is_below_its_tag_with_all_its_images(bench: Bench, contents: Contents) -> None:
    crawl(bench, contents)
    one, two = (contents.image(name, layer(7, name)) for name in ("one", "two"))
    contents.tag(APP, "multi", contents.index("multi", one, two))
    crawl(bench, contents)
    assert parts(changes(bench, APP)) == {"new_tags": (INDEX_BYTES + 2 * (FRAME + 7), 0)}


def group(bench: Bench, *names: str, start: float = 0) -> ExplainedChange:
    with bench.database.reading() as connection:
        return explain_group(
            connection, [(REGISTRY, name) for name in names], day(start), day(bench.crawls)
        )


def test_a_neighbour_that_comes_takes_its_share_and_one_that_goes_gives_it_back(
    bench: Bench, contents: Contents
) -> None:
    crawl(bench, contents)
    contents.tag(OTHER, "1", contents.image("other", layer(1_000, "os12")))
    crawl(bench, contents)
    arrived = group(bench, APP)
    assert parts(arrived) == {"shared_with_others": (0, 500 - 333)}
    shared = part(arrived, ChangeKind.SHARED).contributors
    assert [one.digest for one in shared] == [layer(1_000, "os12").digest]
    contents.remove(OTHER)
    contents.remove(BASE)
    crawl(bench, contents)
    assert parts(group(bench, APP, start=3)) == {"shared_with_others": (1_000 - 333, 0)}
    assert parts(group(bench)) == {}


def test_a_digest_with_another_size_is_a_correction(bench: Bench, contents: Contents) -> None:
    crawl(bench, contents)
    honest = layer(50, "app1")
    contents.tag(OTHER, "1", contents.image("liar", replace(honest, size_bytes=80)))
    crawl(bench, contents)
    change = changes(bench, APP)
    assert parts(change) == {"size_corrections": (30, 0)}
    (contributor,) = part(change, ChangeKind.SIZES).contributors
    assert (contributor.digest, contributor.net_bytes) == (honest.digest, 30)
    assert parts(changes(bench)) == {"new_tags": (FRAME, 0), "size_corrections": (30, 0)}


def test_another_storage_scope_in_between_is_left_over(bench: Bench, contents: Contents) -> None:
    bench.crawl(contents, target())
    bench.crawl(contents, target(scope=StorageScope.REPOSITORY))
    assert parts(changes(bench)) == {"other": (1_000, 0)}
    assert parts(changes(bench, APP)) == {}


def test_what_a_running_crawl_has_stored_is_not_counted_yet(
    bench: Bench, contents: Contents
) -> None:
    crawl(bench, contents)
    contents.tag(APP, "2.0", contents.image("app2", layer(70, "x")))
    bench.crawl(contents)
    with bench.database.writing() as connection:
        connection.execute(
            text("UPDATE crawl SET outcome = 'running' WHERE id = (SELECT MAX(id) FROM crawl)")
        )
    assert parts(changes(bench, APP)) == {}


def test_dates_before_the_first_crawl_are_refused_with_the_day_it_began(
    bench: Bench, contents: Contents
) -> None:
    bench.crawl(contents)
    with pytest.raises(UsageError, match="its past begins on 2026-03-02 06:00 UTC"):
        changes(bench, APP, start=-1)
    with pytest.raises(UsageError, match="earlier date first"):
        changes(bench, APP, start=1, end=0)


def test_what_was_never_seen_is_refused(bench: Bench, contents: Contents) -> None:
    browse = bench.browse()
    with pytest.raises(UnknownReferenceError, match="nothing was crawled yet"):
        browse.changes(start=day(0))
    bench.crawl(contents)
    assert browse.changes(start=day(0)).registry == REGISTRY
    with pytest.raises(UnknownReferenceError, match="no repository team/none was ever seen"):
        changes(bench, "team/none")
    with pytest.raises(UnknownReferenceError, match="was never crawled"):
        browse.changes("nowhere.example", start=day(0))
    bench.crawl(contents, target("second.example"))
    with pytest.raises(UnknownReferenceError, match="there are 2 registries"):
        browse.changes(start=day(0))


def test_a_group_of_several_registries_is_one_sum(bench: Bench, contents: Contents) -> None:
    for registry in (REGISTRY, "second.example"):
        bench.crawl(contents, target(registry), at=day(0))
    contents.tag(APP, "2.0", contents.image("app2", layer(70, "x")))
    for registry in (REGISTRY, "second.example"):
        bench.crawl(contents, target(registry), at=day(1))
    names = [(registry, APP) for registry in (REGISTRY, "second.example")]
    with bench.database.reading() as connection:
        change = explain_group(connection, names, day(0), day(1))
    assert parts(change) == {"new_tags": (2 * (FRAME + 70), 0)}
