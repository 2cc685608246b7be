from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import Locked, PackageList
from auditor.estimate.lists.package_lock import read_package_lock

FILES = Path(__file__).parents[2] / "data/lists"


def read(document: object) -> PackageList:
    (found,) = read_package_lock("package-lock.json", json.dumps(document).encode())
    return found


def packages(**entries: object) -> dict[str, object]:
    return {"lockfileVersion": 3, "packages": {f"node_modules/{k}": v for k, v in entries.items()}}


@pytest.mark.parametrize("folder", ["npm1", "npm2", "npm3"])
def test_two_copies_are_two_packages(folder: str) -> None:
    path = FILES / folder / "package-lock.json"
    (found,) = read_package_lock(path.name, path.read_bytes())
    assert {(one.place, one.version) for one in found.locked if one.name == "ms"} == {
        ("node_modules/ms", "2.0.0"),
        ("node_modules/debug/node_modules/ms", "2.1.3"),
    }
    by_name = {one.name: one for one in found.locked}
    assert by_name["is-odd"].place == "node_modules/is-odd-alias"
    assert by_name["fsevents"].is_optional


def test_what_is_bundled_linked_or_needed_by_nothing_is_not_counted() -> None:
    found = read(
        packages(
            a={"version": "1.0.0", "devOptional": True},
            b={"version": "1.0.0", "inBundle": True},
            c={"resolved": "packages/c", "link": True},
            d={"version": "1.0.0", "extraneous": True},
            e={"version": "1.0.0", "resolved": "git+ssh://git@example.invalid/e.git#1"},
        )
        | {}
    )
    assert found.locked == (Locked("a", "1.0.0", is_optional=True, place="node_modules/a"),)
    assert [note.rpartition(": ")[2] for note in found.notes] == ["b.", "d.", "e."]


def test_workspaces_are_told_and_what_lies_in_them_counts() -> None:
    document = {"packages": {"": {}, "app": {}, "app/node_modules/a": {"version": "1.0.0"}}}
    found = read(document)
    assert [one.place for one in found.locked] == ["app/node_modules/a"]
    assert found.notes[0].endswith(": app.")


def test_the_first_version_nests() -> None:
    inner = {"b": {"version": "npm:@s/c@2.0.0", "dev": True, "optional": True}}
    found = read(
        {
            "lockfileVersion": 1,
            "dependencies": {
                "a": {"version": "1.0.0", "dependencies": inner},
                "x": {"version": "github:u/x#1"},
                "y": {"version": "1.0.0", "bundled": True},
            },
        }
    )
    assert found.locked == (
        Locked("a", "1.0.0", place="node_modules/a"),
        Locked("@s/c", "2.0.0", True, True, place="node_modules/a/node_modules/b"),
    )
    assert [note.rpartition(": ")[2] for note in found.notes] == ["x.", "y."]


def test_an_empty_lock_is_one() -> None:
    assert read({"lockfileVersion": 1}).locked == ()


def test_systems_that_can_be_none_are_passed_over() -> None:
    found = read(packages(a={"version": "1.0.0", "os": ["linux", "\x1b", 7], "cpu": "!arm"}))
    assert found.locked[0].systems == ("linux",)
    assert found.locked[0].architectures == ("!arm",)


@pytest.mark.parametrize(
    "document, why",
    [
        ({}, "it has neither packages nor dependencies"),
        (packages(a={"version": "one"}), "'one' is no version of a"),
        (packages(a={"version": 1}), "'1' is no version of a"),
        (packages(a={}), "is no version of a"),
        (packages(a=7), "node_modules/a is not what it should be"),
        (packages(**{"$(id)": {"version": "1.0.0"}}), "'$(id)' is no name"),
        (packages(node_modules={"version": "1.0.0"}), "'node_modules' is no name"),
        ({"packages": {"x" * 999 + "/node_modules/a": {"version": "1.0.0"}}}, "is no place"),
        ({"packages": {"\x1b/node_modules/a": {"version": "1.0.0"}}}, "'\\x1b/node_modules/a'"),
        ({"packages": {"\ud800/node_modules/a": {"version": "1.0.0"}}}, "is no place"),
    ],
)
def test_what_is_none_is_refused(document: object, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(document)
    assert why in caught.value.message


def test_too_many_entries_are_refused_in_every_version() -> None:
    many = {f"p{number}": {"version": "1.0.0"} for number in range(100_001)}
    for document in (packages(**many), {"dependencies": many}):
        with pytest.raises(UsageError, match="over 100,000 entries"):
            read(document)
