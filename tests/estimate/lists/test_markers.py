from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from auditor.domain.errors import UsageError
from auditor.estimate.lists.markers import (
    ALWAYS,
    Condition,
    any_of,
    both,
    checked_marker,
    decide_extras,
    either,
    written,
)

ENVIRONMENTS = [
    {"python_version": version, "sys_platform": system, "os_name": name}
    for version in ("3.9", "3.12")
    for system in ("linux", "win32")
    for name in ("posix", "nt")
]
MARKERS = [
    "",
    'python_version < "3.10"',
    'sys_platform == "linux"',
    'sys_platform == "win32" or os_name == "nt"',
    'os_name == "posix"',
]


def holds(marker: str, environment: dict[str, str]) -> bool:
    return not marker or Marker(marker).evaluate(environment)


@given(st.lists(st.lists(st.sampled_from(MARKERS), max_size=4), min_size=1, max_size=5))
def test_ways_are_joined_by_or_and_what_stands_along_one_by_and(ways: list[list[str]]) -> None:
    condition: Condition = frozenset()
    for way in ways:
        along = ALWAYS
        for marker in way:
            along = both(along, marker)
        condition = either(condition, along)
    joined = written(condition)
    for environment in ENVIRONMENTS:
        expected = any(all(holds(one, environment) for one in way) for way in ways)
        assert holds(joined, environment) is expected


def test_too_much_to_write_holds_too_often_never_too_rarely() -> None:
    condition: Condition = frozenset()
    for number in range(9):
        condition = either(condition, both(ALWAYS, f"python_version > '{number}'"))
    assert condition == ALWAYS
    long_way = ALWAYS
    for number in range(20):
        long_way = both(long_way, f"python_version > '{number}'")
    assert len(next(iter(long_way))) == 6
    assert written(both(ALWAYS, "os_name == '" + "x" * 3_000 + "'")) == ""
    assert any_of([f"os_name == '{'x' * 2_000}'"] * 3) == ""
    assert any_of(["", "os_name == 'x'"]) == ""


def test_extras_are_decided() -> None:
    text = "extra == 'a' or extra != \"b\" and python_version < '3'"
    assert decide_extras(text, {"a", "b"}) == (
        "python_version >= '0' or python_version < '0' and python_version < '3'"
    )
    assert decide_extras("extra == 'A_b'", {"a-b"}) == "python_version >= '0'"
    assert decide_extras("extra == 'a'", {"*"}) == "python_version >= '0'"


@pytest.mark.parametrize(
    "marker", ["so", 7, "os_name == '\u202e'", "(" * 99, "os_name == '" + "x" * 5_000 + "'", " ( "]
)
def test_what_is_none_is_refused(marker: object) -> None:
    with pytest.raises(UsageError, match="is no marker of a"):
        checked_marker("f", marker, "a")


def test_none_and_empty_are_no_marker() -> None:
    assert checked_marker("f", None, "a") == ""
    assert checked_marker("f", "", "a") == ""
