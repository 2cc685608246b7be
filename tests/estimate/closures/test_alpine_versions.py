from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.package_facts import Relation
from auditor.estimate.closures.alpine_versions import compare, satisfies, version_key

# Cases of the rules of apk-package(5), older before newer.
OLDER_FIRST = [
    ["1.2_alpha", "1.2_alpha1", "1.2_beta", "1.2_pre1", "1.2_rc1", "1.2_rc2", "1.2", "1.2_p1"],
    ["1.2-r0", "1.2-r1", "1.2-r10", "1.2_git20240101-r0", "1.2a", "1.2b-r0", "1.2.0", "1.2.1"],
    ["1.01", "1.1", "1.2", "1.10"],
    ["0.9.10", "0.10", "1", "2"],
    ["not a version", "0"],
    ["1.0", "1.0_cvs", "1.0_svn", "1.0_git", "1.0_hg", "1.0_p"],
]
numbers = st.integers(0, 12).map(str)
suffixes = st.sampled_from(["", "_alpha", "_rc1", "_p", "_p2", "_git20240101", "_rc1_p1"])
versions = st.builds(
    lambda parts, letter, suffix, revision: ".".join(parts) + letter + suffix + revision,
    st.lists(st.one_of(numbers, st.just("01"), st.just("00")), min_size=1, max_size=4),
    st.sampled_from(["", "a", "b"]),
    suffixes,
    st.sampled_from(["", "-r0", "-r3"]),
)


@pytest.mark.parametrize("ordered", OLDER_FIRST)
def test_versions_sort_as_apk_sorts_them(ordered: list[str]) -> None:
    for older, newer in itertools.combinations(ordered, 2):
        assert (compare(older, newer), compare(newer, older)) == (-1, 1), (older, newer)


@given(versions, versions, versions)
def test_the_order_is_total_and_transitive(one: str, two: str, three: str) -> None:
    assert compare(one, two) == -compare(two, one)
    first, second, third = sorted((one, two, three), key=version_key)
    assert compare(first, second) <= 0
    assert compare(second, third) <= 0
    assert compare(first, third) <= 0


@given(versions)
def test_a_version_begins_with_itself(version: str) -> None:
    assert satisfies(version, Relation("any", "~", version))


@pytest.mark.parametrize(
    "operator, allowed",
    [
        ("<<", ["1.1-r0"]),
        ("<=", ["1.1-r0", "1.2-r0"]),
        ("=", ["1.2-r0"]),
        (">=", ["1.2-r0", "1.2.1-r0", "1.20-r0"]),
        (">>", ["1.2.1-r0", "1.20-r0"]),
        ("", ["1.1-r0", "1.2-r0", "1.2.1-r0", "1.20-r0"]),
        ("?", []),
    ],
)
def test_a_relation_allows_versions_on_its_side(operator: str, allowed: list[str]) -> None:
    relation = Relation("any", operator, "1.2-r0")
    known = ["1.1-r0", "1.2-r0", "1.2.1-r0", "1.20-r0"]
    assert [version for version in known if satisfies(version, relation)] == allowed


def test_a_tilde_allows_what_begins_so() -> None:
    known = ["1.1-r0", "1.2-r0", "1.2.1-r0", "1.20-r0", "1.2a_rc1-r0", "x"]
    allowed = [one for one in known if satisfies(one, Relation("any", "~", "1.2"))]
    assert allowed == ["1.2-r0", "1.2.1-r0", "1.2a_rc1-r0"]
    assert not satisfies("1.2", Relation("any", "~", ""))


def test_a_hash_of_a_commit_changes_no_order() -> None:
    assert compare("1.2~a1b2c3-r0", "1.2-r0") == 0


def test_what_is_too_long_is_no_version() -> None:
    assert compare("9" * 300, "0") == -1
