"""What we choose beside what the real tools chose from the same indexes (record_closures.py)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from auditor.domain.packages import Closure, Wanted
from auditor.estimate.closures.apt import apt_closure, minbase
from auditor.estimate.closures.npm import npm_closure
from auditor.estimate.closures.npm_target import NpmTarget
from auditor.estimate.closures.python import python_closure
from auditor.estimate.closures.python_target import PythonTarget
from scripts.record_closures import npm_wanted, python_wanted
from tests.fakes.recorded_indexes import RecordedSystemIndex, npm_index, python_index, recorded


def difference(closure: Closure, chosen: list[str]) -> int:
    """How many copies one has and the other does not."""
    ours = Counter(f"{package.name} {package.version}" for package in closure.packages)
    real = Counter(chosen)
    return (ours - real).total() + (real - ours).total()


@pytest.fixture(scope="module")
def apt() -> dict[str, Any]:
    return recorded("apt")


def test_apt_chooses_the_same_in_all_recorded_cases(apt: dict[str, Any]) -> None:
    index = RecordedSystemIndex(apt)
    differences = [
        difference(
            apt_closure(
                map(Wanted, case["wanted"].split()),
                index,
                in_base=frozenset(apt["base"]),
                recommends=case["recommends"],
            ),
            case["chosen"],
        )
        for case in apt["cases"]
    ]
    assert len(differences) == 24
    assert differences == [0] * 24


def test_a_minimal_bookworm_has_the_packages_of_debian_s_image(apt: dict[str, Any]) -> None:
    base = minbase(RecordedSystemIndex(apt))
    assert base == set(apt["base"])
    # `dpkg --list` in debian:bookworm-slim counts as many.
    assert len(base) == 88
    assert {"apt", "bash", "usr-is-merged", "tzdata"} <= base
    assert not {"perl", "usrmerge", "ca-certificates"} & base


def test_pip_chooses_the_same_in_all_recorded_cases() -> None:
    facts = recorded("pip")
    index, target = python_index(facts), PythonTarget(facts["python"])
    differences = {
        case["wanted"]: difference(
            python_closure(python_wanted(case["wanted"]), index, target, in_base={}), case["chosen"]
        )
        for case in facts["cases"]
    }
    assert len(differences) == 13
    assert {wanted: count for wanted, count in differences.items() if count} == {}


def test_npm_chooses_the_same_in_most_recorded_cases_and_nearly_so_in_the_others() -> None:
    facts = recorded("npm")
    index, target = npm_index(facts), NpmTarget(node_version=facts["node"])
    differences = {
        case["wanted"]: (
            difference(npm_closure(npm_wanted(case["wanted"]), index, target), case["chosen"]),
            len(case["chosen"]),
        )
        for case in facts["cases"]
    }
    assert len(differences) == 13
    # Both hold peers that conflict. react-scripts: npm nests a package to give it another copy of
    # an optional peer. gatsby: npm forces a set of peers, where we leave one out. We say so.
    others = {wanted: both for wanted, both in differences.items() if both[0]}
    assert {wanted.split()[0] for wanted in others} == {"react-scripts@5", "gatsby@5"}
    assert all(count < 0.02 * whole for count, whole in others.values())


def test_a_closure_that_differs_says_that_it_may() -> None:
    facts = recorded("npm")
    target = NpmTarget(node_version=facts["node"])
    closure = npm_closure(npm_wanted("react-scripts@5"), npm_index(facts), target)
    assert closure.is_approximate
    assert any("works with" in note for note in closure.notes)
