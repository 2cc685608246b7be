"""How crawls begin and end, and what each end leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.domain.errors import StoreError
from auditor.domain.exactness import Exactness
from auditor.domain.observation import (
    CrawlOutcome,
    Problem,
    RegistryCapabilities,
    StorageScope,
)
from auditor.store.tables.places import (
    AbsenceRow,
    CrawlRow,
    ProblemRow,
    RegistryRow,
    RepositoryRow,
    StorageScopeRow,
)
from auditor.store.tables.totals import DirtyBlobRow, DirtyRepositoryRow
from tests.store.bench import BY_NAME, NAME, Bench
from tests.store.things import AMD64, ARM64, config, day, image, index, layer, seen

ONE = image("one", layer("shared", 1_000), layer("of one", 10))
TWO = image("two", layer("shared", 1_000), layer("of two", 20))
PLAIN = RegistryCapabilities()


def registry(bench: Bench, name: str = NAME) -> dict[str, object]:
    (found,) = (row for row in bench.table(RegistryRow) if row["name"] == name)
    return found


def test_a_crawl_is_running_from_its_beginning_to_its_end(bench: Bench) -> None:
    mark = bench.begin(at=1)
    (row,) = bench.table(CrawlRow)
    assert (row["started_at"], row["finished_at"], row["outcome"]) == (day(1), None, "running")
    bench.finish(
        mark,
        finished_at=day(1) + timedelta(minutes=5),
        repositories=3,
        tags=4,
        requests=50,
        bytes_fetched=6_000,
    )
    (row,) = bench.table(CrawlRow)
    assert row["outcome"] == "complete"
    assert row["finished_at"] == day(1) + timedelta(minutes=5)
    assert (row["repositories"], row["tags"]) == (3, 4)
    assert (row["requests"], row["bytes_fetched"], row["problem_count"]) == (50, 6_000, 0)


def test_the_first_crawl_makes_its_registry_and_later_ones_find_it(bench: Bench) -> None:
    first, second = bench.begin(), bench.begin(at=1)
    assert first.registry_id == second.registry_id
    assert first.crawl_id < second.crawl_id
    assert [row["name"] for row in bench.table(RegistryRow)] == [NAME]


def test_a_crawl_that_was_killed_is_found_interrupted_by_the_next(bench: Bench) -> None:
    killed = bench.begin()
    bench.save(killed, seen("team/app", {"v1": ONE}))
    bench.begin(registry="other.example")
    bench.begin(at=1)
    outcomes = [row["outcome"] for row in bench.table(CrawlRow)]
    assert outcomes == ["interrupted", "running", "running"]


def test_what_a_killed_crawl_noted_as_absent_is_forgotten(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"v1": ONE, "v2": ONE}))
    killed = bench.begin(at=1)
    bench.save(killed, seen("team/app", {"v1": ONE}))
    assert len(bench.table(AbsenceRow)) == 1
    bench.begin(at=2)
    assert bench.table(AbsenceRow) == []


def test_what_a_killed_crawl_saved_counts_after_the_next_end(bench: Bench) -> None:
    killed = bench.begin()
    bench.save(killed, seen("team/app", {"v1": ONE}))
    assert bench.ranking() == ()
    bench.crawl(seen("team/app", {"v1": ONE}), at=1)
    assert bench.sizes("team/app") == (1_110, 1_110, 1_110, 1_110)


def test_what_a_killed_crawl_saved_counts_from_its_own_moment_on(bench: Bench) -> None:
    killed = bench.begin()
    bench.save(killed, seen("team/app", {"v1": ONE}))
    bench.crawl(seen("team/app", {"v1": ONE}), at=3)
    (row,) = bench.ranking(replace(BY_NAME, at=day(1)))
    assert row.sizes.stored_bytes == 1_110


def test_nothing_is_left_to_do_after_an_end(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"v1": ONE, "v2": TWO}))
    bench.crawl(seen("team/app", {"v1": ONE}), at=1)
    for row_class in (AbsenceRow, DirtyBlobRow, DirtyRepositoryRow):
        assert bench.table(row_class) == []


def test_problems_are_recorded_in_order(bench: Bench) -> None:
    problems = tuple(Problem("team/app", f"v{number}", f"is {number}", "X") for number in range(3))
    bench.crawl(outcome=CrawlOutcome.PARTIAL, problems=problems)
    assert [
        Problem(row["repository"], row["reference"], row["message"], row["code"])
        for row in bench.table(ProblemRow)
    ] == list(problems)
    assert [row["problem_count"] for row in bench.table(CrawlRow)] == [3]


@pytest.mark.parametrize(
    "outcome, first, last",
    [
        (CrawlOutcome.COMPLETE, day(0), day(0)),
        (CrawlOutcome.PARTIAL, day(0), None),
        (CrawlOutcome.INTERRUPTED, None, None),
        (CrawlOutcome.FAILED, None, None),
    ],
)
def test_only_a_crawl_that_came_to_its_end_dates_what_is_known(
    bench: Bench, outcome: CrawlOutcome, first: object, last: object
) -> None:
    bench.crawl(seen("team/app", {"v1": ONE}), outcome=outcome)
    row = registry(bench)
    assert (row["first_complete_at"], row["last_complete_at"]) == (first, last)


def test_the_first_complete_crawl_stays_the_first(bench: Bench) -> None:
    for number in (1, 2, 3):
        bench.crawl(at=number)
    row = registry(bench)
    assert (row["first_complete_at"], row["last_complete_at"]) == (day(1), day(3))


@pytest.mark.parametrize("outcome", [CrawlOutcome.INTERRUPTED, CrawlOutcome.FAILED])
def test_what_was_saved_before_a_crawl_broke_off_counts(
    bench: Bench, outcome: CrawlOutcome
) -> None:
    bench.crawl(seen("team/app", {"v1": ONE}), outcome=outcome)
    assert bench.sizes("team/app") == (1_110, 1_110, 1_110, 1_110)


def exactness(bench: Bench) -> tuple[Exactness, Exactness]:
    sizes = bench.row("team/app").sizes
    return sizes.exactness, sizes.sharing_exactness


def test_figures_are_exact_where_everything_was_listed(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"v1": ONE}))
    assert exactness(bench) == (Exactness.EXACT, Exactness.EXACT)
    assert bench.totals().exactness is Exactness.EXACT


def test_figures_are_bounds_where_untagged_manifests_are_not_listed(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"v1": ONE}), capabilities=PLAIN)
    assert exactness(bench) == (Exactness.LOWER_BOUND, Exactness.ESTIMATED)
    assert bench.totals().exactness is Exactness.LOWER_BOUND


def test_a_crawl_that_never_got_an_answer_says_nothing_about_the_registry(bench: Bench) -> None:
    """Offline, a crawl knows no capabilities: what was known of the figures still holds."""
    bench.crawl(seen("team/app", {"v1": ONE}))
    bench.crawl(at=1, outcome=CrawlOutcome.FAILED, saw_all=False, capabilities=PLAIN)
    assert exactness(bench) == (Exactness.EXACT, Exactness.EXACT)
    assert registry(bench)["last_complete_at"] == day(0)


def test_a_list_given_by_hand_is_not_the_catalogue(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"v1": ONE}), lists_repositories=False)
    assert exactness(bench) == (Exactness.EXACT, Exactness.UPPER_BOUND)
    bench.crawl(seen("team/app", {"v1": ONE}), at=1)
    assert exactness(bench) == (Exactness.EXACT, Exactness.EXACT)


def test_a_catalogue_that_broke_off_leaves_what_was_known_of_it(bench: Bench) -> None:
    bench.crawl(seen("team/app", {"v1": ONE}))
    bench.crawl(seen("team/app", {"v1": ONE}), at=1, outcome=CrawlOutcome.PARTIAL, saw_all=False)
    assert exactness(bench) == (Exactness.EXACT, Exactness.EXACT)


@pytest.mark.parametrize(
    "scope, others, shares",
    [
        (StorageScope.REGISTRY, 1_000, [500, 500]),
        (StorageScope.NAMESPACE, 2_000, [1_000, 1_000]),
        (StorageScope.REPOSITORY, 2_000, [1_000, 1_000]),
    ],
)
def test_another_storage_scope_regroups_everything(
    bench: Bench, scope: StorageScope, others: int, shares: list[int]
) -> None:
    bare = image("bare", layer("shared", 1_000), size_bytes=0)
    everything = [seen("a/app", {"v1": bare}), seen("b/app", {"v1": bare})]
    for number, before in enumerate([*StorageScope, scope]):
        bench.crawl(*everything, at=number, scope=before)
    assert bench.totals().stored_bytes == others
    assert [row.sizes.fair_share_bytes for row in bench.ranking()] == shares
    assert registry(bench)["scope"] == scope.value


def test_another_storage_scope_leaves_other_registries_alone(bench: Bench) -> None:
    bench.crawl(seen("a", {"v1": ONE}), seen("b", {"v1": ONE}), registry="other.example")
    before = bench.totals("other.example")
    bench.crawl(seen("a", {"v1": ONE}), seen("b", {"v1": ONE}))
    bench.crawl(seen("a", {"v1": ONE}), seen("b", {"v1": ONE}), at=1, scope=StorageScope.REPOSITORY)
    assert bench.totals("other.example") == before
    assert bench.totals(NAME).stored_bytes == 2 * before.stored_bytes


def test_figures_do_not_vanish_while_a_crawl_with_another_scope_is_under_way(
    bench: Bench,
) -> None:
    bench.crawl(seen("a", {"v1": ONE}), seen("b", {"v1": ONE}))
    bench.begin(at=1, scope=StorageScope.REPOSITORY)
    assert bench.sizes("a") == (1_110, 1_110, 1_110, 1_110)
    assert bench.totals().stored_bytes == 2_220


def test_a_removed_repository_stays_removed_under_another_scope(bench: Bench) -> None:
    bench.crawl(seen("a", {"v1": ONE}), seen("b", {"v1": ONE}))
    bench.crawl(seen("a", {"v1": ONE}), at=1, accept_removals=True)
    bench.crawl(seen("a", {"v1": ONE}), at=2, scope=StorageScope.REPOSITORY)
    assert [row.repository for row in bench.ranking()] == ["a"]
    bench.crawl(seen("a", {"v1": ONE}), seen("b", {"v1": ONE}), at=3, scope=StorageScope.REPOSITORY)
    assert bench.totals().stored_bytes == 2_220
    scopes = {row["id"]: row["name"] for row in bench.table(StorageScopeRow)}
    assert {row["name"]: scopes[row["scope_id"]] for row in bench.table(RepositoryRow)} == {
        "a": "a",
        "b": "b",
    }


def test_another_preferred_platform_counts_for_untouched_repositories_too(bench: Bench) -> None:
    amd, arm = config("amd"), config("arm", platform=ARM64)
    both = [
        image("for amd", layer("x", 1_000), of=amd),
        image("for arm", layer("y", 2_000), of=arm),
    ]
    observation = seen("a", {"v1": index("index", *both)}, *both, configs=[amd, arm])
    bench.crawl(observation)
    assert bench.row("a").image_bytes == 1_110
    bench.crawl(observation, at=1, platform=ARM64)
    assert bench.row("a").image_bytes == 2_110
    bench.crawl(observation, at=2, platform=AMD64)
    assert bench.row("a").image_bytes == 1_110


def test_an_end_that_cannot_be_written_leaves_everything_as_it_was(bench: Bench) -> None:
    bench.crawl(seen("a", {"v1": ONE}))
    mark = bench.begin(at=1)
    bench.save(mark, seen("a", {"v1": TWO}))
    before = bench.ranking()
    with pytest.raises(StoreError):
        bench.finish(mark, requests=2**63)
    assert bench.ranking() == before
    assert [row["outcome"] for row in bench.table(CrawlRow)] == ["complete", "running"]
    bench.finish(mark)
    assert bench.row("a").images == 2
