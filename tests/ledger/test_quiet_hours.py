from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from auditor.domain.alerts import QuietHours
from auditor.ledger.quiet_hours import is_quiet

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    "start, end, clock, expected",
    [
        (time(22), time(7), time(22), True),
        (time(22), time(7), time(3), True),
        (time(22), time(7), time(7), False),
        (time(22), time(7), time(12), False),
        (time(12), time(13), time(12, 59), True),
        (time(12), time(13), time(13), False),
        (time(12), time(13), time(11, 59), False),
        (time(12), time(12), time(12), False),
    ],
)
def test_the_start_is_quiet_and_the_end_is_not(
    start: time, end: time, clock: time, expected: bool
) -> None:
    now = datetime.combine(date(2026, 11, 26), clock, tzinfo=UTC)
    assert is_quiet(QuietHours(start, end, ZoneInfo("UTC")), now) is expected


def test_the_clock_is_that_of_the_zone_in_summer_and_in_winter() -> None:
    hours = QuietHours(time(22), time(7), ZURICH)
    assert is_quiet(hours, datetime(2026, 7, 1, 20, 30, tzinfo=UTC))
    assert not is_quiet(hours, datetime(2026, 12, 1, 20, 30, tzinfo=UTC))


def test_without_hours_nothing_is_quiet() -> None:
    assert not is_quiet(None, datetime(2026, 11, 26, tzinfo=UTC))
