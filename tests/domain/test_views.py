from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from auditor.domain.exactness import Coverage, Exactness
from auditor.domain.observation import CrawlOutcome, StorageScope
from auditor.domain.units import Price
from auditor.domain.views import CrawlView, RankQuery, Sizes, Totals

START = datetime(2026, 11, 1, tzinfo=UTC)


def test_sizes_say_how_far_each_of_them_can_be_trusted() -> None:
    sizes = Sizes(4, 3, 1, 2, Coverage(lists_untagged=True, lists_repositories=False))
    assert sizes.exactness is Exactness.EXACT
    assert sizes.sharing_exactness is Exactness.UPPER_BOUND


def test_a_ranking_shows_all_repositories_by_size_unless_asked_otherwise() -> None:
    query = RankQuery()
    assert (query.by, query.limit, query.offset, query.text) == ("size", None, 0, "")


@pytest.mark.parametrize(
    "outcome, complete, repositories, gave",
    [
        (CrawlOutcome.FAILED, None, 0, False),
        (CrawlOutcome.FAILED, START, 0, True),
        (CrawlOutcome.FAILED, None, 1, True),
        (CrawlOutcome.INTERRUPTED, None, 0, True),
    ],
)
def test_a_registry_that_only_failed_gave_nothing(
    outcome: CrawlOutcome, complete: datetime | None, repositories: int, gave: bool
) -> None:
    view = CrawlView(
        registry="r.example",
        scope=StorageScope.REGISTRY,
        outcome=outcome,
        started_at=START,
        finished_at=START,
        last_complete_at=complete,
        totals=Totals(repositories, 0, 0, 0, 0, Exactness.EXACT, None, "USD"),
        price=Price(Decimal("0.023"), "USD"),
    )
    assert view.gave_anything is gave
