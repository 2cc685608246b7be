from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.pyproject import read_pipfile, read_pyproject

PEP_621 = b"""
[project]
name = "shop"
dependencies = ["flask>=2", "thing @ https://example.invalid/x.whl"]
[project.optional-dependencies]
fast = ["uvloop"]
slow = ["twisted"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
[tool.uv]
dev-dependencies = ["mypy"]
"""
POETRY = b"""
[tool.poetry.dependencies]
python = "^3.10"
requests = {version = "^2.31", extras = ["socks"]}
colorama = {version = "~0.4.6", markers = "sys_platform == 'win32'"}
pyyaml = {version = "^6.0", optional = true}
local = {path = "../local"}
both = [{version = "1.0", python = "<3.11"}, {version = "2.0"}]
[tool.poetry.extras]
yaml = ["pyyaml"]
[tool.poetry.group.dev.dependencies]
iniconfig = "^2.0"
[tool.poetry.dev-dependencies]
old = "1"
"""


def told(content: bytes, *extras: str) -> dict[str, tuple[str, bool]]:
    (found,) = read_pyproject("pyproject.toml", content, extras)
    return {one.name: (one.constraint, one.is_dev) for one in found.wanted}


def test_groups_are_for_development_and_extras_are_asked_for() -> None:
    assert told(PEP_621) == {
        "flask": (">=2", False),
        "pytest": ("", True),
        "ruff": ("", True),
        "mypy": ("", True),
    }
    assert told(PEP_621, "fast")["uvloop"] == ("", False)
    (found,) = read_pyproject("pyproject.toml", PEP_621, ("fast",))
    assert found.notes == ("Extras of pyproject.toml left out: slow.",)
    with pytest.raises(UsageError, match="there is no extra 'fats'") as caught:
        told(PEP_621, "fats")
    assert "fast, slow" in caught.value.next_step


def test_poetrys_own_tables_are_read() -> None:
    plain = told(POETRY)
    assert plain == {
        "requests": (">=2.31,<3", False),
        "colorama": (">=0.4.6,<0.5", False),
        "both": ("==1.0", False),
        "iniconfig": (">=2.0,<3", True),
        "old": ("==1", True),
    }
    assert told(POETRY, "yaml")["pyyaml"] == (">=6.0,<7", False)
    (found,) = read_pyproject("pyproject.toml", POETRY)
    by_name = {one.name: one for one in found.wanted}
    assert by_name["requests"].extras == ("socks",)
    assert by_name["colorama"].marker == "sys_platform == 'win32'"


def test_what_is_computed_is_said() -> None:
    (found,) = read_pyproject("pyproject.toml", b"[project]\ndynamic = ['dependencies']\n")
    assert "computes its dependencies" in found.notes[0]


def test_a_pipfile_has_two_tables() -> None:
    (found,) = read_pipfile("Pipfile", b"[packages]\na = '*'\n[dev-packages]\nb = '>=2'\n")
    assert [(one.name, one.constraint, one.is_dev) for one in found.wanted] == [
        ("a", "", False),
        ("b", ">=2", True),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"[project]\ndependencies = ['$(id)']",
        b"project = 7",
        b"[tool.poetry.dependencies]\n'../x'='1'",
    ],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml: "):
        told(content)
