"""Due times of a cron expression in a time zone: every local time once, also when clocks change.

A time that the clock skips in spring is due at the moment it skips to; one that it shows
twice in autumn is due the first time. Hours written as `*` follow the clock as it goes.
Source: cronsim's README, which follows Debian's cron; measured in tests/timetable.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_FIELDS = 5
# Clocks change by an hour or two at most; a walk that began in between would count otherwise.
_BEFORE = timedelta(hours=4)
_MOST_COUNTED = 1_000
_LONG_AGO = timedelta(days=366)


def check_cron(expression: str) -> str:
    """The expression, spaces tidied; ValueError for one that is none, or is never due."""
    fields = expression.split()
    if len(fields) != _FIELDS:
        raise ValueError("it needs five fields: minute, hour, day, month, weekday")
    try:
        next(CronSim(" ".join(fields), datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"it is no cron expression: {str(error).lower()}") from None
    except StopIteration:
        raise ValueError("it is never due") from None
    return " ".join(fields)


def check_zone(name: str) -> str:
    """The name of a time zone; ValueError for one that nobody knows."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
        raise ValueError("it is no time zone; write one like Europe/Berlin or UTC") from None
    return name


def due_times(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Every due time later than `after`, in UTC, each once and in order; it may be endless."""
    last = after.astimezone(UTC)
    start = last - _BEFORE
    for local in CronSim(cron, start.astimezone(ZoneInfo(zone))):
        moment = local.astimezone(UTC)
        if moment > last:
            yield moment
            last = moment


def next_times(cron: str, zone: str, after: datetime, count: int) -> tuple[datetime, ...]:
    """The next `count` due times in UTC; fewer where there are no more within fifty years."""
    found = due_times(cron, zone, after)
    return tuple(moment for moment, _ in zip(found, range(count), strict=False))


def latest_due(cron: str, zone: str, after: datetime, now: datetime) -> tuple[datetime, int] | None:
    """The latest due time in (after, now] and how many there are before it; None for none.

    They are counted to a thousand. Of more than a year ago nothing is said.
    """
    after = max(after, now - _LONG_AGO)
    latest, count = None, 0
    for moment in _until(cron, zone, after, now):
        latest, count = moment, count + 1
        if count > _MOST_COUNTED:
            return _latest_of_many(cron, zone, latest, now), _MOST_COUNTED
    return (latest, count - 1) if latest else None


def _latest_of_many(cron: str, zone: str, found: datetime, now: datetime) -> datetime:
    """The latest one, looked for from its end in steps that grow."""
    span = timedelta(hours=1)
    while (start := now - span) > found:
        late = list(_until(cron, zone, start, now))
        if late:
            return late[-1]
        span *= 4
    late = list(_until(cron, zone, found, now))
    return late[-1] if late else found


def _until(cron: str, zone: str, after: datetime, now: datetime) -> Iterator[datetime]:
    for moment in due_times(cron, zone, after):
        if moment > now:
            return
        yield moment
