"""What a month will have cost by its end, with an interval.

The part of the month that is over is exact. For the rest, two plain forecasts compete: the
present state goes on, or it grows by the trend of the last 60 days, damped. The trend is
the median of the slopes between all pairs of days (Theil 1950; Sen 1968, JASA 63:1379), so
that one large push does not bend it; it fades by 5 % a day, as trends do (Gardner and
McKenzie 1985, Management Science 31:1237). Both are tried on every second day of the last
180, with only what was known then; the trend is used where its misses were at least a
tenth smaller on average, and the misses of what is used give the interval: from the tenth
to the ninetieth percentile of them (Williams and Goodman 1971, JASA 66:752). That is meant
to hold the outcome eight times in ten; what it held on real pushes is in
docs/adr/0016-owners-forecast-and-alarms.md.

A past shorter than 14 days gives no forecast. One that is shorter than three times the
days to forecast is tried less far ahead, and its misses are enlarged in proportion; below
60 days the interval spans all misses. Even so it holds less often: `Forecast.is_rough`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, chain, pairwise, repeat
from operator import mul, sub, truediv
from statistics import fmean, median, quantiles

from auditor.domain.ledger import Period
from auditor.domain.outlook import ROUGH_BELOW_DAYS, CostForecast, Forecast
from auditor.domain.views import HistoryPoint
from auditor.ledger.daily import DAY, daily_bytes, in_order

MIN_PAST_DAYS = 14
TREND_DAYS = 60
TRIAL_DAYS = 180
_DAYS_BETWEEN_TRIALS = 2
_CLEARLY_SMALLER = 0.9
_DAMPING = 0.95
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Gain:
    """By how many bytes the mean of the days ahead will be above today's value."""

    expected: float
    low: float
    high: float
    uses_trend: bool


def byte_time_to_date(points: Sequence[HistoryPoint], period: Period, now: datetime) -> int:
    """Byte-time from the period's start until `now` or its end; nothing before the first point."""
    until = min(now, period.end)
    ordered = [point for point in in_order(points) if point.at < until]
    ends = [HistoryPoint(until, 0)]
    return sum(
        point.stored_bytes * max(0, (after.at - max(point.at, period.start)) // _MICROSECOND)
        for point, after in pairwise(ordered + ends)
    )


def forecast(points: Sequence[HistoryPoint], period: Period, now: datetime) -> Forecast | None:
    """Byte-time of the whole period as far as it can be known at `now`.

    None where the past is shorter than `MIN_PAST_DAYS`, or the period has not begun.
    """
    to_date = byte_time_to_date(points, period, now)
    if now >= period.end:
        return Forecast(period, to_date, to_date, to_date, to_date)
    known = daily_bytes(points, now, TRIAL_DAYS + TREND_DAYS)
    if now < period.start or len(known) <= MIN_PAST_DAYS:
        return None
    rest = period.end - now
    gain = _gain(known, days=-(-rest // DAY))
    expected, low, high = (
        to_date + _rest_of(known[-1], one, rest // _MICROSECOND)
        for one in (gain.expected, gain.low, gain.high)
    )
    return Forecast(
        period, to_date, expected, low, high, gain.uses_trend, len(known) <= ROUGH_BELOW_DAYS
    )


def cost_forecast(
    outlook: Forecast | None, to_date: int, cost_of: Callable[[int], Decimal]
) -> CostForecast:
    """The forecast in money; `cost_of` prices a period's byte-time and never falls.

    Tiers, included amounts and fees are thus priced as the whole month's bill has them.
    """
    if outlook is None:
        return CostForecast(cost_of(to_date))
    expected, low, high = map(cost_of, (outlook.expected, outlook.low, outlook.high))
    return CostForecast(cost_of(to_date), expected, low, high, outlook.is_rough)


def _rest_of(stored_bytes: int, gain: float, microseconds: int) -> int:
    """Byte-time of the time left; never negative."""
    return max(0, stored_bytes * microseconds + round(gain * microseconds))


def _gain(known: Sequence[int], days: int) -> _Gain:
    today = len(known) - 1
    horizon = min(days, today // 3)
    oldest = max(min(MIN_PAST_DAYS - 1, today // 3), today - TRIAL_DAYS)
    trials = range(today - horizon, oldest - 1, -_DAYS_BETWEEN_TRIALS)
    gains = [_mean_of_next(known, day, horizon) for day in trials]
    misses = [
        gain - _trend_gain(known, day, horizon) for gain, day in zip(gains, trials, strict=True)
    ]
    uses_trend = fmean(map(abs, misses)) < _CLEARLY_SMALLER * fmean(map(abs, gains))
    expected = _trend_gain(known, today, days) if uses_trend else 0.0
    low, high = _bounds(misses if uses_trend else gains, is_rough=today < ROUGH_BELOW_DAYS)
    scale = days / horizon
    return _Gain(
        expected, expected + min(0, low) * scale, expected + max(0, high) * scale, uses_trend
    )


def _mean_of_next(known: Sequence[int], day: int, days: int) -> float:
    """The mean of the next `days` above the value of `day`, as it was."""
    return (sum(known[day + 1 : day + 1 + days]) - days * known[day]) / days


def _bounds(misses: Sequence[float], *, is_rough: bool) -> tuple[float, float]:
    if is_rough:
        return min(misses), max(misses)
    low, *_, high = quantiles(misses, n=10, method="inclusive")
    return low, high


def _trend_gain(known: Sequence[int], day: int, days: int) -> float:
    """The mean of the next `days` above the value of `day`, if its damped trend goes on."""
    slope = theil_sen_slope(known[max(0, day + 1 - TREND_DAYS) : day + 1])
    return slope * _mean_damped_days(days)


def _mean_damped_days(days: int) -> float:
    """Mean over the next `days` of how many days' growth will have come by then."""
    fading = accumulate(repeat(_DAMPING, days), mul)
    return fmean(accumulate(fading))


def theil_sen_slope(values: Sequence[float]) -> float:
    """Median of the slopes between all pairs of at least two values, one unit apart."""
    ahead = range(1, len(values))
    slopes = (map(truediv, map(sub, values[far:], values), repeat(far)) for far in ahead)
    slope: float = median(chain.from_iterable(slopes))
    return slope
