from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked
from auditor.estimate.lists.python_locks import (
    read_pipfile_lock,
    read_poetry_lock,
    read_uv_lock,
)

UV = (Path(__file__).parents[2] / "data/lists/uv/uv.lock").read_bytes()
# The form of Poetry 2, and of Poetry 1 with `category`.
POETRY = b"""
[[package]]
name = "requests"
version = "2.32.3"
optional = false
groups = ["main", "dev"]
files = [{file = "requests-2.32.3-py3-none-any.whl", hash = "sha256:aa"}]
[[package]]
name = "colorama"
version = "0.4.6"
optional = false
groups = ["main"]
markers = "sys_platform == \\"win32\\""
[[package]]
name = "pytest"
version = "8.3.4"
optional = false
groups = ["dev"]
markers = {dev = "python_version < \\"3.13\\""}
[[package]]
name = "old"
version = "1.0"
category = "dev"
[[package]]
name = "pyyaml"
version = "6.0"
optional = true
groups = ["main"]
"""


def by_name(locked: tuple[Locked, ...]) -> dict[str, Locked]:
    return {one.name: one for one in locked}


def test_uv_leads_from_the_project_to_what_it_needs() -> None:
    (found,) = read_uv_lock("uv.lock", UV)
    packages = by_name(found.locked)
    assert {name for name, one in packages.items() if one.is_dev} == {"iniconfig", "pycodestyle"}
    assert {"requests", "pysocks", "urllib3", "idna"} <= set(packages)
    assert "sample-shop" not in packages
    assert "pyyaml" not in packages
    assert "win32" in packages["colorama"].marker
    assert packages["requests"].marker == ""
    wheel = packages["certifi"].files[0]
    assert wheel.name == "certifi-2026.10.19.post1-py3-none-any.whl"
    assert wheel.size_bytes == 134047


def test_uvs_extras_are_asked_for() -> None:
    (found,) = read_uv_lock("uv.lock", UV, ("yaml",))
    assert not by_name(found.locked)["pyyaml"].is_dev
    with pytest.raises(UsageError, match="there is no extra 'yml'"):
        read_uv_lock("uv.lock", UV, ("yml",))


def test_circles_and_a_lock_without_a_project_end() -> None:
    circle = b"""
[[package]]
name = "a"
version = "1"
source = {registry = "x"}
dependencies = [{name = "b", marker = "os_name == 'nt'"}]
[[package]]
name = "b"
version = "1"
source = {registry = "x"}
dependencies = [{name = "a"}, {name = "b"}]
"""
    (found,) = read_uv_lock("uv.lock", circle)
    assert set(by_name(found.locked)) == {"a", "b"}
    own = b'[[package]]\nname = "me"\nsource = {virtual = "."}\ndependencies = [{name = "a"}]\n'
    (found,) = read_uv_lock("uv.lock", own + circle)
    assert by_name(found.locked)["b"].marker == "(os_name == 'nt')"
    assert by_name(found.locked)["a"].marker == ""


def test_poetry_marks_groups() -> None:
    (found,) = read_poetry_lock("poetry.lock", POETRY)
    packages = by_name(found.locked)
    assert {name: one.is_dev for name, one in packages.items()} == {
        "requests": False,
        "colorama": False,
        "pytest": True,
        "old": True,
    }
    assert packages["colorama"].marker == 'sys_platform == "win32"'
    assert packages["requests"].files[0].name == "requests-2.32.3-py3-none-any.whl"


def test_pipenv_has_two_parts() -> None:
    content = {
        "default": {"flask": {"version": "==3.0.0", "markers": "python_version >= '3.8'"}},
        "develop": {
            "flask": {"version": "==3.0.0"},
            "pytest": {"version": "==8.0"},
            "x": {"git": ""},
        },
    }
    (found,) = read_pipfile_lock("Pipfile.lock", json.dumps(content).encode())
    assert [(one.name, one.version, one.is_dev) for one in found.locked] == [
        ("flask", "3.0.0", False),
        ("pytest", "8.0", True),
    ]
