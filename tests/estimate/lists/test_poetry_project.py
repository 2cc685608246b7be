from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Wanted
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.poetry_project import read_pipfile
from auditor.estimate.lists.pyproject import read_pyproject

FILES = Path(__file__).parents[2] / "data/lists"
REAL = (FILES / "poetry/pyproject.toml").read_bytes()
OLD = b"""
[tool.poetry.dependencies]
local = {path = "../local"}
both = [{version = "1.0", python = "<3.11"}, {version = "2.0", python = "~3.11.2"}]
apple = {version = "*", platform = "darwin"}
[tool.poetry.dev-dependencies]
old = "1"
"""


def read(content: bytes, *extras: str, groups: tuple[str, ...] = ()) -> list[Wanted]:
    (found,) = read_pyproject("pyproject.toml", content, Choices.of(extras, groups))
    return list(found.wanted)


def test_groups_that_are_not_optional_are_for_development() -> None:
    assert read(REAL) == [
        Wanted("httpx", ">=0.27,<0.28", ("socks",)),
        Wanted("tzdata", ">=2024.1,<2024.2", (), 'sys_platform == "win32"'),
        Wanted("exceptiongroup", ">=1.2,<2", (), 'python_version < "3.11"'),
        Wanted("iniconfig", ">=2.0,<3", is_dev=True),
    ]
    assert Wanted("pyyaml", ">=6.0,<7") in read(REAL, "yaml")
    assert Wanted("pycodestyle") in read(REAL, groups=("docs",))
    (found,) = read_pyproject("pyproject.toml", REAL, Choices.of((), ()))
    assert [note.partition(": ")[2] for note in found.notes] == [
        "extras that were not asked for are left out: yaml.",
        "groups that were not asked for are left out: docs.",
    ]


def test_several_versions_keep_the_python_they_are_for() -> None:
    old, new, apple, development = read(OLD)
    assert (old.constraint, old.marker) == ("==1.0", 'python_version < "3.11"')
    assert new.marker == 'python_version < "3.12" and python_full_version >= "3.11.2"'
    assert apple.marker == 'sys_platform == "darwin"'
    assert development == Wanted("old", "==1", is_dev=True)


def test_a_pipfile_has_two_tables() -> None:
    (found,) = read_pipfile("Pipfile", (FILES / "pipenv/Pipfile").read_bytes())
    assert found.wanted == (
        Wanted("httpx", ">=0.27", ("socks",)),
        Wanted("tzdata", "", (), 'sys_platform == "win32"'),
        Wanted("iniconfig", ">=2", is_dev=True),
    )
    (found,) = read_pipfile("Pipfile", b"[packages]\na = {version='*', os_name=\"== 'nt'\"}\n")
    assert found.wanted == (Wanted("a", "", (), 'os_name == "nt"'),)


@pytest.mark.parametrize(
    "entry, why",
    [
        ("a = '^y'", "'^y' is no version of a"),
        ("a = {version = '1', markers = 'true'}", "'true' is no marker of a"),
        ("a = {version = '1', extras = ['$x']}", "'$x' is no name"),
        ("a = 7", "a is not what it should be"),
    ],
)
def test_what_is_none_is_refused(entry: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(f"[tool.poetry.dependencies]\n{entry}\n".encode())
    assert why in caught.value.message
