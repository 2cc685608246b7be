"""Which crawls are asked for once their history is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.exactness import Coverage
from auditor.domain.ledger import Period
from auditor.domain.observation import CrawlOutcome, Problem
from auditor.ledger.observed import LONGEST_GAP, observe
from auditor.store.old_crawls import OldCrawl, _telling, count_problems, find_old_crawls
from auditor.store.old_crawls import remove_crawls as remove
from auditor.store.tables.places import CrawlRow, ProblemRow
from tests.store.bench import Bench
from tests.store.things import START, day, image, layer, seen

APP = "team/app"
ONE = image("one", layer("a", 10))
WEEK = timedelta(days=7)


def old(bench: Bench, before: float, gap: timedelta = WEEK) -> list[int]:
    with bench.database.reading() as connection:
        return find_old_crawls(connection, 1, day(before), longest_gap=gap)


def started(bench: Bench) -> list[float]:
    """When each crawl that is left began, in days."""
    rows = bench.table(CrawlRow, "started_at")
    return [(row["started_at"] - START) / timedelta(days=1) for row in rows]


def remove_before(bench: Bench, before: float) -> int:
    crawls = old(bench, before)
    with bench.database.writing() as connection:
        return remove(connection, crawls)


def test_daily_crawls_are_thinned_out_to_weekly_ones(bench: Bench) -> None:
    """From March 2: the first and last of each month, and no gap above a week."""
    for number in range(70):
        bench.crawl(seen(APP, {"v1": ONE}), at=number)
    remove_before(bench, 60)
    assert started(bench) == [0, 7, 14, 21, 28, 29, 30, 37, 44, 51, 58, *range(59, 70)]
    assert old(bench, 60) == []


def test_the_last_of_each_outcome_stays(bench: Bench) -> None:
    """Where nothing came to its end, a failed crawl stands for the figures of a date."""
    for number, outcome in enumerate(
        [CrawlOutcome.FAILED, CrawlOutcome.FAILED, CrawlOutcome.INTERRUPTED, CrawlOutcome.FAILED]
    ):
        bench.crawl(at=number, outcome=outcome, saw_all=False)
    remove_before(bench, 3)
    assert started(bench) == [1, 2, 3]


def test_a_crawl_of_some_repositories_before_the_first_whole_one_is_not_counted(
    bench: Bench,
) -> None:
    for number in range(3):
        bench.crawl(seen(APP, {"v1": ONE}), at=number, saw_all=False)
    bench.crawl(seen(APP, {"v1": ONE}), at=3)
    remove_before(bench, 30)
    assert started(bench) == [3]


def test_a_crawl_that_runs_stays(bench: Bench) -> None:
    bench.begin(at=0)
    assert old(bench, 30) == []


def test_problems_go_with_their_crawl(bench: Bench) -> None:
    problem = Problem(APP, "v1", "unreadable", "")
    for number in range(5):
        bench.crawl(
            seen(APP, {"v1": ONE}),
            at=number,
            outcome=CrawlOutcome.PARTIAL,
            problems=(problem, problem),
        )
    with bench.database.reading() as connection:
        assert count_problems(connection, old(bench, 30)) == 6
    assert remove_before(bench, 30) == 6
    assert len(bench.table(ProblemRow)) == 4


@given(st.lists(st.integers(0, 2_500), min_size=1, max_size=60, unique=True))
def test_each_month_is_as_well_observed_by_those_that_stay(hours: list[int]) -> None:
    """As bills say it: from when on a month was known, and whether with a gap."""
    moments = [START + timedelta(hours=hour) for hour in sorted(hours)]
    crawls = [OldCrawl(number, moment, "complete") for number, moment in enumerate(moments)]
    kept = [crawl.started_at for crawl in _telling(crawls, LONGEST_GAP)]
    month = Period.month_of(START)
    while month.start <= moments[-1]:
        assert seen_by(kept, month) == seen_by(moments, month)
        month = Period.month_of(month.end)


def seen_by(moments: list, period: Period) -> object:  # type: ignore[type-arg]
    """As `store.usage_reads` chooses crawls for a month."""
    before = [moment for moment in moments if moment <= period.start][-1:]
    inside = [moment for moment in moments if period.start < moment < period.end]
    after = [moment for moment in moments if moment >= period.end][:1]
    found = [*before, *inside, *after]
    return observe(period, found, Coverage(True, True), now=day(400))


@pytest.mark.parametrize("count", [0, 1])
def test_few_crawls_all_stay(count: int) -> None:
    crawls = [OldCrawl(number, day(number), "complete") for number in range(count)]
    assert list(_telling(crawls, WEEK)) == crawls
