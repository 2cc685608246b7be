from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from auditor.domain.exactness import Coverage, Exactness
from auditor.domain.ledger import Period
from auditor.ledger.observed import Observed, observe

NOVEMBER = Period.month("2026-11")
AFTER = NOVEMBER.end + timedelta(days=40)
WHOLE = Coverage(lists_untagged=True, lists_repositories=True)
DAY = timedelta(days=1)


def on(day: float) -> datetime:
    """A moment of November; 0 is its beginning, less is October."""
    return NOVEMBER.start + day * DAY


def daily(first: int, last: int) -> list[datetime]:
    return [on(day) for day in range(first, last + 1)]


def test_a_month_of_daily_crawls_is_exact() -> None:
    found = observe(NOVEMBER, daily(-1, 31), WHOLE, now=AFTER)
    assert found == Observed(NOVEMBER.microseconds, Exactness.EXACT, Exactness.EXACT)


def test_a_month_is_known_from_the_first_crawl_on_and_a_lower_bound() -> None:
    found = observe(NOVEMBER, daily(10, 31), WHOLE, now=AFTER)
    assert found.microseconds == NOVEMBER.microseconds * 20 // 30
    assert found.exactness is found.sharing_exactness is Exactness.LOWER_BOUND


def test_the_running_month_is_known_until_now() -> None:
    found = observe(NOVEMBER, daily(-1, 12), WHOLE, now=on(12.5))
    assert found.microseconds == 12.5 * DAY // timedelta(microseconds=1)
    assert found.exactness is Exactness.EXACT


@pytest.mark.parametrize(
    "crawls, is_sure",
    [
        ([on(-4), on(4), on(12), on(20), on(28), on(35)], True),
        ([on(-4), on(4.1), on(12), on(20), on(28), on(35)], False),
        ([*daily(-1, 10), *daily(20, 31)], False),
        (daily(-1, 22), True),
        (daily(-1, 21), False),
        ([*daily(-1, 21), on(40)], False),
    ],
)
def test_crawls_too_far_apart_make_it_an_estimate(crawls: list[datetime], is_sure: bool) -> None:
    found = observe(NOVEMBER, crawls, WHOLE, now=AFTER)
    assert found.microseconds == NOVEMBER.microseconds
    assert found.exactness is (Exactness.EXACT if is_sure else Exactness.ESTIMATED)


def test_what_a_registry_hides_stays_hidden() -> None:
    found = observe(NOVEMBER, daily(-1, 31), Coverage(False, True), now=AFTER)
    assert found.exactness is Exactness.LOWER_BOUND
    assert found.sharing_exactness is Exactness.ESTIMATED


@pytest.mark.parametrize("crawls", [[], [NOVEMBER.end + DAY]])
def test_a_month_before_the_first_crawl_is_not_known_at_all(crawls: list[datetime]) -> None:
    found = observe(NOVEMBER, crawls, WHOLE, now=AFTER)
    assert (found.microseconds, found.exactness) == (0, Exactness.LOWER_BOUND)
