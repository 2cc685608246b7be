from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.ledger import Period, Stay
from auditor.ledger.early_deletion import early_deleted

MARCH = Period.month("2026-03")
DAY_MICROSECONDS = 86_400_000_000


def day(number: float) -> datetime:
    return MARCH.start + timedelta(days=number)


def stay(since: float, until: float | None, size_bytes: int = 1) -> Stay:
    return Stay(size_bytes, day(since), None if until is None else day(until))


def days(*stays: Stay, minimum: int = 30) -> float:
    return early_deleted(stays, minimum, MARCH) / DAY_MICROSECONDS


@pytest.mark.parametrize(
    "stays, expected",
    [
        ([], 0),
        ([stay(0, None)], 0),
        ([stay(0, 10)], 20),
        ([stay(-5, 10, size_bytes=7)], 15 * 7),
        ([stay(-40, 10)], 0),
        ([stay(-40, -1)], 0),
        ([stay(0, 40)], 0),
        ([stay(0, 5), stay(5, 10)], 20),
        ([stay(0, 10), stay(2, 3)], 20),
        ([stay(0, 10), stay(9, None)], 0),
        ([stay(0, None), stay(9, 12)], 0),
        ([stay(0, 5), stay(6, 10)], 25 + 26),
        ([stay(-10, -5), stay(6, 10)], 26),
    ],
)
def test_bytes_are_charged_for_the_rest_of_their_minimum(
    stays: list[Stay], expected: float
) -> None:
    assert days(*stays) == expected


@given(
    st.lists(st.tuples(st.integers(-60, 60), st.integers(1, 60)), max_size=6),
    st.integers(0, 90),
)
def test_cut_in_two_a_stay_is_charged_the_same(parts: list[tuple[int, int]], minimum: int) -> None:
    whole = sorted((stay(since, since + length) for since, length in parts), key=_since)
    halves = sorted(
        (
            half
            for since, length in parts
            for half in (stay(since, since + length / 2), stay(since + length / 2, since + length))
        ),
        key=_since,
    )
    assert days(*whole, minimum=minimum) == days(*halves, minimum=minimum)


def _since(one: Stay) -> datetime:
    return one.since
