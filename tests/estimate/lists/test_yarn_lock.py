from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.domain.packages import PackageList
from auditor.estimate.lists.yarn_lock import read_yarn_lock

FILES = Path(__file__).parents[2] / "data/lists"
MANIFEST = (FILES / "package.json").read_bytes()
CIRCLE = b"""# yarn lockfile v1
a@^1:
  version "1.0.0"
  dependencies:
    b "^1"
  optionalDependencies:
    o "^1"
b@^1, b@^1.0:
  version "1.0.0"
  dependencies:
    a "^1"
c@^1:
  version "1.0.0"
  dependencies:
    c "^1"
    gone "^1"
o@^1:
  version "1.0.0"
other@^1:
  version "1.0.0"
  dependencies:
    a "^1"
g@u/g:
  version "1.0.0"
"copy@npm:a@^1":
  version "1.0.0"
"""
WORKSPACE = b"""
__metadata: {version: 8}
"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies: {a: "npm:^1", d: "npm:^1"}
"app@workspace:app":
  version: 0.0.0-use.local
  resolution: "app@workspace:app"
  dependencies: {b: "npm:^1"}
"a@npm:^1":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
  dependencies: {p: "patch:p@npm%3A^1#x.patch"}
"b@npm:^1":
  version: 1.0.0
  resolution: "b@npm:1.0.0::__archiveUrl=x"
"d@npm:^1":
  version: 1.0.0
  resolution: "d@npm:1.0.0"
"p@npm:^1":
  version: 1.0.0
  resolution: "p@npm:1.0.0"
"p@patch:p@npm%3A^1#x.patch":
  version: 1.0.0
  resolution: "p@patch:p@npm%3A1.0.0#x.patch::version=1.0.0&hash=1"
"""


def read(content: bytes, manifest: object = None) -> PackageList:
    beside = None if manifest is None else json.dumps(manifest).encode()
    (found,) = read_yarn_lock("yarn.lock", content, beside)
    return found


def told(found: PackageList) -> dict[str, tuple[bool, bool]]:
    return {one.name: (one.is_dev, one.is_optional) for one in found.locked}


@pytest.mark.parametrize("folder", ["yarn1", "yarn3", "yarn4"])
def test_without_package_json_it_is_not_told_what_is_for_development(folder: str) -> None:
    found = read((FILES / folder / "yarn.lock").read_bytes())
    assert not any(one.is_dev for one in found.locked)
    assert any("give package.json too" in note for note in found.notes)
    assert len({(one.name, one.version) for one in found.locked}) == len(found.locked)
    assert "semver" in told(found)


@pytest.mark.parametrize("folder", ["yarn1", "yarn3", "yarn4"])
def test_optional_ones_are_marked(folder: str) -> None:
    (found,) = read_yarn_lock("yarn.lock", (FILES / folder / "yarn.lock").read_bytes(), MANIFEST)
    assert told(found)["fsevents"] == (False, True)
    assert told(found)["lightningcss-linux-x64-gnu"] == (False, True)
    assert told(found)["ms"] == (False, False)


def test_what_needs_itself_is_still_counted_without_a_package_json() -> None:
    found = read(CIRCLE)
    assert told(found) == {
        "a": (False, False),
        "b": (False, False),
        "o": (False, True),
        "c": (False, False),
        "other": (False, False),
    }
    assert found.notes[1].endswith("not from an index: g.")


def test_package_json_says_what_is_asked_for() -> None:
    manifest = {
        "dependencies": {"o": "^1", "lost": "^1"},
        "optionalDependencies": {"o": "^1", "absent": "^1"},
        "devDependencies": {"b": "^1"},
    }
    found = read(CIRCLE, manifest)
    assert told(found) == {"o": (False, True), "b": (True, False), "a": (True, False)}
    assert "run `yarn install` anew: lost." in found.notes[0]


def test_a_range_that_a_resolution_replaced_is_found_by_its_name() -> None:
    assert set(told(read(CIRCLE, {"dependencies": {"b": "^7"}}))) == {"a", "b", "o"}


def test_patched_packages_count_once_and_workspaces_are_told() -> None:
    found = read(WORKSPACE, {"dependencies": {"a": "^1"}, "devDependencies": {"d": "^1"}})
    assert told(found) == {
        "a": (False, False),
        "p": (False, False),
        "b": (False, False),
        "d": (True, False),
    }
    assert any("all parts of its workspace are counted" in note for note in found.notes)
    assert any(note.endswith("with your files: app.") for note in found.notes)
