from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import Budget, BudgetLevel, BudgetState, CostForecast
from auditor.domain.views import HistoryPoint
from auditor.domain.weekly_digest import (
    WEEK,
    FindingNews,
    Grower,
    RegistryQuality,
    SizeChange,
    WeeklyDigest,
    size_at,
)

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
GOOD = RegistryQuality("r.example", NOW - timedelta(hours=3), CrawlOutcome.COMPLETE)
QUIET = WeeklyDigest("", NOW - WEEK, NOW, "UTC", SizeChange(100, 100, 100), quality=(GOOD,))
BAD = (
    replace(GOOD, outcome=CrawlOutcome.PARTIAL),
    replace(GOOD, outcome=CrawlOutcome.FAILED),
    replace(GOOD, last_complete_at=NOW - timedelta(days=8)),
    replace(GOOD, last_complete_at=None),
    replace(GOOD, guarded_tags=3),
)


def grown(before: int | None, after: int | None) -> WeeklyDigest:
    return replace(QUIET, change=SizeChange(after or 0, before, after))


def test_a_change_needs_a_past() -> None:
    assert SizeChange(5, None, None).growth_bytes is None
    assert SizeChange(5, None, None).growth_ratio is None
    assert SizeChange(5, 0, 5).growth_ratio is None
    assert SizeChange(9, 4, 5).growth_bytes == 1
    assert SizeChange(9, 4, 5).growth_ratio == 0.25


@pytest.mark.parametrize("bad", BAD)
def test_a_crawl_that_did_not_see_all_reports_no_drop(bad: RegistryQuality) -> None:
    doubtful = replace(grown(100, 60), quality=(GOOD, bad))
    assert doubtful.doubtful == (bad,)
    assert doubtful.told_growth_bytes is None
    assert doubtful.is_notable
    assert replace(doubtful, change=SizeChange(160, 100, 160)).told_growth_bytes == 60


def test_a_running_crawl_is_no_doubt() -> None:
    assert replace(GOOD, outcome=None).is_trusted(NOW)
    assert grown(100, 60).told_growth_bytes == -40


def test_what_is_notable() -> None:
    budget = Budget("b", Decimal(1), "USD", team="Pay")
    over = BudgetState(budget, CostForecast(Decimal(2)), BudgetLevel.OVER)
    assert not QUIET.is_notable
    assert not grown(100, 104).is_notable
    assert grown(100, 106).is_notable
    assert grown(100, 90).is_notable
    assert not grown(None, None).is_notable
    assert replace(QUIET, growers=(Grower("r", "a", 1, 2),)).is_notable
    assert replace(QUIET, news=FindingNews(new_count=1)).is_notable
    assert replace(QUIET, news=FindingNews(resolved_count=1)).is_notable
    assert replace(QUIET, budgets=(over,)).is_notable
    assert not replace(QUIET, budgets=(replace(over, state=BudgetLevel.UNDER),)).is_notable
    assert replace(QUIET, quality=()).is_notable


def test_a_size_holds_until_the_next() -> None:
    points = (HistoryPoint(NOW, 5), HistoryPoint(NOW + WEEK, 9))
    assert [size_at(points, NOW + days * WEEK / 7) for days in (-1, 0, 6, 7, 8)] == [0, 5, 5, 9, 9]
    assert size_at((), NOW) == 0
