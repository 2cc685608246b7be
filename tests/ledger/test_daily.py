from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from auditor.domain.views import HistoryPoint
from auditor.ledger.daily import DAY, daily_bytes, end_of_day

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def point(days_ago: float, stored_bytes: int) -> HistoryPoint:
    return HistoryPoint(NOW - days_ago * DAY, stored_bytes)


def test_a_state_holds_until_the_next_point() -> None:
    assert daily_bytes([point(3, 5), point(1.5, 7)], NOW, 4) == [5, 5, 7, 7]


def test_what_was_before_the_first_point_is_left_out() -> None:
    assert daily_bytes([point(0, 5)], NOW, 4) == [5]
    assert daily_bytes([], NOW, 4) == []


def test_points_come_in_any_order_and_those_after_the_end_do_not_count() -> None:
    assert daily_bytes([point(-1, 9), point(0, 7), point(1, 5)], NOW, 1) == [5, 7]


def test_of_two_points_at_one_moment_the_later_one_counts() -> None:
    assert daily_bytes([point(1, 1), point(1, 2)], NOW, 0) == [2]


def test_a_day_ends_at_its_last_moment_in_utc() -> None:
    end = datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert end_of_day(NOW) == end_of_day(end) == end
    assert end_of_day(datetime(2026, 4, 1, 1, tzinfo=east)) == end
