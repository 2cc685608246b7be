"""What pages say of a past moment is what they said then, once removals were confirmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.errors import UnknownReferenceError
from auditor.domain.views import ImageView, RepositoryView
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench, day

APP, OTHER, OLD = "team/app", "team/other", "team/old"
EVERYTHING_MAY_GO = CrawlLimits(guard_ratio=1.0, recheck_days=0)


@pytest.fixture
def bench(either_bench: Bench) -> Bench:
    """A registry with a past: pushed on day 0, retagged on 2, thinned out on 4."""
    either_bench.limits = EVERYTHING_MAY_GO
    contents = Contents()
    shared = layer(1_000, "shared")
    one = contents.tag(APP, "latest", contents.image("one", shared, layer(100, "one")))
    contents.tag(OTHER, "v1", contents.image("other", shared))
    contents.tag(OLD, "v1", contents.image("old", shared, layer(10, "old")))
    _crawl_twice(either_bench, contents, first=0)
    contents.tag(APP, "latest", contents.image("two", shared, layer(200, "two")))
    _crawl_twice(either_bench, contents, first=2)
    contents.lose(APP, one)
    contents.remove(OLD)
    _crawl_twice(either_bench, contents, first=4)
    return either_bench


def _crawl_twice(bench: Bench, contents: Contents, *, first: float) -> None:
    for number in (first, first + 1):
        bench.crawl(contents, at=day(number))


def repository(bench: Bench, name: str, at: float | None = None) -> RepositoryView:
    return bench.browse().repository(REGISTRY, name, at=None if at is None else day(at))


def image(bench: Bench, text: str, at: float | None = None) -> ImageView:
    browse = bench.browse()
    return browse.image(browse.resolve(text), None, None if at is None else day(at))


def test_a_tag_points_at_what_it_pointed_at(bench: Bench) -> None:
    assert image(bench, f"{APP}:latest", 1).pull_bytes < image(bench, f"{APP}:latest").pull_bytes
    for moment in (2, 3.5, 5):
        assert image(bench, f"{APP}:latest", moment).digest == image(bench, f"{APP}:latest").digest


def test_layers_say_who_shared_them(bench: Bench) -> None:
    shared = [image(bench, f"{APP}:latest", at).layers[0].shared_by_repositories for at in (1, 5)]
    assert shared == [3, 2]
    assert image(bench, f"{APP}:latest").layers[0].shared_by_repositories == 2


def test_a_manifest_without_a_tag_is_there_until_it_was_lost(bench: Bench) -> None:
    digest = image(bench, f"{APP}:latest", 0).digest
    assert image(bench, f"{APP}@{digest}", 3).tags == ()
    with pytest.raises(UnknownReferenceError, match="is not stored on 2026-03-06"):
        image(bench, f"{APP}@{digest}", 4)


def test_a_repository_says_what_it_held(bench: Bench) -> None:
    before, between, after = (repository(bench, APP, moment) for moment in (1, 3, 5))
    assert [view.row.images for view in (before, between, after)] == [1, 2, 1]
    assert [view.untagged_images for view in (before, between, after)] == [0, 1, 0]
    assert [view.row.sizes.exclusive_bytes for view in (before, between, after)] == [
        570 + 100, 570 * 2 + 300, 570 + 200,
    ]  # fmt: skip
    assert [other.repository for other in before.shared_with] == [OLD, OTHER]
    assert [other.repository for other in after.shared_with] == [OTHER]
    sizes = [[blob.size_bytes for blob in view.blobs][:2] for view in (before, after)]
    assert sizes == [[1_000, 500], [1_000, 500]]
    assert [view.blobs[0].shared_by_repositories for view in (before, after)] == [3, 2]


@pytest.mark.parametrize("moment", [4, 4.5, 5])
def test_the_last_state_is_that_of_now_from_its_first_crawl_on(bench: Bench, moment: float) -> None:
    then, now = repository(bench, APP, moment), repository(bench, APP)
    assert replace(then, as_of=None, history=()) == replace(now, as_of=None, history=())


def test_a_history_ends_at_the_moment_that_is_looked_at(bench: Bench) -> None:
    assert [point.at for point in repository(bench, APP, 3).history] == [day(0), day(2), day(3)]
    assert len(repository(bench, APP, 4).history) == 3


def test_a_repository_that_is_gone_has_a_past(bench: Bench) -> None:
    assert repository(bench, OLD, 3).row.tags == 1
    for moment in (4, None):
        with pytest.raises(UnknownReferenceError, match="no repository team/old"):
            repository(bench, OLD, moment)


def test_nothing_was_known_before_the_first_crawl(bench: Bench) -> None:
    with pytest.raises(UnknownReferenceError, match="was known on 2026-03-01"):
        repository(bench, APP, -1)
