from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Locked, LockedFile
from auditor.estimate.closures.python_locked import python_locked
from auditor.estimate.closures.python_target import PythonTarget
from tests.fakes.package_indexes import FakePythonIndex, sdist, wheel


def weigh(
    index: FakePythonIndex, *locked: Locked, dev: bool = False, base: dict[str, str] | None = None
) -> Closure:
    return python_locked(locked, index, PythonTarget(), dev=dev, in_base=base or {})


LINUX = "numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
WINDOWS = "numpy-2.1.0-cp312-cp312-win_amd64.whl"


def test_the_wheel_for_the_target_is_chosen_and_its_size_is_the_lock_s() -> None:
    index = FakePythonIndex()
    index.add("numpy", wheel("numpy", "2.1.0", LINUX[12:-4], size_bytes=1))
    files = (LockedFile(WINDOWS, 12_000_000), LockedFile(LINUX, 16_000_000), LockedFile("x.tar.gz"))
    closure = weigh(index, Locked("numpy", "2.1.0", files=files))
    (numpy,) = closure.packages
    assert (numpy.archive_bytes, numpy.unpacked_bytes, numpy.source_bytes) == (
        16_000_000,
        3000,
        2000,
    )
    assert not closure.is_approximate
    assert index.looked_ahead == [("numpy",)]


def test_a_lock_without_sizes_asks_the_index() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}})
    closure = weigh(index, Locked("a", "1.0", files=(LockedFile("a-1.0-py3-none-any.whl"),)))
    assert closure.packages[0].archive_bytes == 1000


def test_a_lock_without_files_takes_the_index_s_of_that_version() -> None:
    index = FakePythonIndex.of({"a": {"1.0": [], "2.0": []}})
    index.add("b", wheel("b", "1.0", "cp312-cp312-win_amd64", size_bytes=7))
    index.add("b", sdist("b", "1.0"))
    index.add("c", sdist("c", "1.0"))
    closure = weigh(index, Locked("a", "1.0"), Locked("b", "1.0"), Locked("c", "1.0"))
    assert [one.archive_bytes for one in closure.packages] == [1000, 7, 5000]
    assert (
        "b 1.0 has no wheel that fits: counted as a wheel of the same version" in closure.notes[0]
    )
    assert "c 1.0 has no wheel that fits: counted as its source archive" in closure.notes[1]


def test_what_stands_there_under_other_markers_for_development_counts_once() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}})
    always = Locked("a", "1.0", marker="python_version > '3'")
    windows = Locked("a", "1.0", marker="sys_platform == 'win32'")
    more = Locked("a", "1.0", is_dev=True)
    for locked, dev, told in (
        ((always, more), True, [("a", False)]),
        ((windows, more), True, [("a", True)]),
        ((windows, more), False, []),
    ):
        closure = weigh(index, *locked, dev=dev)
        assert [(one.name, one.is_dev) for one in closure.packages] == told


def test_what_nobody_sizes_is_said() -> None:
    closure = weigh(FakePythonIndex(), Locked("a", "1.0"), Locked("b", "odd"))
    assert closure.unsized == ("a", "b")
    assert closure.notes == ("nobody says how big a 1.0 is", "nobody says how big b odd is")
    assert closure.is_approximate


def test_wheels_for_others_in_the_lock_are_a_guess() -> None:
    closure = weigh(FakePythonIndex(), Locked("numpy", "2.1.0", files=(LockedFile(WINDOWS, 12),)))
    assert closure.packages[0].archive_bytes == 12
    assert closure.is_approximate


def test_only_what_is_installed_here_counts() -> None:
    index = FakePythonIndex.of({name: {"1.0": []} for name in ("a", "d", "m", "o", "w", "x")})
    locked = (
        Locked("a", "1.0", marker="python_version >= '3.8'"),
        Locked("d", "1.0", is_dev=True),
        Locked("o", "1.0", is_optional=True),
        Locked("w", "1.0", marker="sys_platform == 'win32'"),
        Locked("x", "1.0", marker="extra == 'x'"),
        Locked("m", "1.0", marker="nonsense("),
    )
    closure = weigh(index, *locked)
    assert [one.name for one in closure.packages] == ["a", "m"]
    assert closure.notes == ("the marker of m is not understood: it is counted",)
    with_dev = weigh(index, *locked, dev=True)
    assert [(one.name, one.is_dev) for one in with_dev.packages] == [
        ("a", False),
        ("d", True),
        ("m", False),
    ]


def test_what_the_base_has_in_the_same_version_is_there() -> None:
    index = FakePythonIndex.of({"a": {"1.0": []}, "b": {"1.0": []}})
    closure = weigh(index, Locked("a", "1.0"), Locked("b", "1.0"), base={"A": "1.0.0", "b": "0.9"})
    assert [one.name for one in closure.packages] == ["b"]
    assert closure.in_base == ("a",)


def test_hostile_locks_are_refused() -> None:
    with pytest.raises(UsageError, match="no name of a package"):
        weigh(FakePythonIndex(), Locked("../x", "1"))
    with pytest.raises(UsageError, match="more than 5000"):
        weigh(FakePythonIndex(), *(Locked(f"p{n}", "1") for n in range(5001)))
    nested = weigh(FakePythonIndex(), Locked("a", "1", marker="(" * 100_000))
    assert "the marker of a is not understood" in nested.notes[0]
