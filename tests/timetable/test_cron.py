from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.timetable.cron import check_cron, check_zone, due_times, latest_due, next_times

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
ZONES = ("UTC", BERLIN, NEW_YORK, LORD_HOWE, "America/St_Johns", "Africa/Casablanca")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def between(cron: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    found = []
    for moment in due_times(cron, zone, after):
        if moment > until:
            break
        found.append(moment)
    return found


@pytest.mark.parametrize(
    "zone,day,due",
    [
        # Berlin: 2026-03-29 02:00 -> 03:00; 2026-10-25 03:00 -> 02:00
        (BERLIN, utc(2026, 3, 28, 12), utc(2026, 3, 29, 1)),
        (BERLIN, utc(2026, 10, 24, 12), utc(2026, 10, 25, 0, 30)),
        # New York: 2026-03-08 02:00 -> 03:00; at 01:30 nothing is twice for 02:30
        (NEW_YORK, utc(2026, 3, 7, 12), utc(2026, 3, 8, 7)),
        (NEW_YORK, utc(2026, 10, 31, 12), utc(2026, 11, 1, 7, 30)),
        # Lord Howe: half an hour; 2026-10-04 02:00 -> 02:30; 2026-04-05 02:00 -> 01:30
        (LORD_HOWE, utc(2026, 10, 3, 3), utc(2026, 10, 3, 15, 30)),
        (LORD_HOWE, utc(2026, 4, 4, 3), utc(2026, 4, 4, 16)),
    ],
)
def test_half_past_two_is_due_once_on_the_day_the_clocks_change(
    zone: str, day: datetime, due: datetime
) -> None:
    assert between("30 2 * * *", zone, day, day + timedelta(hours=20)) == [due]


def test_a_time_that_autumn_shows_twice_is_due_the_first_time() -> None:
    day = utc(2026, 4, 4, 3)
    assert between("45 1 * * *", LORD_HOWE, day, day + timedelta(hours=20)) == [
        utc(2026, 4, 4, 14, 45)
    ]
    assert between("30 1 * * *", NEW_YORK, utc(2026, 11, 1), utc(2026, 11, 1, 20)) == [
        utc(2026, 11, 1, 5, 30)
    ]


def test_it_is_not_due_again_for_who_looks_in_between_the_two() -> None:
    seen = utc(2026, 10, 25, 0, 45)
    for minutes in range(0, 180, 5):
        after = seen + timedelta(minutes=minutes)
        assert between("30 2 * * *", BERLIN, after, utc(2026, 10, 25, 12)) == []


def test_two_times_that_fall_together_in_spring_are_due_once() -> None:
    assert between("0 2,3 * * *", BERLIN, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12)) == [
        utc(2026, 3, 29, 1)
    ]


def test_every_quarter_of_an_hour_goes_on_through_both_changes() -> None:
    for start in (utc(2026, 3, 29), utc(2026, 10, 25)):
        found = between("*/15 * * * *", BERLIN, start, start + timedelta(hours=4))
        assert found == [start + timedelta(minutes=15 * n) for n in range(1, 17)]


def test_monday_is_monday() -> None:
    assert next_times("0 8 * * 1", "UTC", utc(2026, 11, 26), 2) == (
        utc(2026, 11, 30, 8),
        utc(2026, 12, 7, 8),
    )


moments = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: utc(2024, 1, 1) + timedelta(minutes=minutes)
)
crons = st.builds(
    "{} {} * * {}".format,
    st.integers(0, 59),
    st.one_of(st.integers(0, 4).map(str), st.just("*/2"), st.just("1-3"), st.just("*")),
    st.sampled_from(["*", "SUN", "1-5"]),
)


@given(crons, st.sampled_from(ZONES), moments, st.integers(0, 3000), st.integers(0, 3000))
def test_looking_twice_finds_what_looking_once_does(
    cron: str, zone: str, start: datetime, first: int, second: int
) -> None:
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    both = between(cron, zone, start, middle) + between(cron, zone, middle, end)
    assert both == between(cron, zone, start, end)
    assert both == sorted(set(both))


@given(st.integers(0, 59), st.integers(0, 23), st.sampled_from(ZONES), moments)
def test_a_time_of_day_is_due_once_on_every_day(
    minute: int, hour: int, zone: str, start: datetime
) -> None:
    found = between(f"{minute} {hour} * * *", zone, start, start + timedelta(days=10))
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in found]
    assert len(set(days)) == len(days)
    assert {(b - a).days for a, b in pairwise(days)} <= {1}
    assert 9 <= len(days) <= 11


@given(crons, st.sampled_from(ZONES), moments, st.integers(0, 6000))
def test_the_latest_is_the_last_of_all_that_are_due(
    cron: str, zone: str, start: datetime, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)
    found = between(cron, zone, start, end)
    expected = (found[-1], len(found) - 1) if found else None
    assert latest_due(cron, zone, start, end) == expected


def test_after_a_year_away_a_schedule_of_every_minute_is_found_quickly() -> None:
    now = utc(2026, 11, 26, 12, 0, 30)
    assert latest_due("* * * * *", BERLIN, utc(2020, 1, 1), now) == (utc(2026, 11, 26, 12), 1_000)
    assert latest_due("* * 1-7 1 *", BERLIN, utc(2020, 1, 1), now) == (
        utc(2026, 1, 7, 22, 59),
        1_000,
    )


def test_a_monthly_one_is_found_after_a_long_time_away() -> None:
    assert latest_due("0 7 1 * *", "UTC", utc(2026, 9, 15), utc(2026, 11, 26)) == (
        utc(2026, 11, 1, 7),
        1,
    )


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "* * * * * *", "60 * * * *", "x * * * *", "@daily", "0 0 31 2 *"]
)
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="it "):
        check_cron(cron)


def test_spaces_of_an_expression_are_tidied() -> None:
    assert check_cron("  0  8 * *   mon ") == "0 8 * * mon"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "\0"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        check_zone(zone)


def test_a_zone_is_taken() -> None:
    assert check_zone(BERLIN) == BERLIN
