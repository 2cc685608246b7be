"""A history of changes as one value a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from auditor.domain.views import HistoryPoint

DAY = timedelta(days=1)
_LEAST_TIME = timedelta(microseconds=1)


def end_of_day(moment: datetime) -> datetime:
    """The last moment of the day, in UTC, that `moment` is in."""
    start = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return start + DAY - _LEAST_TIME


def in_order(points: Sequence[HistoryPoint]) -> list[HistoryPoint]:
    """By time; of two at one moment the later in `points` comes last, and counts."""
    return sorted(points, key=lambda point: point.at)


def daily_bytes(points: Sequence[HistoryPoint], until: datetime, days: int) -> list[int]:
    """Stored bytes at `until` and at each of the `days` moments whole days before it.

    Oldest first. What was before the first point is unknown and left out, so that there
    may be fewer values, or none. Points after `until` do not count.
    """
    ordered = in_order(points)
    moments = [point.at for point in ordered]
    held = (bisect_right(moments, until - back * DAY) for back in range(days, -1, -1))
    return [ordered[count - 1].stored_bytes for count in held if count]
