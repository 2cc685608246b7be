from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.package_facts import Relation
from auditor.estimate.closures.debian_versions import compare, satisfies, version_key

# Debian Policy 5.6.12's own example of strings, and cases of its rules; older before newer.
OLDER_FIRST = [
    ["~~", "~~a", "~", "", "a"],
    ["1.0~beta1~svn1245", "1.0~beta1", "1.0"],
    ["1.0-1~bpo12+1", "1.0-1", "1.0-1+b1", "1.0-1.1", "1.0-2", "1.0-10"],
    ["9.9", "1:0.1", "2:0"],
    ["1.2a", "1.2b", "1.2+dfsg", "1.2.1"],
    ["0~a", "0", "0a"],
    ["2.36-9+deb12u4", "2.36-9+deb12u10", "2.37-1"],
    ["1.0-a-1", "1.0-a-2"],
    ["99999999999999999999999998", "99999999999999999999999999"],
]
texts = st.text("0123456789abAB.+-~:", max_size=12)


@pytest.mark.parametrize("ordered", OLDER_FIRST)
def test_versions_sort_as_the_policy_says(ordered: list[str]) -> None:
    for older, newer in itertools.combinations(ordered, 2):
        assert (compare(older, newer), compare(newer, older)) == (-1, 1), (older, newer)


@pytest.mark.parametrize(
    "left, right", [("1.0", "1.0-0"), ("0:1", "1"), ("1.00", "1.0"), ("1.", "1.0"), ("", "0")]
)
def test_some_versions_written_differently_are_the_same(left: str, right: str) -> None:
    assert compare(left, right) == 0


@given(texts, texts, texts)
def test_the_order_is_total_and_transitive(one: str, two: str, three: str) -> None:
    assert compare(one, two) == -compare(two, one)
    assert compare(one, one) == 0
    first, second, third = sorted((one, two, three), key=version_key)
    assert compare(first, second) <= 0
    assert compare(second, third) <= 0
    assert compare(first, third) <= 0


@given(texts)
def test_a_tilde_makes_any_version_older_and_a_plus_newer(version: str) -> None:
    assert compare(f"{version}~", version) < 0
    assert compare(f"{version}+", version) > 0


@pytest.mark.parametrize(
    "operator, allowed",
    [
        ("<<", "1"),
        ("<=", "12"),
        ("<", "12"),
        ("=", "2"),
        (">=", "23"),
        (">", "23"),
        (">>", "3"),
        ("", "123"),
        ("?", ""),
    ],
)
def test_a_relation_allows_versions_on_its_side(operator: str, allowed: str) -> None:
    relation = Relation("any", operator, "2")
    assert "".join(version for version in "123" if satisfies(version, relation)) == allowed
