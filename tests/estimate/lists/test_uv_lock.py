from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked, PackageList
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.uv_lock import read_uv_lock

REAL = (Path(__file__).parents[2] / "data/lists/uv/uv.lock").read_bytes()


def read(content: bytes, *extras: str, groups: tuple[str, ...] = ()) -> PackageList:
    (found,) = read_uv_lock("uv.lock", content, Choices.of(extras, groups))
    return found


def by_name(found: PackageList) -> dict[str, Locked]:
    return {one.name: one for one in found.locked}


def package(name: str, needs: str = "", more: str = "source = {registry = 'x'}") -> str:
    return f"[[package]]\nname = '{name}'\nversion = '1'\n{more}\ndependencies = [{needs}]\n"


def project(needs: str, more: str = "") -> str:
    return package("me", needs, "source = {virtual = '.'}") + more


def test_it_leads_from_the_project_to_what_it_needs() -> None:
    found = read(REAL)
    packages = by_name(found)
    assert {name for name, one in packages.items() if one.is_dev} == {"iniconfig", "pycodestyle"}
    assert {"httpx", "socksio", "anyio", "idna", "h11"} <= set(packages)
    assert "sample-shop" not in packages
    assert "pyyaml" not in packages
    assert packages["tzdata"].marker == 'sys_platform == "win32"'
    assert packages["httpx"].marker == ""
    wheel = packages["certifi"].files[0]
    assert wheel.name == "certifi-2026.10.19.post1-py3-none-any.whl"
    assert wheel.size_bytes == 134047
    assert found.notes == (
        "uv.lock: extras that were not asked for are left out: yaml.",
        "uv.lock: groups that were not asked for are left out: lint.",
    )


def test_extras_and_groups_are_asked_for() -> None:
    assert not by_name(read(REAL, "yaml"))["pyyaml"].is_dev
    assert not by_name(read(REAL, groups=("lint",)))["pycodestyle"].is_dev
    assert not any(one.is_dev for one in read(REAL, "*", groups=("*",)).locked)
    with pytest.raises(UsageError, match="there is no extra 'yml'") as caught:
        read(REAL, "yml")
    assert caught.value.next_step == "it has: yaml"


def test_markers_are_joined_along_the_way_and_circles_end() -> None:
    content = (
        project("{name = 'a', marker = \"os_name == 'nt'\"}, {name = 'd'}")
        + package("a", "{name = 'b', marker = \"python_version < '3.9'\"}, {name = 'c'}")
        + package("b", "{name = 'a'}, {name = 'b'}")
        + package("c")
        + package("d", "{name = 'c', marker = \"os_name == 'x' or os_name == 'y'\"}")
    )
    packages = by_name(read(content.encode()))
    assert packages["a"].marker == 'os_name == "nt"'
    assert packages["b"].marker == 'os_name == "nt" and python_version < "3.9"'
    assert packages["c"].marker == ('((os_name == "x" or os_name == "y")) or (os_name == "nt")')
    assert packages["d"].marker == ""


def test_what_development_needs_in_more_cases_stands_there_twice() -> None:
    content = project("{name = 'a', marker = \"os_name == 'nt'\"}").encode()
    content += b"[package.dev-dependencies]\ndev = [{name = 'a'}]\n" + package("a").encode()
    plain, development = read(content).locked
    assert (plain.is_dev, plain.marker) == (False, 'os_name == "nt"')
    assert (development.is_dev, development.marker) == (True, "")


def test_of_several_versions_each_is_for_its_fork() -> None:
    forks = "".join(
        package(
            "a", "", f"source = {{registry = 'x'}}\nresolution-markers = [\"{marker}\"]"
        ).replace("'1'", f"'{version}'")
        for version, marker in (("1", "python_version < '3.9'"), ("2", "python_version >= '3.9'"))
    )
    found = read(project("{name = 'a'}", forks).encode())
    assert [(one.version, one.marker) for one in found.locked] == [
        ("1", 'python_version < "3.9"'),
        ("2", 'python_version >= "3.9"'),
    ]
    found = read(project("{name = 'a', version = '2'}", forks).encode())
    assert [(one.version, one.marker) for one in found.locked] == [("2", "")]


def test_extras_that_exclude_each_other_are_decided() -> None:
    content = (
        project("") + "[package.optional-dependencies]\ncpu = [{name = 'a', marker = "
        "\"extra == 'extra-2-me-cpu'\"}, {name = 'b', marker = \"extra == 'extra-2-me-gpu'\"}]\n"
        + package("a")
        + package("b")
    )
    packages = by_name(read(content.encode(), "cpu"))
    assert packages["a"].marker == 'python_version >= "0"'
    assert packages["b"].marker == 'python_version < "0"'


def test_what_no_index_has_is_told() -> None:
    content = project("{name = 'a'}, {name = 'b'}") + package(
        "a", "{name = 'c'}", "source = {git = 'https://example.invalid'}"
    )
    content += package("b", "", "source = {editable = 'packages/b'}") + package("c")
    found = read(content.encode())
    assert [one.name for one in found.locked] == ["c"]
    assert [note.rpartition(": ")[2] for note in found.notes] == ["a.", "b."]


@pytest.mark.parametrize(
    "manifest, names, notes",
    [
        ("[manifest]\nrequirements = [{name = 'a'}]\n", ["a"], 0),
        ("", ["a", "b"], 1),
    ],
)
def test_without_a_project_a_script_is_followed_or_all_is_counted(
    manifest: str, names: list[str], notes: int
) -> None:
    found = read((manifest + package("a") + package("b")).encode())
    assert [one.name for one in found.locked] == names
    assert len(found.notes) == notes


def test_of_a_workspace_without_a_project_all_members_count() -> None:
    own = "".join(
        package(name, f"{{name = '{needs}'}}", f"source = {{editable = '{name}'}}")
        for name, needs in (("x", "a"), ("y", "b"), ("z", "c"))
    )
    content = "[manifest]\nmembers = ['x', 'y']\n" + own + "".join(map(package, "abc"))
    found = read(content.encode())
    assert [one.name for one in found.locked] == ["a", "b"]
    assert "all members of its workspace are counted: x, y" in found.notes[0]


@pytest.mark.parametrize(
    "content, why",
    [
        (project("{name = 'a', marker = 'x'}") + package("a"), "'x' is no marker of a"),
        (project("{name = 'a', marker = 7}") + package("a"), "'7' is no marker of a"),
        (project("{name = '$a'}") + package("$a"), "'$a' is no name"),
        (project("{name = 'a'}") + package("a").replace("'1'", "'one'"), "no version of a"),
        (project("{name = 'a'}") + package("a") * 101, "a has over 100 entries"),
        (project("7"), "an entry of dependencies is not what it should be"),
    ],
)
def test_what_is_none_is_refused(content: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(content.encode())
    assert why in caught.value.message


def test_many_ways_with_markers_of_their_own_take_no_time() -> None:
    ways = ",".join(f"{{name = 'p0', marker = \"python_version > '{n}'\"}}" for n in range(500))
    chain = "".join(package(f"p{n}", f"{{name = 'p{n + 1}'}}") for n in range(500))
    found = read((project(ways) + chain + package("p500")).encode())
    assert len(found.locked) == 501
    assert {one.marker for one in found.locked} == {""}


def test_sizes_and_names_that_can_be_none_are_passed_over() -> None:
    files = (
        "source = {registry = 'x'}\nsdist = {url = 'https://example.invalid/a-1.tar.gz', size = -1}\n"
        "wheels = [{url = 'x/a b.whl', size = 1}, {filename = 'a.whl', size = true}, {path = 'b.whl'}]"
    )
    (one,) = read((project("{name = 'a'}") + package("a", "", files)).encode()).locked
    assert [(each.name, each.size_bytes) for each in one.files] == [
        ("a.whl", None),
        ("b.whl", None),
        ("a-1.tar.gz", None),
    ]
