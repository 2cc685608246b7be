from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from auditor.domain.retention import Forgotten, PrunedRegistry, horizon_of

OCTOBER_IN_UTC = datetime(2026, 11, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))


def utc(year: int, month: int, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def test_the_horizon_is_the_start_of_a_month() -> None:
    assert horizon_of(utc(2026, 11, 26), 1) == utc(2026, 10)
    assert horizon_of(utc(2026, 11), 1) == utc(2026, 10)
    assert horizon_of(utc(2026, 3, 31), 3) == utc(2025, 12)
    assert horizon_of(utc(2026, 1, 31), 12) == utc(2025, 1)
    assert horizon_of(utc(2026, 1, 31), 13) == utc(2024, 12)
    assert horizon_of(OCTOBER_IN_UTC, 1) == utc(2026, 9)
    assert horizon_of(utc(2, 1), 1200) == utc(1, 1), "there is no year before"


def test_what_was_removed_is_added_up() -> None:
    pruned = PrunedRegistry("r").plus(tags=2, problems=1).plus(tags=3, presences=4)
    assert (pruned.tags, pruned.rows) == (5, 10)
    assert Forgotten(1, 2, 3) + Forgotten(10, 20, 30) == Forgotten(11, 22, 33)
