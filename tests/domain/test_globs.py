from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.globs import has_wildcard, matches


def naive(pattern: str, name: str) -> bool:
    """The same, by trying everything."""
    if not pattern:
        return not name
    if pattern.startswith("**"):
        rest = pattern.lstrip("*")
        return any(naive(rest, name[at:]) for at in range(len(name) + 1))
    if pattern[0] == "*":
        ends = range(len(name.partition("/")[0]) + 1)
        return any(naive(pattern[1:], name[at:]) for at in ends)
    return name[:1] == pattern[0] and naive(pattern[1:], name[1:])


@pytest.mark.parametrize(
    "pattern,name,expected",
    [
        ("pay/*", "pay/api", True),
        ("pay/*", "pay/api/v2", False),
        ("pay/**", "pay/api/v2", True),
        ("pay/**", "pay", False),
        ("*", "pay", True),
        ("*", "pay/api", False),
        ("**", "pay/api", True),
        ("**/api", "a/b/api", True),
        ("pay-*-api", "pay-eu-api", True),
        ("pay", "pay", True),
        ("pay", "Pay", False),
        ("p.y", "pay", False),
        ("p[a]y", "pay", False),
        ("**", "two\nlines", True),
        ("pay", "pay\n", False),
        ("", "", True),
    ],
)
def test_one_star_stays_within_a_segment_and_two_do_not(
    pattern: str, name: str, expected: bool
) -> None:
    assert matches(pattern, name) is expected


@settings(max_examples=2000)
@given(st.text("ab/*", max_size=10), st.text("ab/", max_size=12))
def test_every_pattern_means_what_the_naive_matcher_says(pattern: str, name: str) -> None:
    assert matches(pattern, name) is naive(pattern, name)


@pytest.mark.parametrize("piece", ["*a", "**a", "*a**b", "**a*", "a*/**", "**/*a"])
def test_no_pattern_takes_long(piece: str) -> None:
    started = time.perf_counter()
    assert not matches(piece * 100 + "c", "a/ab" * 250)
    assert time.perf_counter() - started < 1


def test_a_pattern_without_a_star_is_one_name() -> None:
    assert has_wildcard("a/*")
    assert not has_wildcard("a/b")
