"""When something that is not seen any more counts as gone, and from when on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pytest

from auditor.domain.manifest import Manifest
from auditor.domain.observation import CrawlOutcome, Problem, RepositoryObservation
from auditor.store.removals import Removals
from auditor.store.tables.places import PresenceRow, RegistryRow, RepositoryRow, TagRow
from tests.store.bench import NAME, Bench
from tests.store.things import day, image, layer, named, seen

APP = "team/app"
ONE = image("one", layer("shared", 1_000))


def tagged(numbers: Iterable[int]) -> dict[str, Manifest | None]:
    return {f"v{number}": ONE for number in numbers}


def ends(bench: Bench) -> dict[str, datetime | None]:
    """When each tag ended."""
    return {row["name"]: row["until"] for row in bench.table(TagRow)}


def removed(bench: Bench) -> dict[str, datetime | None]:
    return {row["name"]: row["removed_at"] for row in bench.table(RepositoryRow)}


def guarded(bench: Bench) -> int:
    (row,) = bench.table(RegistryRow)
    found: int = row["guarded_tags"]
    return found


def test_the_second_crawl_without_a_tag_dates_its_end_back_to_the_first(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2])))
    assert bench.crawl(seen(APP, tagged([1])), at=1) == Removals()
    assert bench.row(APP).tags == 2
    assert bench.crawl(seen(APP, tagged([1])), at=2) == Removals(tags=1)
    assert ends(bench) == {"v1": None, "v2": day(1)}
    assert bench.row(APP).tags == 1
    assert bench.crawl(seen(APP, tagged([1])), at=3) == Removals()


def test_tags_that_went_one_after_another_have_their_own_ends(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2, 3])))
    bench.crawl(seen(APP, tagged([1, 2])), at=1)
    assert bench.crawl(seen(APP, tagged([1])), at=2) == Removals(tags=1)
    assert bench.crawl(seen(APP, tagged([1])), at=3) == Removals(tags=1)
    assert ends(bench) == {"v1": None, "v2": day(2), "v3": day(1)}


def test_what_the_user_accepts_is_gone_at_once(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2])), seen("team/gone", tagged([1])))
    gone = bench.crawl(seen(APP, tagged([1])), at=1, accept_removals=True)
    assert gone == Removals(tags=2, repositories=1)
    assert removed(bench) == {APP: None, "team/gone": day(1)}
    assert [row["until"] for row in bench.table(TagRow)] == [None, day(1), day(1)]


def test_what_was_missed_before_is_gone_from_then_on_when_it_is_accepted(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2, 3])))
    bench.crawl(seen(APP, tagged([1, 2])), at=1)
    bench.crawl(seen(APP, tagged([1])), at=2, accept_removals=True)
    assert ends(bench) == {"v1": None, "v2": day(2), "v3": day(1)}


def test_an_accepted_manifest_is_gone_at_once(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    gone = frozenset({ONE.digest})
    bench.crawl(seen(APP, {"v1": image("two")}, gone=gone), at=1, accept_removals=True)
    assert [row["until"] for row in bench.table(PresenceRow)] == [day(1), None]
    assert bench.sizes(APP) == (100, 100, 100, 100)


def test_the_second_crawl_without_a_repository_dates_its_end_back_to_the_first(
    bench: Bench,
) -> None:
    bench.crawl(seen(APP, tagged([1])), seen("team/gone", tagged([1, 2])))
    assert bench.crawl(seen(APP, tagged([1])), at=1) == Removals()
    assert [row.repository for row in bench.ranking()] == [APP, "team/gone"]
    assert bench.crawl(seen(APP, tagged([1])), at=2) == Removals(tags=2, repositories=1)
    assert removed(bench) == {APP: None, "team/gone": day(1)}
    assert [row["until"] for row in bench.table(PresenceRow)] == [None, day(1)]
    assert [row.repository for row in bench.ranking()] == [APP]
    assert bench.sizes(APP) == (1_100, 1_100, 1_100, 1_100)
    assert (bench.totals().repositories, bench.totals().tags) == (1, 1)


def test_a_repository_that_was_missed_once_was_never_gone(bench: Bench) -> None:
    both = [seen(APP, tagged([1])), seen("team/other", tagged([1]))]
    bench.crawl(*both)
    for number in (1, 3):
        bench.crawl(both[0], at=number)
        bench.crawl(*both, at=number + 1)
    assert removed(bench) == {APP: None, "team/other": None}


def test_a_repository_that_comes_back_counts_again(bench: Bench) -> None:
    both = [seen(APP, tagged([1])), seen("team/other", tagged([1]))]
    bench.crawl(*both)
    for number in (1, 2):
        bench.crawl(both[0], at=number)
    bench.crawl(*both, at=3)
    assert removed(bench) == {APP: None, "team/other": None}
    assert bench.sizes("team/other") == (1_100, 1_100, 0, 550)
    assert [row["until"] for row in bench.table(TagRow)] == [None, day(1), None]
    for number in (4, 5):
        bench.crawl(both[0], at=number)
    assert removed(bench)["team/other"] == day(4)


def test_a_tag_that_went_before_its_repository_ended_when_it_went(bench: Bench) -> None:
    """The repository's absence is the second observation of the tag's."""
    keep = seen("team/keep", tagged([1]))
    bench.crawl(keep, seen(APP, tagged([1, 2])))
    bench.crawl(keep, seen(APP, tagged([1])), at=1)
    bench.crawl(keep, at=2)
    bench.crawl(keep, at=3)
    rows = [row for row in bench.table(TagRow) if row["until"] is not None]
    assert {row["name"]: row["until"] for row in rows} == {"v1": day(2), "v2": day(1)}


def test_a_crawl_that_did_not_see_everything_judges_no_repository(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2])), seen("team/other", tagged([1])))
    for number in (1, 2, 3):
        bench.crawl(seen(APP, tagged([1])), at=number, saw_all=False, outcome=CrawlOutcome.PARTIAL)
    assert removed(bench) == {APP: None, "team/other": None}
    assert bench.row("team/other").tags == 1
    assert bench.row(APP).tags == 1


def test_a_crawl_of_repositories_named_by_hand_judges_no_others(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2])), seen("team/other", tagged([1])))
    for number in (1, 2, 3):
        bench.crawl(seen(APP, tagged([1])), at=number, lists_repositories=False)
    assert removed(bench) == {APP: None, "team/other": None}
    assert bench.row(APP).tags == 1


def broken(repository: str) -> RepositoryObservation:
    """A repository whose tags could not be listed."""
    return seen(repository, problems=(Problem(repository, "", "failed"),), is_complete=False)


def test_a_repository_that_could_not_be_read_is_not_missing_and_loses_nothing(
    bench: Bench,
) -> None:
    bench.crawl(seen(APP, tagged([1, 2])), seen("team/other", tagged([1, 2])))
    for number in (1, 2):
        bench.crawl(
            broken(APP), seen("team/other", tagged([1])), at=number, outcome=CrawlOutcome.PARTIAL
        )
    assert bench.row(APP).tags == 2
    assert bench.row("team/other").tags == 1
    assert removed(bench) == {APP: None, "team/other": None}


def test_an_unreadable_crawl_in_between_does_not_confirm(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged([1, 2])))
    bench.crawl(seen(APP, tagged([1])), at=1)
    bench.crawl(broken(APP), at=2, outcome=CrawlOutcome.PARTIAL)
    assert bench.row(APP).tags == 2
    bench.crawl(seen(APP, tagged([1])), at=3)
    assert ends(bench) == {"v1": None, "v2": day(1)}


@pytest.mark.parametrize("outcome", [CrawlOutcome.INTERRUPTED, CrawlOutcome.FAILED])
def test_a_crawl_that_broke_off_judges_nothing(bench: Bench, outcome: CrawlOutcome) -> None:
    bench.crawl(seen(APP, tagged([1, 2])), seen("team/other", tagged([1])))
    for number in (1, 2, 3):
        gone = bench.crawl(seen(APP, tagged([1])), at=number, outcome=outcome, accept_removals=True)
        assert gone == Removals()
    assert bench.row(APP).tags == 2
    assert removed(bench) == {APP: None, "team/other": None}
    bench.crawl(seen(APP, tagged([1])), at=4)
    assert bench.row(APP).tags == 2, "the first observation was none"


def test_absences_of_one_registry_are_nothing_to_another(bench: Bench) -> None:
    for registry in (NAME, "other.example"):
        bench.crawl(seen(APP, tagged([1, 2])), registry=registry)
    for number in (1, 2):
        bench.crawl(seen("team/new", tagged([1])), at=number)
    rows = {(row.registry, row.repository): row.tags for row in bench.ranking()}
    assert rows == {(NAME, "team/new"): 1, ("other.example", APP): 2}


@pytest.mark.parametrize(
    "tags, lost, is_guarded",
    [(10, 1, False), (10, 2, False), (10, 3, True), (5, 1, False), (4, 1, True), (1, 1, True)],
)
def test_a_crawl_may_lose_a_fifth_of_the_tags_and_no_more(
    bench: Bench, tags: int, lost: int, is_guarded: bool
) -> None:
    bench.crawl(seen(APP, tagged(range(tags))), guard_ratio=0.2)
    left = seen(APP, tagged(range(tags - lost)))
    _, gone = [bench.crawl(left, at=number, guard_ratio=0.2) for number in (1, 2)]
    assert gone == (Removals(guarded_tags=lost) if is_guarded else Removals(tags=lost))
    assert bench.row(APP).tags == (tags if is_guarded else tags - lost)
    assert guarded(bench) == (lost if is_guarded else 0)


@pytest.mark.parametrize("percent", [0, 1, 7, 14, 28, 29, 55, 57, 58, 99, 100])
def test_the_share_of_the_guard_is_met_exactly(bench: Bench, percent: int) -> None:
    """A hundred tags, of which as many go as are allowed to; one more is too many."""
    bench.crawl(seen(APP, tagged(range(100))))
    ratio = percent / 100
    allowed = seen(APP, tagged(range(percent, 100)))
    assert bench.crawl(allowed, at=1, guard_ratio=ratio).guarded_tags == 0
    if percent < 100:
        too_few = seen(APP, tagged(range(percent + 1, 100)))
        assert bench.crawl(too_few, at=2, guard_ratio=ratio).guarded_tags == percent + 1


def test_tags_of_missing_repositories_count_for_the_guard(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged(range(7))), seen("team/other", tagged(range(3))))
    gone = bench.crawl(seen(APP, tagged(range(7))), at=1, guard_ratio=0.2)
    assert gone == Removals(guarded_tags=3)
    bench.crawl(seen(APP, tagged(range(7))), at=2, guard_ratio=0.2)
    assert removed(bench)["team/other"] is None


def test_tags_of_other_registries_do_not_count_for_the_guard(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged(range(100))), registry="other.example")
    bench.crawl(seen(APP, tagged(range(4))))
    assert bench.crawl(seen(APP, tagged(range(3))), at=1, guard_ratio=0.2).guarded_tags == 1


def test_new_tags_of_the_same_crawl_do_not_soften_the_guard(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged(range(4))))
    after = seen(APP, tagged([*range(3), *range(10, 30)]))
    assert bench.crawl(after, at=1, guard_ratio=0.2).guarded_tags == 1


def test_tags_that_moved_in_the_same_crawl_were_there_before_it(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged(range(5))))
    moved: dict[str, Manifest | None] = {f"v{number}": image("two") for number in range(4)}
    assert bench.crawl(seen(APP, moved), at=1, guard_ratio=0.2) == Removals()


def test_a_guarded_crawl_adds_what_is_new_and_notes_nothing_as_missing(bench: Bench) -> None:
    gone = frozenset({named("one")})
    bench.crawl(seen(APP, tagged([1, 2])))
    new = seen(APP, {"v3": image("two")}, gone=gone)
    for number in (1, 2, 3):
        assert bench.crawl(new, at=number, guard_ratio=0.2).guarded_tags == 2
    assert bench.row(APP).tags == 3
    rows = bench.table(TagRow) + bench.table(PresenceRow) + bench.table(RepositoryRow)
    assert {row["missing_since"] for row in rows} == {None}


def test_the_guard_is_lifted_by_accepting_and_by_tags_that_return(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged(range(4))))
    bench.crawl(seen(APP, tagged([1])), at=1, guard_ratio=0.2)
    assert guarded(bench) == 3
    bench.crawl(seen(APP, tagged(range(4))), at=2, guard_ratio=0.2)
    assert guarded(bench) == 0
    bench.crawl(seen(APP, tagged([1])), at=3, guard_ratio=0.2)
    bench.crawl(seen(APP, tagged([1])), at=4, guard_ratio=0.2, accept_removals=True)
    assert guarded(bench) == 0
    assert bench.row(APP).tags == 1


def test_a_crawl_that_failed_does_not_lift_the_guard(bench: Bench) -> None:
    bench.crawl(seen(APP, tagged(range(4))))
    bench.crawl(seen(APP, tagged([1])), at=1, guard_ratio=0.2)
    bench.crawl(at=2, guard_ratio=0.2, outcome=CrawlOutcome.FAILED, saw_all=False)
    assert guarded(bench) == 3


def test_the_first_crawl_loses_nothing(bench: Bench) -> None:
    assert bench.crawl(seen(APP), guard_ratio=0.0) == Removals()


def test_a_crawl_that_another_one_overtook_judges_nothing(bench: Bench) -> None:
    """What the later one saw meanwhile is not missing because the earlier one did not."""
    bench.crawl(seen(APP, tagged([1])), seen("team/other", tagged([1])))
    early = bench.begin(at=1)
    late = bench.begin(at=2)
    bench.save(late, seen(APP, tagged([1])), seen("team/other", tagged([1])))
    bench.save(early, seen(APP, tagged([1])))
    bench.finish(early)
    bench.finish(late)
    rows = bench.table(RepositoryRow)
    assert {row["name"]: row["missing_since"] for row in rows} == {APP: None, "team/other": None}
