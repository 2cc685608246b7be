from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import fmean, median
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.ledger import Period
from auditor.domain.outlook import CostForecast, Forecast
from auditor.domain.views import HistoryPoint
from auditor.ledger.forecast import (
    byte_time_to_date,
    cost_forecast,
    forecast,
    theil_sen_slope,
)
from tests.ledger.real_pushes import kept_histories, tagged_histories, total

DAY = timedelta(days=1)
DAY_MICROSECONDS = 86_400_000_000
MARCH = Period.month("2026-03")
TENTH = MARCH.start + 9 * DAY
HELD_OUT = ("2017-09", "2017-10", "2017-11", "2017-12")
"""The method and its constants were chosen on the months from April to August 2017."""


def history(values: list[int], until: datetime = TENTH) -> list[HistoryPoint]:
    """One value a day, the last one at `until`."""
    start = until - (len(values) - 1) * DAY
    return [HistoryPoint(start + day * DAY, value) for day, value in enumerate(values)]


def known(points: list[HistoryPoint], now: datetime = TENTH) -> Forecast:
    found = forecast(points, MARCH, now)
    assert found is not None
    return found


def test_the_month_so_far_is_the_integral_of_what_was_stored() -> None:
    points = [
        HistoryPoint(MARCH.start - DAY, 100),
        HistoryPoint(MARCH.start + DAY, 300),
        HistoryPoint(TENTH + DAY, 10**9),
    ]
    expected = (100 * 1 + 300 * 8) * DAY_MICROSECONDS
    assert byte_time_to_date(points, MARCH, TENTH) == expected


def test_before_the_first_point_there_is_nothing_and_after_the_end_no_more() -> None:
    points = [HistoryPoint(MARCH.end - DAY, 7)]
    assert byte_time_to_date(points, MARCH, TENTH) == 0
    assert byte_time_to_date([], MARCH, TENTH) == 0
    assert byte_time_to_date(points, MARCH, MARCH.end + 9 * DAY) == 7 * DAY_MICROSECONDS
    assert byte_time_to_date(points, MARCH, MARCH.start - DAY) == 0


@given(st.integers(0, 2**50), st.integers(15, 200), st.integers(0, 30), st.integers(0, 86_399))
def test_what_never_changes_is_forecast_exactly(
    stored: int, days: int, day: int, second: int
) -> None:
    now = MARCH.start + day * DAY + timedelta(seconds=second)
    found = known(history([stored] * (days + 31), now), now)
    assert found.expected == found.low == found.high == stored * MARCH.microseconds
    assert not found.uses_trend


@given(st.lists(st.integers(0, 10**13), min_size=15, max_size=120), st.integers(0, 30))
def test_the_interval_is_around_the_expected_and_never_below_what_was(
    values: list[int], day: int
) -> None:
    now = MARCH.start + day * DAY
    found = known(history(values, now), now)
    assert found.to_date <= found.low <= found.expected <= found.high


@given(st.lists(st.integers(0, 10**13), min_size=15, max_size=80), st.integers(2, 1000))
def test_twice_the_bytes_are_twice_the_forecast(values: list[int], factor: int) -> None:
    one = known(history(values))
    many = known(history([value * factor for value in values]))
    for name in ("to_date", "expected", "low", "high"):
        assert getattr(many, name) == pytest.approx(getattr(one, name) * factor, rel=1e-6)


def test_steady_growth_goes_on_and_the_interval_holds_it() -> None:
    growth = [10**9 + day * 10**7 for day in range(150)]
    truth = byte_time_to_date(history(growth, TENTH + 29 * DAY), MARCH, MARCH.end)
    found = known(history(growth[:-29]))
    assert found.uses_trend
    assert found.to_date < found.expected < truth
    assert found.low < truth <= found.high * (1 + 1e-9)
    assert truth / found.expected < 1.05


def test_one_large_push_does_not_make_a_trend() -> None:
    values = [10**9] * 80 + [3 * 10**9] * 20
    found = known(history(values))
    assert not found.uses_trend
    assert found.expected == found.to_date + 3 * 10**9 * (31 - 9) * DAY_MICROSECONDS


@pytest.mark.parametrize("values", [14, 1, 0])
def test_a_past_that_is_too_short_gives_no_forecast(values: int) -> None:
    assert forecast(history([5] * values), MARCH, TENTH) is None


def test_a_past_of_less_than_sixty_days_makes_it_rough() -> None:
    assert known(history([5] * 15)).is_rough
    assert known(history([5] * 60)).is_rough
    assert not known(history([5] * 61)).is_rough


def test_a_month_that_has_not_begun_is_not_forecast() -> None:
    before = MARCH.start - DAY
    assert forecast(history([5] * 100, before), MARCH, before) is None


def test_a_month_that_is_over_is_known() -> None:
    found = forecast([HistoryPoint(MARCH.end - DAY, 7)], MARCH, MARCH.end)
    seven = 7 * DAY_MICROSECONDS
    assert found == Forecast(MARCH, seven, seven, seven, seven)


def test_a_forecast_in_money_prices_whole_months() -> None:
    found = Forecast(MARCH, 10, 30, 20, 40)

    def cost_of(byte_time: int) -> Decimal:
        return max(Decimal(0), Decimal(byte_time - 15) * 2)

    expected = CostForecast(Decimal(0), Decimal(30), Decimal(10), Decimal(50))
    assert cost_forecast(found, found.to_date, cost_of) == expected
    assert cost_forecast(None, 16, cost_of) == CostForecast(Decimal(2))


def test_the_slope_is_the_median_of_all_pairs() -> None:
    assert theil_sen_slope([0, 1, 2, 1000, 4, 5]) == 1
    assert theil_sen_slope([3, 1]) == -2


class Trial(NamedTuple):
    is_held: bool
    miss: float
    naive_miss: float


def trials(histories: dict[str, list[HistoryPoint]]) -> list[Trial]:
    """Forecasts on the 10th and 20th against the end of the month, where 28 days are known."""
    return [
        trial(points, Period.month(month), day)
        for points in histories.values()
        for month in HELD_OUT
        for day in (10, 20)
        if points[0].at <= Period.month(month).start + (day - 29) * DAY
    ]


def trial(points: list[HistoryPoint], period: Period, day: int) -> Trial:
    now = period.start + (day - 1) * DAY
    seen = [point for point in points if point.at <= now]
    found = forecast(seen, period, now)
    assert found is not None
    truth = byte_time_to_date(points, period, period.end)
    naive = byte_time_to_date(seen, period, period.end)
    is_held = found.low <= truth <= found.high
    return Trial(is_held, abs(found.expected - truth) / truth, abs(naive - truth) / truth)


@pytest.mark.slow
@pytest.mark.parametrize("histories", [kept_histories, tagged_histories], ids=["kept", "tagged"])
def test_on_real_pushes_the_interval_holds_and_naive_forecasts_are_not_better(
    histories: Callable[[], dict[str, list[HistoryPoint]]],
) -> None:
    done = trials(histories())
    assert len(done) > 600
    assert 0.65 <= fmean(one.is_held for one in done) <= 0.95
    restless = [one for one in done if one.naive_miss > 0]
    assert len(restless) > 400
    for some in (done, restless):
        naive = median(one.naive_miss for one in some)
        assert median(one.miss for one in some) <= 1.1 * naive


def test_where_images_are_kept_the_trend_beats_the_present_state() -> None:
    """All repositories together grow steadily, and that is seen."""
    now = datetime(2017, 11, 10, tzinfo=UTC)
    month = Period.month("2017-11")
    points = total(kept_histories())
    found = forecast([point for point in points if point.at <= now], month, now)
    assert found is not None
    assert found.uses_trend
    truth = byte_time_to_date(points, month, month.end)
    naive = byte_time_to_date([point for point in points if point.at <= now], month, month.end)
    assert abs(found.expected - truth) < abs(naive - truth)
