from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.retry import RetryAllowance, RetryPolicy, parse_retry_after

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("7", 7),
        ("1.5", 1.5),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", None),
        ("-5", None),
        ("0", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("9" * 500, None),
        ("Fri, 99 Foo 9999 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_in_the_future(
    value: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(value, now=NOW) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_positive_or_nothing(value: str) -> None:
    seconds = parse_retry_after(value, now=NOW)
    assert seconds is None or seconds > 0


def test_waits_grow_up_to_a_ceiling() -> None:
    policy = RetryPolicy(attempts=10, base_seconds=1, ceiling_seconds=4, budget_seconds=100)
    waits = [policy.wait_seconds(attempt, None, 0, 1.0) for attempt in range(1, 6)]
    assert waits == [1, 2, 4, 4, 4]


def test_jitter_spreads_a_wait_over_the_whole_range() -> None:
    policy = RetryPolicy()
    assert policy.wait_seconds(1, None, 0, 0.0) == 0
    assert policy.wait_seconds(3, None, 0, 0.5) == 1


def test_what_the_server_asks_for_is_waited_at_least() -> None:
    assert RetryPolicy().wait_seconds(1, 10, 0, 0.5) == 10.25


def test_an_absurd_wait_is_not_waited() -> None:
    assert RetryPolicy().wait_seconds(1, 10**9, 0, 0.5) is None


def test_waiting_ends_with_the_budget_and_with_the_attempts() -> None:
    policy = RetryPolicy(attempts=3, budget_seconds=10)
    assert policy.wait_seconds(1, 5, 6, 0) is None
    assert policy.wait_seconds(3, None, 0, 0) is None


def test_a_source_has_a_limited_number_of_retries_and_earns_new_ones() -> None:
    allowance = RetryAllowance(start=2)
    assert [allowance.spend() for _ in range(3)] == [True, True, False]
    for _ in range(11):
        allowance.earn()
    assert allowance.spend()
    assert not allowance.spend()
