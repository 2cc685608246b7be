from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.outlook import Anomaly
from auditor.domain.views import HistoryPoint
from auditor.ledger.anomalies import WINDOW_DAYS, find_anomalies, usual_range
from auditor.ledger.daily import DAY
from tests.ledger.real_pushes import kept_histories, tagged_histories, total

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
END_OF_SAMPLE = datetime(2018, 1, 28, tzinfo=UTC)
MB = 10**6
GB = 10**9


def history(values: list[int]) -> list[HistoryPoint]:
    """One value a day, the last one at NOW."""
    start = NOW - (len(values) - 1) * DAY
    return [HistoryPoint(start + day * DAY, value) for day, value in enumerate(values)]


@given(st.integers(0, 10**15), st.integers(-(10**12), 10**12), st.integers(1, 200))
def test_a_constant_or_linear_history_never_alarms(start: int, growth: int, days: int) -> None:
    values = [max(0, start + growth * day) for day in range(days)]
    assert find_anomalies(history(values), NOW, days=200) == ()


@given(
    st.lists(st.integers(-50 * MB, 50 * MB), min_size=60, max_size=60),
    st.integers(200 * MB, 10**13),
    st.integers(0, 29),
)
def test_a_planted_jump_is_found_on_its_day(changes: list[int], jump: int, days_ago: int) -> None:
    """Sizes swing by up to 50 MB a day; the jump is above the swings and a fifth of the size."""
    values = [GB]
    for change in changes:
        values.append(min(1200 * MB, max(800 * MB, values[-1] + change)))
    jump = max(jump, 700 * MB)
    jumped = [*values, *[values[-1] + jump] * (days_ago + 1)]
    (found,) = find_anomalies(history(jumped), NOW)
    assert found.at == NOW - days_ago * DAY
    assert found.growth_bytes == jump
    assert found.stored_bytes == values[-1] + jump
    assert found.usual_low_bytes <= min(changes_of(values))
    assert max(changes_of(values)) <= found.usual_high_bytes < jump


def changes_of(values: list[int]) -> list[int]:
    return [after - before for before, after in pairwise(values)]


def test_an_anomaly_says_what_is_usual() -> None:
    values = [GB + day * MB for day in range(60)]
    (found,) = find_anomalies(history([*values, 2 * GB]), NOW)
    assert found == Anomaly(NOW, 941 * MB, 1 * MB, 2 * MB, 2 * GB)


@pytest.mark.parametrize(
    "jump,is_found", [(99 * MB, False), (100 * MB, True), (100 * MB - 1, False)]
)
def test_small_growth_is_no_alarm_however_unusual(jump: int, is_found: bool) -> None:
    values = [500 * MB] * 60
    assert bool(find_anomalies(history([*values, 500 * MB + jump]), NOW)) is is_found


def test_growth_that_is_a_small_part_of_the_whole_is_no_alarm() -> None:
    values = [100 * GB] * 60
    assert find_anomalies(history([*values, 109 * GB]), NOW) == ()
    assert len(find_anomalies(history([*values, 110 * GB]), NOW)) == 1


def test_the_first_push_into_an_empty_repository_is_growth_like_any_other() -> None:
    assert len(find_anomalies(history([*[0] * 40, GB]), NOW)) == 1


def test_a_return_to_a_size_before_a_clean_up_is_no_alarm() -> None:
    values = [*[5 * GB] * 40, *[GB] * 10, 5 * GB]
    assert find_anomalies(history(values), NOW) == ()


def test_days_without_four_weeks_of_past_are_not_judged() -> None:
    assert find_anomalies(history([*[GB] * 28, 9 * GB]), NOW) == ()
    assert len(find_anomalies(history([*[GB] * 29, 9 * GB]), NOW)) == 1
    assert find_anomalies([], NOW) == ()


def test_only_the_days_asked_for_are_judged() -> None:
    values = history([*[GB] * 60, *[9 * GB] * 8])
    assert len(find_anomalies(values, NOW, days=8)) == 1
    assert find_anomalies(values, NOW, days=7) == ()


def test_the_least_growth_to_report_can_be_chosen() -> None:
    values = history([*[MB] * 60, 3 * MB])
    assert find_anomalies(values, NOW) == ()
    assert len(find_anomalies(values, NOW, min_growth_bytes=MB)) == 1


def test_the_usual_range_is_wide_where_changes_are() -> None:
    assert usual_range([0] * 10) == (0, 0)
    assert usual_range([5] * 10) == (5, 10)
    low, high = usual_range([-4, -2, 0, 2, 4])
    assert (low, high) == (-10, 10)


def test_random_walks_alarm_on_less_than_one_day_in_two_hundred() -> None:
    """Additive and multiplicative walks with steps far above both least sizes."""
    dice = random.Random(20261126)  # noqa: S311 - no secret is made of it
    alarms = judged = 0
    for number in range(60):
        values = [20 * GB]
        for _ in range(WINDOW_DAYS + 140):
            step = dice.gauss(0, 2 * GB) if number % 2 else values[-1] * dice.gauss(0, 0.15)
            values.append(max(0, round(values[-1] + step)))
        alarms += len(find_anomalies(history(values), NOW, days=140))
        judged += 140
    assert alarms < judged / 200


@pytest.mark.parametrize(
    "histories,months_per_alarm",
    [(kept_histories(), 24), (tagged_histories(), 12)],
    ids=["kept", "tagged"],
)
def test_real_pushes_alarm_seldom(
    histories: dict[str, list[HistoryPoint]], months_per_alarm: int
) -> None:
    """A repository that keeps its images: once in two years; one that is cleaned: once in one."""
    alarms = {
        name: len(find_anomalies(points, END_OF_SAMPLE, days=484))
        for name, points in histories.items()
    }
    months = sum((END_OF_SAMPLE - points[0].at) / DAY / 30.4 for points in histories.values())
    assert 0 < sum(alarms.values()) < months / months_per_alarm
    assert max(alarms.values()) <= 5
    assert find_anomalies(total(histories), END_OF_SAMPLE, days=484) == ()
