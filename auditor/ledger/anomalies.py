"""Growth out of the ordinary, with few false alarms.

A day's growth is unusual when it is above all of these:

- 100 MB, and 10 % of what was stored, above the largest size of the 60 days before: steady
  growth is no alarm, nor is the return to a size that a clean-up had left;
- the outlier limit of the 60 days before: their median change plus 3.5 / 0.6745 times
  their MAD, the median absolute deviation from that median (modified z-score above 3.5:
  Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers, ASQC; NIST/SEMATECH
  e-Handbook of Statistical Methods, 1.3.5.17);
- twice the largest growth of a day among them. Pushes are few and of very different sizes:
  where most days see none the MAD is 0, and the second rule alone would report each push.

Days with fewer than 28 days of past are not judged. How often this speaks up on real pushes
and on random walks is in docs/adr/0016-owners-forecast-and-alarms.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from auditor.domain.outlook import Anomaly
from auditor.domain.views import HistoryPoint
from auditor.ledger.daily import DAY, daily_bytes

WINDOW_DAYS = 60
MIN_PAST_DAYS = 28
MIN_GROWTH_BYTES = 100 * 10**6
MIN_GROWTH_RATIO = 0.1
_Z_LIMIT = 3.5
_MAD_TO_SIGMA = 0.6745
_TIMES_LARGEST = 2


def find_anomalies(
    points: Sequence[HistoryPoint],
    now: datetime,
    days: int = 30,
    *,
    min_growth_bytes: int = MIN_GROWTH_BYTES,
) -> tuple[Anomaly, ...]:
    """Days of unusual growth among the last `days` before `now`, oldest first.

    Days end at the time of day of `now`. A point that comes late, after crawls that were
    missed, is judged as one day's growth.
    """
    known = daily_bytes(points, now, days + WINDOW_DAYS)
    today = len(known) - 1
    judged = range(max(MIN_PAST_DAYS + 1, today - days + 1), today + 1)
    found = (
        _judge(
            known[max(0, day - 1 - WINDOW_DAYS) : day + 1],
            now - (today - day) * DAY,
            min_growth_bytes,
        )
        for day in judged
    )
    return tuple(anomaly for anomaly in found if anomaly)


def _judge(known: Sequence[int], at: datetime, min_growth_bytes: int) -> Anomaly | None:
    """Whether the last value of `known` is an unusual step from the one before."""
    *past, before, stored = known
    growth = stored - before
    is_small = growth < min_growth_bytes
    if is_small or stored - max(*past, before) < MIN_GROWTH_RATIO * before:
        return None
    low, high = usual_range([later - earlier for earlier, later in pairwise(known[:-1])])
    return Anomaly(at, growth, low, high, stored) if growth > high else None


def usual_range(changes: Sequence[int]) -> tuple[int, int]:
    """Least and most that a day's change usually is, judged by at least one earlier change."""
    middle = median(changes)
    spread = _Z_LIMIT / _MAD_TO_SIGMA * median(abs(change - middle) for change in changes)
    return (
        round(min(middle - spread, _TIMES_LARGEST * min(changes))),
        round(max(middle + spread, _TIMES_LARGEST * max(changes))),
    )
