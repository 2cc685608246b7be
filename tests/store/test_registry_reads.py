"""Which registries and repositories are known, and how their crawls went."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from auditor.domain.observation import CrawlOutcome, Problem, StorageScope
from auditor.domain.units import Price
from auditor.domain.views import CrawlView
from auditor.store.registry_reads import (
    find_repositories,
    has_repository,
    list_registry_names,
    load_as_of,
    load_crawl_views,
    load_problems,
    names_seen_whole_by,
    registries_holding,
)
from tests.store.bench import NAME, Bench, one_price
from tests.store.things import day, image, seen
from tests.store.totals import put

OTHER = "other.example"
ONE = image("one")
COMPLETE, PARTIAL, RUNNING = CrawlOutcome.COMPLETE, CrawlOutcome.PARTIAL, CrawlOutcome.RUNNING
FAILED, INTERRUPTED = CrawlOutcome.FAILED, CrawlOutcome.INTERRUPTED
A_MOMENT = timedelta(microseconds=1)


def problems(repository: str, *numbers: int) -> tuple[Problem, ...]:
    return tuple(Problem(repository, f"v{number}", "is broken", "X") for number in numbers)


def registry_names(bench: Bench) -> tuple[str, ...]:
    with bench.database.reading() as connection:
        return list_registry_names(connection)


def views(bench: Bench) -> tuple[CrawlView, ...]:
    with bench.database.reading() as connection:
        return load_crawl_views(connection, one_price)


def as_of(bench: Bench, registry: str = "") -> datetime | None:
    with bench.database.reading() as connection:
        return load_as_of(connection, registry)


def problems_of(bench: Bench, repository: str, registry: str = NAME) -> tuple[Problem, ...]:
    with bench.database.reading() as connection:
        return load_problems(connection, registry, repository)


def found(bench: Bench, text: str, limit: int = 99) -> list[str]:
    with bench.database.reading() as connection:
        return [name for _, name in find_repositories(connection, text, limit=limit)]


def test_before_any_crawl_nothing_is_known(bench: Bench) -> None:
    assert (registry_names(bench), views(bench), as_of(bench)) == ((), (), None)
    assert problems_of(bench, "app") == ()
    assert found(bench, "") == []
    with bench.database.reading() as connection:
        assert not has_repository(connection, NAME, "app")
        assert registries_holding(connection, "app") == ()
        assert names_seen_whole_by(connection, day(99)) == ()


def test_registries_are_listed_by_the_bytes_of_their_names(bench: Bench) -> None:
    names = ["b.example", "a.example:5000", "a.example", "oci:B", "oci:a", "oci:é"]
    for name in names:
        bench.begin(registry=name)
    in_order = sorted(names, key=str.encode)
    assert list(registry_names(bench)) == in_order
    assert [view.registry for view in views(bench)] == in_order


def test_a_first_crawl_under_way_is_told_as_such(bench: Bench) -> None:
    bench.begin(at=3, scope=StorageScope.NAMESPACE)
    (view,) = views(bench)
    assert (view.registry, view.scope, view.outcome) == (NAME, StorageScope.NAMESPACE, RUNNING)
    assert (view.started_at, view.finished_at, view.last_complete_at) == (day(3), None, None)
    assert (view.problems, view.problem_count, view.guarded_tags) == ((), 0, 0)
    assert view.totals.repositories == 0
    assert view.price == one_price(NAME)


def test_a_crawl_under_way_leaves_what_the_one_before_could_not_read(bench: Bench) -> None:
    told = problems("app", 1, 2)
    bench.crawl(
        outcome=PARTIAL, problems=told, finished_at=day(0) + timedelta(hours=2), saw_all=True
    )
    (view,) = views(bench)
    assert (view.outcome, view.finished_at) == (PARTIAL, day(0) + timedelta(hours=2))
    bench.begin(at=1)
    (view,) = views(bench)
    assert (view.outcome, view.started_at, view.finished_at) == (RUNNING, day(1), None)
    assert (view.problems, view.problem_count) == (told, 2)
    assert problems_of(bench, "app") == told


def test_a_crawl_that_was_killed_hides_nothing_of_the_one_that_ended(bench: Bench) -> None:
    bench.crawl(outcome=PARTIAL, problems=problems("app", 1))
    bench.begin(at=1)
    bench.begin(at=2)
    (view,) = views(bench)
    assert (view.outcome, view.started_at, view.problem_count) == (RUNNING, day(2), 1)
    assert problems_of(bench, "app") == view.problems == problems("app", 1)


def test_the_last_complete_crawl_is_told_whatever_came_after_it(bench: Bench) -> None:
    tags = {f"v{number}": ONE for number in range(4)}
    bench.crawl(seen("app", tags))
    bench.crawl(seen("app", {"v0": ONE}), at=1, guard_ratio=0.2)
    bench.crawl(at=2, outcome=FAILED, saw_all=False)
    (view,) = views(bench)
    assert (view.outcome, view.last_complete_at, view.guarded_tags) == (FAILED, day(1), 3)
    assert (view.totals.tags, view.totals.repositories) == (4, 1)


def test_every_registry_has_its_own_price_totals_and_problems(bench: Bench) -> None:
    prices = {NAME: Price(Decimal(1), "USD"), OTHER: Price(Decimal(2), "EUR")}
    bench.crawl(seen("app", {"v1": ONE}), outcome=PARTIAL, problems=problems("app", 1))
    bench.crawl(seen("app", {"v1": ONE}), seen("web", {"v1": ONE}), registry=OTHER)
    with bench.database.reading() as connection:
        other, mine = load_crawl_views(connection, prices.__getitem__)
    assert (mine.price.currency, other.price.currency) == ("USD", "EUR")
    assert (mine.totals.currency, other.totals.currency) == ("USD", "EUR")
    assert (mine.totals.repositories, other.totals.repositories) == (1, 2)
    assert (mine.problem_count, other.problem_count) == (1, 0)


@pytest.mark.parametrize(
    "outcomes, expected",
    [
        ([COMPLETE], 0),
        ([PARTIAL], 0),
        ([FAILED], 0),
        ([COMPLETE, PARTIAL], 1),
        ([COMPLETE, FAILED], 0),
        ([COMPLETE, INTERRUPTED, FAILED], 0),
        ([INTERRUPTED, FAILED], 1),
        ([FAILED, COMPLETE, FAILED], 1),
    ],
)
def test_figures_stand_for_the_last_crawl_that_came_to_its_end_if_any_did(
    bench: Bench, outcomes: list[CrawlOutcome], expected: int
) -> None:
    for number, outcome in enumerate(outcomes):
        bench.crawl(at=number, outcome=outcome)
    assert as_of(bench) == day(expected)


def test_a_crawl_that_has_no_end_stands_for_nothing(bench: Bench) -> None:
    bench.begin()
    assert as_of(bench) is None
    bench.crawl(at=1)
    bench.begin(at=2)
    assert as_of(bench) == day(1)


def test_figures_of_several_registries_are_as_old_as_the_oldest_of_them(bench: Bench) -> None:
    bench.crawl(at=5)
    bench.crawl(at=3, registry=OTHER)
    bench.begin(at=1, registry="new.example")
    assert as_of(bench) == day(3)
    assert (as_of(bench, NAME), as_of(bench, OTHER)) == (day(5), day(3))
    assert as_of(bench, "new.example") is as_of(bench, "unknown.example") is None


def test_problems_of_a_repository_are_those_of_the_last_crawl_that_ended(bench: Bench) -> None:
    mine, others = problems("app", 1, 2), problems("web", 1)
    bench.crawl(outcome=PARTIAL, problems=(mine[0], *others, mine[1]))
    bench.crawl(outcome=PARTIAL, problems=problems("app", 7), registry=OTHER)
    assert problems_of(bench, "app") == mine
    assert problems_of(bench, "web") == others
    assert problems_of(bench, "App") == problems_of(bench, "app", "unknown.example") == ()
    bench.crawl(at=1)
    assert problems_of(bench, "app") == ()
    assert problems_of(bench, "app", OTHER) == problems("app", 7)


def test_problems_of_others_do_not_crowd_out_those_of_a_repository(bench: Bench) -> None:
    told = (*problems("web", *range(200)), *problems("app", *range(70)))
    bench.crawl(outcome=PARTIAL, problems=told)
    assert problems_of(bench, "app") == problems("app", *range(50))


def test_a_repository_is_there_from_its_first_crawl_until_it_is_removed(bench: Bench) -> None:
    def there(registry: str, name: str) -> tuple[bool, tuple[str, ...]]:
        with bench.database.reading() as connection:
            holding = registries_holding(connection, name)
            return has_repository(connection, registry, name), holding

    both = [seen("team/app", {"v1": ONE}), seen("team/web", {"v1": ONE})]
    bench.crawl(*both)
    bench.crawl(both[0], registry=OTHER)
    assert there(NAME, "team/app") == (True, (OTHER, NAME))
    assert there(NAME, "team/web") == (True, (NAME,))
    assert there(OTHER, "team/web") == (False, (NAME,))
    for name in ("team", "Team/app", "team/app ", "team%", ""):
        assert there(NAME, name) == (False, ())
    bench.crawl(both[0], at=1)
    assert there(NAME, "team/web") == (True, (NAME,)), "missing once is not gone"
    bench.crawl(both[0], at=2)
    assert there(NAME, "team/web") == (False, ())
    bench.crawl(*both, at=3)
    assert there(NAME, "team/web") == (True, (NAME,))


def test_near_repositories_come_by_name_then_registry_and_no_more_than_asked(
    bench: Bench,
) -> None:
    put(bench, {"team/app": {}, "app": {}, "b/application": {}, "web": {}})
    put(bench, {"app": {}}, registry=OTHER)
    expected = [(OTHER, "app"), (NAME, "app"), (NAME, "b/application"), (NAME, "team/app")]
    with bench.database.reading() as connection:
        assert list(find_repositories(connection, "app")) == expected
        assert list(find_repositories(connection, "app", limit=3)) == expected[:3]
        assert len(find_repositories(connection, "")) == 5
        assert find_repositories(connection, "app", limit=0) == ()
        assert find_repositories(connection, "nothing") == ()


HOSTILE = ["100%", "1000", "a_b", "axb", "back\\slash", "back/slash", "'; --", "🐳"]


@pytest.mark.parametrize("text", [*HOSTILE, "%", "_", "\\", "/", "'", "\\s", "0%"])
def test_near_repositories_have_the_very_characters(bench: Bench, text: str) -> None:
    put(bench, {name: {} for name in HOSTILE})
    assert found(bench, text) == sorted(name for name in HOSTILE if text in name)


@pytest.mark.parametrize("text", ["app", "APP", "App"])
def test_near_repositories_may_differ_in_case(bench: Bench, text: str) -> None:
    """As in a search of the ranking; and the same on both databases."""
    put(bench, {"team/App": {}, "team/app": {}, "web": {}})
    assert found(bench, text) == ["team/App", "team/app"]


def test_a_removed_repository_is_near_to_nothing(bench: Bench) -> None:
    bench.crawl(seen("app", {"v1": ONE}), seen("app-2", {"v1": ONE}))
    bench.crawl(seen("app", {"v1": ONE}), at=1, accept_removals=True)
    assert found(bench, "app") == ["app"]


def test_a_registry_counts_as_seen_whole_from_its_first_whole_crawl_on(bench: Bench) -> None:
    def whole(moment: datetime) -> tuple[str, ...]:
        with bench.database.reading() as connection:
            return names_seen_whole_by(connection, moment)

    bench.crawl(at=1, saw_all=False)
    bench.crawl(at=2, outcome=FAILED)
    bench.crawl(at=3, outcome=PARTIAL)
    bench.crawl(at=9)
    bench.crawl(at=5, registry=OTHER)
    bench.begin(at=1, registry="new.example")
    assert whole(day(3) - A_MOMENT) == ()
    assert whole(day(3)) == whole(day(5) - A_MOMENT) == (NAME,)
    assert whole(day(5)) == whole(day(99)) == (OTHER, NAME)
