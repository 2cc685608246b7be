from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked, PackageList
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.poetry_lock import read_poetry_lock

REAL = (Path(__file__).parents[2] / "data/lists/poetry/poetry.lock").read_bytes()
OLD = b"""
[[package]]
name = "main-one"
version = "1.0"
category = "main"
[[package]]
name = "dev-one"
version = "1.0"
category = "dev"
[[package]]
name = "of-an-extra"
version = "1.0"
optional = true
[package.dependencies]
below-it = "*"
[[package]]
name = "below-it"
version = "1.0"
optional = true
[package.dependencies]
of-an-extra = "*"
[[package]]
name = "of-git"
version = "1.0"
[package.source]
type = "git"
[[package]]
name = "both"
version = "1.0"
groups = ["main", "dev"]
markers = {main = "python_version < '3.9'", dev = "os_name == 'nt'"}
[[package]]
name = "outside"
version = "1.0"
groups = ["dev", "docs"]
markers = {dev = "os_name == 'nt'", docs = "os_name == 'x'"}
[extras]
more = ["of-an-extra (>=1)"]
[metadata.files]
main-one = [{file = "main_one-1.0.tar.gz", hash = "x"}, {file = "../x"}]
"""


def read(content: bytes, *extras: str, groups: tuple[str, ...] = ()) -> PackageList:
    (found,) = read_poetry_lock("poetry.lock", content, Choices.of(extras, groups))
    return found


def by_name(found: PackageList) -> dict[str, Locked]:
    return {one.name: one for one in found.locked}


def test_groups_beside_the_main_one_are_for_development() -> None:
    found = read(REAL)
    packages = by_name(found)
    assert {name for name, one in packages.items() if one.is_dev} == {"iniconfig", "pycodestyle"}
    assert packages["tzdata"].marker == 'sys_platform == "win32"'
    assert packages["httpx"].marker == ""
    assert packages["httpx"].files[0].name == "httpx-0.27.2-py3-none-any.whl"
    assert {"socksio", "h11"} <= set(packages)
    assert "pyyaml" not in packages
    assert [note.rpartition(": ")[2] for note in found.notes] == ["yaml.", "docs."]


def test_extras_and_groups_are_asked_for() -> None:
    packages = by_name(read(REAL, "yaml", groups=("docs",)))
    assert packages["pyyaml"].marker == 'python_version >= "0"'
    assert not packages["pyyaml"].is_optional
    assert not packages["pycodestyle"].is_dev
    with pytest.raises(UsageError, match="there is no extra 'yml'"):
        read(REAL, "yml")


def test_older_forms_are_read() -> None:
    packages = by_name(read(OLD))
    assert {name: one.is_dev for name, one in packages.items()} == {
        "main-one": False,
        "dev-one": True,
        "both": False,
        "outside": True,
    }
    assert [each.name for each in packages["main-one"].files] == ["main_one-1.0.tar.gz"]
    assert packages["both"].marker == 'python_version < "3.9"'
    assert packages["outside"].marker == 'os_name == "nt" or os_name == "x"'
    assert {"of-an-extra", "below-it"} <= set(by_name(read(OLD, "more")))


@pytest.mark.parametrize(
    "entry, why",
    [
        ("name = 'a'\nversion = 'one'", "'one' is no version of a"),
        ("name = 'a'\nversion = 1", "'1' is no version of a"),
        ("name = '../a'\nversion = '1'", "is no name of a package"),
        ("version = '1'", "is no name of a package"),
        ("name = 'a'\nversion = '1'\nmarkers = 'so'", "'so' is no marker of a"),
        ("name = 'a'\nversion = '1'\nfiles = [7]", "is not what it should be"),
    ],
)
def test_what_is_none_is_refused(entry: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(f"[[package]]\n{entry}\n".encode())
    assert why in caught.value.message
