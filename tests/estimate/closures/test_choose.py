from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Ecosystem, Locked, PackageList, Wanted
from auditor.estimate.closures.choose import ClosureOptions, Indexes, close
from tests.fakes.package_indexes import (
    FakeNpmIndex,
    FakePythonIndex,
    alpine_index,
    apk,
    deb,
    debian_index,
)

INDEXES = Indexes(
    apt=debian_index(
        deb("git", depends="libc6", recommends="less"), deb("less"), deb("libc6"), deb("gone", "2")
    ),
    apk=alpine_index(apk("git", depends="musl"), apk("musl")),
    pip=FakePythonIndex.of({"flask": {"1.0": ["click"]}, "click": {"8.0": [], "8.1": []}}),
    npm=FakeNpmIndex.of(
        {"a": {"1.0.0": {"dependencies": {"b": "*"}}}, "b": {"1.0.0": {}, "2.0.0": {}}}
    ),
)


def asked(
    ecosystem: str, *names: str, locked: tuple[Locked, ...] = (), note: str = ""
) -> PackageList:
    wanted = tuple(Wanted(name.removesuffix("?"), is_dev=name.endswith("?")) for name in names)
    return PackageList(Ecosystem(ecosystem), "a list", wanted, locked, (note,) if note else ())


def names(closure: Closure) -> list[str]:
    return [f"{package.name} {package.version}" for package in closure.packages]


def test_every_ecosystem_has_one_closure_whatever_the_number_and_order_of_lists() -> None:
    lists = [
        asked("npm", "b"),
        asked("pip", "flask"),
        asked("apk", "git"),
        asked("apt", "git"),
        asked("npm", "a"),
    ]
    closures = close(lists, INDEXES, ClosureOptions())
    assert [closure.ecosystem for closure in closures] == ["apt", "apk", "pip", "npm"]
    assert names(closures[0]) == ["git 1.0-1", "less 1.0-1", "libc6 1.0-1"]
    assert names(closures[3]) == ["a 1.0.0", "b 2.0.0"]
    assert close(reversed(lists), INDEXES, ClosureOptions()) == closures


def test_options_say_what_is_left_out_and_what_is_there() -> None:
    options = ClosureOptions(
        recommends=False, system_base=frozenset({"libc6", "musl"}), python_base={"click": "8.1"}
    )
    lists = [
        asked("apt", "git"),
        asked("apk", "git"),
        asked("pip", "flask"),
        asked("npm", "a?", "b"),
    ]
    apt, alpine, pip, npm = close(lists, INDEXES, options)
    assert (names(apt), apt.in_base) == (["git 1.0-1"], ("libc6",))
    assert (names(alpine), alpine.in_base) == (["git 1.0-r0"], ("musl",))
    assert (names(pip), pip.in_base) == (["flask 1.0"], ("click",))
    assert names(npm) == ["b 2.0.0"]
    (with_dev,) = close([asked("npm", "a?", "b")], INDEXES, ClosureOptions(dev=True))
    assert names(with_dev) == ["a 1.0.0", "b 2.0.0"]


def test_what_one_list_fixes_is_there_for_the_others() -> None:
    lists = [
        asked("apt", "git", locked=(Locked("libc6", "1.0-1"), Locked("gone", "1"))),
        asked("pip", "flask"),
        asked("pip", locked=(Locked("click", "8.0"),)),
        asked("npm", "a", locked=(Locked("b", "2.0.0", place="node_modules/b"),)),
    ]
    apt, pip, npm = close(lists, INDEXES, ClosureOptions(recommends=False))
    assert names(apt) == ["git 1.0-1", "gone 1", "libc6 1.0-1"]
    assert apt.unsized == ("gone",)
    assert apt.notes == ("the index has no gone 1: not sized",)
    assert apt.is_approximate
    assert apt.in_base == ()
    assert (names(pip), pip.in_base) == (["click 8.0", "flask 1.0"], ())
    assert names(npm) == ["a 1.0.0", "b 2.0.0"]


def test_what_is_fixed_and_in_the_base_is_not_counted() -> None:
    options = ClosureOptions(system_base=frozenset({"libc6"}))
    (apt,) = close([asked("apt", locked=(Locked("libc6", "1.0-1"),))], INDEXES, options)
    assert apt.packages == ()


def test_notes_of_lists_come_first_and_stay_without_packages() -> None:
    (closure,) = close([asked("pip", note="a line was left out")], INDEXES, ClosureOptions())
    assert (closure.packages, closure.notes) == ((), ("a line was left out",))


def test_nothing_asked_is_nothing_answered() -> None:
    assert close([], Indexes(), ClosureOptions()) == ()


@pytest.mark.parametrize("ecosystem", list(Ecosystem))
def test_a_missing_index_is_said(ecosystem: str) -> None:
    with pytest.raises(UsageError, match=f"no index of packages for {ecosystem}") as failed:
        close([asked(ecosystem, "a")], Indexes(), ClosureOptions())
    assert "configure an index" in failed.value.next_step


@pytest.mark.parametrize("ecosystem", list(Ecosystem))
def test_endless_lists_are_refused(ecosystem: str) -> None:
    many = asked(ecosystem, *(f"p{number}" for number in range(5_001)))
    with pytest.raises(UsageError, match=f"more than 5000 packages for {ecosystem}"):
        close([many], INDEXES, ClosureOptions())
    locked = asked(ecosystem, locked=tuple(Locked(f"p{number}", "1") for number in range(5_001)))
    with pytest.raises(UsageError, match="more than 5000"):
        close([locked], INDEXES, ClosureOptions())
