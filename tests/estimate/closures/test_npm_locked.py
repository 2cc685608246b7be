from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked
from auditor.estimate.closures.npm_locked import npm_locked
from auditor.estimate.closures.npm_target import NpmTarget
from tests.fakes.package_indexes import FakeNpmIndex


def test_every_place_is_a_copy_and_others_machines_are_left_out() -> None:
    index = FakeNpmIndex.of(
        {"a": {"1.0.0": {"unpacked_bytes": 9}}, "b": {"1.0.0": {}}, "mac": {"1.0.0": {}}}
    )
    index.sizes["a-1.0.0.tgz"] = 5
    locked = (
        Locked("a", "1.0.0", place="node_modules/a"),
        Locked("a", "1.0.0", place="node_modules/b/node_modules/a"),
        Locked("b", "1.0.0", is_dev=True),
        Locked("mac", "1.0.0", is_optional=True, systems=("darwin",)),
    )
    closure = npm_locked(locked, index, NpmTarget(), dev=False)
    assert [(one.name, one.archive_bytes, one.unpacked_bytes) for one in closure.packages] == [
        ("a", 5, 9),
        ("a", 5, 9),
    ]
    assert index.looked_ahead == [("a",)]
    with_dev = npm_locked(locked, index, NpmTarget(system="darwin"), dev=True)
    assert [(one.name, one.is_dev) for one in with_dev.packages] == [
        *(("a", False), ("a", False), ("b", True), ("mac", False))
    ]
    assert not with_dev.is_approximate


def test_where_a_lock_does_not_say_for_which_machines_the_index_does() -> None:
    index = FakeNpmIndex.of({"mac": {"1.0.0": {"systems": ("darwin",)}}})
    for is_optional, count in ((True, 0), (False, 1)):
        locked = (Locked("mac", "1.0.0", is_optional=is_optional),)
        assert len(npm_locked(locked, index, NpmTarget(), dev=False).packages) == count


def test_what_the_index_lacks_is_noted() -> None:
    index = FakeNpmIndex.of({"a": {"1.0.0": {}}})
    closure = npm_locked((Locked("a", "2.0.0"), Locked("b", "1")), index, NpmTarget(), dev=False)
    assert closure.unsized == ("a", "b")
    assert closure.notes[0] == "the index has no a 2.0.0: not sized"
    assert closure.is_approximate


def test_hostile_locks_are_refused() -> None:
    with pytest.raises(UsageError, match="no name of a package"):
        npm_locked((Locked("../x", "1"),), FakeNpmIndex(), NpmTarget(), dev=False)
    many = [Locked(f"p{n}", "1") for n in range(5001)]
    with pytest.raises(UsageError, match="more than 5000"):
        npm_locked(many, FakeNpmIndex(), NpmTarget(), dev=False)
