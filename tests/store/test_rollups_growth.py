"""By how much a repository's stored bytes changed over the last thirty days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from auditor.domain.manifest import Manifest
from auditor.domain.observation import CrawlOutcome, RepositoryObservation, StorageScope
from auditor.store.rollups import GROWTH_DAYS
from auditor.store.tables.totals import RepositoryTotalRow
from tests.store.bench import NAME, Bench
from tests.store.things import image, layer, seen

APP = "team/app"
OTHER = "other.example"
A_MOMENT = timedelta(microseconds=1) / timedelta(days=1)


def holding(*sizes: int, repository: str = APP) -> RepositoryObservation:
    """A repository with an image of each of these sizes altogether."""
    tags: Mapping[str, Manifest] = {
        f"v{size}": image(f"{repository} {size}", layer(f"{repository} layer {size}", size - 100))
        for size in sizes
    }
    return seen(repository, dict(tags))


def growth(bench: Bench, repository: str = APP, registry: str = NAME) -> int | None:
    (row,) = (
        row for row in bench.ranking() if (row.registry, row.repository) == (registry, repository)
    )
    return row.growth_bytes


def test_nothing_is_known_until_the_past_is_thirty_days_old(bench: Bench) -> None:
    bench.crawl(holding(1_000))
    for number in (1, 15, GROWTH_DAYS - A_MOMENT):
        bench.crawl(holding(1_000, 500), at=number)
        assert growth(bench) is None
    bench.crawl(holding(1_000, 500), at=GROWTH_DAYS)
    assert growth(bench) == 500


def test_a_change_counts_for_thirty_days_and_no_longer(bench: Bench) -> None:
    """The repository itself is not touched in the end: only time goes by."""
    bench.crawl(holding(1_000))
    for number, expected in ((10, None), (30, 500), (40 - A_MOMENT, 500), (40, 0), (41, 0)):
        bench.crawl(holding(1_000, 500), at=number)
        assert growth(bench) == expected, number


def test_changes_in_the_window_add_up_and_leave_it_one_by_one(bench: Bench) -> None:
    sizes = [1_000, 300, 200]
    for place, number in enumerate((0, 5, 20)):
        bench.crawl(holding(*sizes[: place + 1]), at=number)
    for number, expected in ((30, 500), (34, 500), (35, 200), (49, 200), (50, 0)):
        bench.crawl(holding(*sizes), at=number)
        assert growth(bench) == expected, number


def test_after_a_long_silence_what_happened_before_it_is_no_growth(bench: Bench) -> None:
    bench.crawl(holding(1_000))
    bench.crawl(holding(1_000, 500), at=5)
    bench.crawl(holding(1_000, 500), at=100)
    assert growth(bench) == 0
    bench.crawl(holding(1_000, 500, 300), at=200)
    assert growth(bench) == 300


def test_a_repository_that_is_new_grew_by_all_it_holds(bench: Bench) -> None:
    new = holding(700, repository="team/new")
    bench.crawl(holding(1_000))
    bench.crawl(holding(1_000), at=29)
    bench.crawl(holding(1_000), new, at=31)
    assert (growth(bench, "team/new"), growth(bench)) == (700, 0)
    bench.crawl(holding(1_000), new, at=61)
    assert growth(bench, "team/new") == 0


def test_what_is_lost_is_growth_below_zero(bench: Bench) -> None:
    bench.crawl(holding(1_000, 400))
    left = holding(1_000)
    gone = holding(400).reached
    bench.crawl(seen(APP, {"v1000": left.manifests[0]}, gone=gone), at=31, accept_removals=True)
    assert growth(bench) == -400
    bench.crawl(left, at=61)
    assert growth(bench) == 0


def test_a_layer_that_a_neighbour_takes_up_is_no_growth_of_ones_own(bench: Bench) -> None:
    """It lowers the share, not what is stored."""
    bench.crawl(holding(1_000))
    neighbour = seen("team/fork", {"v1": holding(1_000).manifests[0]})
    bench.crawl(holding(1_000), neighbour, at=31)
    assert bench.sizes(APP) == (1_000, 1_000, 0, 500)
    assert (growth(bench), growth(bench, "team/fork")) == (0, 1_000)


def test_only_whose_answer_may_have_moved_is_asked_again(bench: Bench) -> None:
    """A repository that was quiet for two windows costs a crawl nothing."""
    quiet, busy = holding(1_000, repository="quiet"), holding(500, repository="busy")
    bench.crawl(quiet, busy)
    bench.crawl(quiet, busy, at=70)
    assert (growth(bench, "quiet"), growth(bench, "busy")) == (0, 0)
    bench.change(RepositoryTotalRow, growth_bytes=77)
    bench.crawl(quiet, holding(500, 600, repository="busy"), at=80)
    assert (growth(bench, "quiet"), growth(bench, "busy")) == (77, 600)


@pytest.mark.parametrize(
    "first", [{"saw_all": False}, {"outcome": CrawlOutcome.INTERRUPTED}], ids=["part", "broken"]
)
def test_a_first_look_at_a_part_is_no_past_to_compare_with(
    bench: Bench, first: dict[str, object]
) -> None:
    """What it did not see is not what was added since."""
    bench.crawl(holding(1_000), **first)  # type: ignore[arg-type]
    bench.crawl(holding(1_000, 500), at=10)
    bench.crawl(holding(1_000, 500), at=31)
    assert growth(bench) is None
    bench.crawl(holding(1_000, 500), at=40)
    assert growth(bench) == 0


def test_every_registry_has_a_past_of_its_own(bench: Bench) -> None:
    bench.crawl(holding(1_000), registry=OTHER)
    bench.crawl(holding(1_000), at=20)
    bench.crawl(holding(1_000, 300), registry=OTHER, at=25)
    bench.crawl(holding(1_000, 300), at=31)
    assert (growth(bench), growth(bench, registry=OTHER)) == (None, None)
    bench.crawl(holding(1_000, 300), registry=OTHER, at=31)
    assert (growth(bench), growth(bench, registry=OTHER)) == (None, 300)
    bench.crawl(holding(1_000, 300), at=56)
    assert (growth(bench), growth(bench, registry=OTHER)) == (300, 300)


def test_another_storage_scope_does_not_make_anything_grow(bench: Bench) -> None:
    bench.crawl(holding(1_000))
    bench.crawl(holding(1_000, 200), at=40)
    assert growth(bench) == 200
    bench.crawl(holding(1_000, 200), at=41, scope=StorageScope.REPOSITORY)
    assert growth(bench) == 200
    bench.crawl(holding(1_000, 200), at=71, scope=StorageScope.REPOSITORY)
    assert growth(bench) == 0
