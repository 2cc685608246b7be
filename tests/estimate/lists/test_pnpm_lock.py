from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked, PackageList
from auditor.estimate.lists.pnpm_lock import read_pnpm_lock

FILES = Path(__file__).parents[2] / "data/lists"
# pnpm 5 and 6 write lockfileVersion 5.x; keys of git as pnpm/spec, lockfile/5.2.md, has them.
OLD = b"""
lockfileVersion: 5.2
importers:
  .:
    dependencies:
      '@s/a': 1.0.0_react@18.0.0
      mine: link:packages/mine
      fromgit: github.com/u/r/abc
      dir: file:../dir
  packages/mine:
    dependencies:
      a: /@s/a/1.0.0_react@17.0.0
    devDependencies:
      c: 1.0.0
packages:
  /@s/a/1.0.0_react@18.0.0:
    optionalDependencies: {b: 2.0.0}
  /@s/a/1.0.0_react@17.0.0:
    dependencies: {}
  /b/2.0.0: {os: [linux], cpu: ['!arm'], libc: [musl]}
  /c/1.0.0: {dev: true}
  /d/1.0.0: {dev: true}
  github.com/u/r/abc: {name: fromgit, resolution: {tarball: x}}
"""
NEW = b"""---
lockfileVersion: '9.0'
packageManagerDependencies: {}
---
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: 1, version: 1.0.0(patch_hash=abc)(b@1.0.0)}
      url: {specifier: x, version: https://example.invalid/url.tgz}
      dir: {specifier: x, version: file:../dir}
      repo: {specifier: x, version: 1.0.0}
packages:
  a@1.0.0: {resolution: {integrity: x}}
  url@https://example.invalid/url.tgz: {version: 1.0.0, resolution: {tarball: x}}
  dir@file:../dir: {resolution: {directory: ../dir, type: directory}}
  repo@1.0.0: {resolution: {commit: x, repo: y, type: git}}
snapshots:
  a@1.0.0(patch_hash=abc)(b@1.0.0): {dependencies: {a: 1.0.0(patch_hash=abc)(b@1.0.0)}}
  url@https://example.invalid/url.tgz: {}
  dir@file:../dir: {}
  repo@1.0.0: {}
"""


def read(content: bytes) -> PackageList:
    (found,) = read_pnpm_lock("pnpm-lock.yaml", content)
    return found


@pytest.mark.parametrize("folder", ["pnpm7", "pnpm8", "pnpm9", "pnpm10"])
def test_each_version_of_a_package_is_stored_once(folder: str) -> None:
    found = read((FILES / folder / "pnpm-lock.yaml").read_bytes())
    assert sorted(one.version for one in found.locked if one.name == "ms") == ["2.0.0", "2.1.3"]
    by_name = {one.name: one for one in found.locked}
    assert by_name["fsevents"].is_optional
    assert by_name["lightningcss-linux-x64-musl"].is_optional
    assert by_name["use-sync-external-store"].version == "1.2.0"
    assert by_name["@types/ms"].is_dev
    assert not any(one.place for one in found.locked)


def test_older_keys_and_workspaces_are_followed() -> None:
    found = read(OLD)
    assert found.locked == (
        Locked("@s/a", "1.0.0"),
        Locked("b", "2.0.0", False, True, "", "", ("linux",), ("!arm",), ("musl",)),
        Locked("c", "1.0.0", is_dev=True),
    )
    assert any("all parts of its workspace are counted" in note for note in found.notes)
    assert any(note.endswith("not from an index: dir, fromgit.") for note in found.notes)


def test_of_two_documents_the_last_is_the_projects() -> None:
    found = read(NEW)
    assert found.locked == (Locked("a", "1.0.0"),)
    told = {note.rpartition(": ")[2] for note in found.notes}
    assert {frozenset(one.rstrip(".").split(", ")) for one in told} == {
        frozenset({"a"}),
        frozenset({"url", "dir", "repo"}),
    }


@pytest.mark.parametrize(
    "content, why",
    [
        (b"importers: {}", "it has no lockfileVersion"),
        (b"lockfileVersion: 9\ndependencies: {a: 1.0.0}", "it has no entry for 'a'"),
        (b"lockfileVersion: 9\ndependencies: [a]", "dependencies is not what it should be"),
        (b"lockfileVersion: 9\ndependencies: {a: x}\npackages: {a@x: {}}", "'x' is no version"),
        (
            b"lockfileVersion: 9\ndependencies: {$a: 1.0.0}\npackages: {$a@1.0.0: {}}",
            "'$a' is no name",
        ),
    ],
)
def test_what_is_none_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(content)
    assert why in caught.value.message
