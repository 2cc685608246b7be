from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditor.domain.outbox import iso_week, wait_before


@pytest.mark.parametrize(
    "moment, zone, week",
    [
        (datetime(2026, 11, 23, 7, tzinfo=UTC), "UTC", "2026-W48"),
        (datetime(2026, 11, 23, 7, tzinfo=UTC), "America/Los_Angeles", "2026-W47"),
        (datetime(2026, 11, 22, 20, tzinfo=UTC), "Asia/Tokyo", "2026-W48"),
        (datetime(2027, 1, 3, 12, tzinfo=UTC), "UTC", "2026-W53"),
        (datetime(2025, 12, 29, 0, tzinfo=UTC), "UTC", "2026-W01"),
    ],
)
def test_a_week_is_the_recipients(moment: datetime, zone: str, week: str) -> None:
    assert iso_week(moment, ZoneInfo(zone)) == week


def test_waits_grow_and_have_an_end() -> None:
    waits = [wait_before(attempts) / timedelta(minutes=1) for attempts in (1, 2, 3, 4, 5, 10**9)]
    assert waits == [5, 15, 45, 135, 240, 240]
