from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked
from auditor.estimate.lists.pipfile_lock import read_pipfile_lock

REAL = (Path(__file__).parents[2] / "data/lists/pipenv/Pipfile.lock").read_bytes()


def test_it_has_two_parts() -> None:
    (found,) = read_pipfile_lock("Pipfile.lock", REAL)
    packages = {one.name: one for one in found.locked}
    assert {name for name, one in packages.items() if one.is_dev} == {"iniconfig"}
    assert packages["httpx"] == Locked("httpx", "0.28.1", marker='python_version >= "3.8"')
    assert {"anyio", "socksio", "idna"} <= set(packages)
    assert "pipenv found none that fits" in found.notes[0]
    assert found.notes[0].endswith(": tzdata.")


def test_what_is_in_both_is_not_for_development_alone() -> None:
    content = {
        "default": {"flask": {"version": "==3.0.0"}},
        "develop": {"flask": {"version": "==3.0.0"}, "x": {"git": "", "ref": "1"}},
        "docs": {},
    }
    (found,) = read_pipfile_lock("Pipfile.lock", json.dumps(content).encode())
    assert found.locked == (Locked("flask", "3.0.0"),)
    assert [note.rpartition(": ")[2] for note in found.notes] == ["x.", "docs."]


@pytest.mark.parametrize(
    "entry", [{"version": 3}, {"version": "==x"}, {"version": "==1", "markers": "so"}, 7]
)
def test_what_is_none_is_refused(entry: object) -> None:
    with pytest.raises(UsageError, match=r"Pipfile\.lock: "):
        read_pipfile_lock("Pipfile.lock", json.dumps({"default": {"a": entry}}).encode())
