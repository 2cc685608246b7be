from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.growth import growth_bytes
from auditor.domain.views import HistoryPoint

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def point(days_ago: float, stored_bytes: int) -> HistoryPoint:
    return HistoryPoint(NOW - timedelta(days=days_ago), stored_bytes)


def test_a_state_holds_until_the_next_point() -> None:
    assert growth_bytes([point(90, 100), point(40, 150), point(3, 400)], NOW) == 250


def test_shrinking_is_negative_growth() -> None:
    assert growth_bytes([point(60, 500), point(1, 200)], NOW) == -300


def test_an_unchanged_past_is_no_growth() -> None:
    assert growth_bytes([point(60, 500)], NOW) == 0


def test_the_point_thirty_days_ago_to_the_second_counts() -> None:
    assert growth_bytes([point(30, 5), point(0, 6)], NOW) == 1


def test_a_past_that_is_too_short_is_unknown_not_zero() -> None:
    assert growth_bytes([point(29.99, 5)], NOW) is None
    assert growth_bytes([], NOW) is None


def test_points_after_now_do_not_count() -> None:
    assert growth_bytes([point(60, 5), point(-1, 1000)], NOW) == 0


def test_the_number_of_days_can_be_chosen() -> None:
    assert growth_bytes([point(8, 5), point(1, 7)], NOW, days=7) == 2


def test_of_two_points_at_one_moment_the_later_one_counts() -> None:
    assert growth_bytes([point(60, 1), point(60, 2), point(0, 10)], NOW) == 8


@given(st.lists(st.tuples(st.integers(-5, 90), st.integers(0, 99)), unique_by=lambda x: x[0]))
def test_the_order_of_points_does_not_matter(ages: list[tuple[int, int]]) -> None:
    points = [point(days_ago, size) for days_ago, size in ages]
    assert growth_bytes(points, NOW) == growth_bytes(points[::-1], NOW)
