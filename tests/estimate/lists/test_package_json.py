from __future__ import annotations

import json

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.packages import PackageList, Wanted
from auditor.estimate.lists.package_json import read_package_json

DOCUMENT = {
    "dependencies": {"express": "^4", "alias": "npm:is-odd@^3", "both": "1", "any": ""},
    "optionalDependencies": {"fsevents": "^2.3", "both": "2"},
    "peerDependencies": {"react": ">=17 <19", "maybe": "*"},
    "peerDependenciesMeta": {"maybe": {"optional": True}},
    "devDependencies": {"jest": "latest", "react": "18", "express": "^4"},
    "workspaces": ["packages/*"],
}


def read(document: object) -> PackageList:
    (found,) = read_package_json("package.json", json.dumps(document).encode())
    return found


def test_all_kinds_are_asked_for_and_each_name_once() -> None:
    found = read(DOCUMENT)
    assert found.wanted == (
        Wanted("express", "^4"),
        Wanted("alias", "npm:is-odd@^3"),
        Wanted("both", "2"),
        Wanted("any"),
        Wanted("fsevents", "^2.3"),
        Wanted("react", ">=17 <19"),
        Wanted("jest", "latest", is_dev=True),
    )
    (note,) = found.notes
    assert note.endswith("lists of their own, which are to be given too: packages/*.")


@pytest.mark.parametrize(
    "spec",
    [
        *("git+ssh://git@example.invalid/a.git", "github:a/b", "a/b#main", "file:../x", "./x"),
        *("https://example.invalid/a.tgz", "git@example.invalid:a/b", "~/x", "/x", "../x"),
    ],
)
def test_addresses_and_folders_are_told(spec: str) -> None:
    found = read({"dependencies": {"a": spec}})
    assert found.wanted == ()
    assert "come from addresses or folders" in found.notes[0]
    assert found.notes[0].endswith(": a.")


def test_own_parts_and_catalogues_are_told() -> None:
    found = read({"dependencies": {"mine": "workspace:*", "b": "catalog:"}, "workspaces": {}})
    assert found.wanted == (Wanted("b"),)
    assert [note.rpartition(": ")[2] for note in found.notes] == ["mine.", "b."]
    named = read({"workspaces": {"packages": ["a"]}})
    assert named.notes[0].endswith(": a.")


@pytest.mark.parametrize(
    "document, why",
    [
        ({"dependencies": {"a": 1}}, "dependencies: a has '1' for a version"),
        ({"dependencies": ["a"]}, "dependencies is not what it should be"),
        ({"dependencies": {"../a": "1"}}, "'../a' is no name"),
        ({"dependencies": {"a": "$(id)"}}, "'$(id)' is no version of a"),
        ({"dependencies": {"a": "1" * 300}}, "is no version of a"),
        ({"peerDependenciesMeta": {"a": 1}, "peerDependencies": {"a": "1"}}, "a is not what"),
        ([], "the document is not what it should be"),
    ],
)
def test_what_is_none_is_refused(document: object, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(document)
    assert why in caught.value.message


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    twice = b'{"dependencies": {"a": "1", "a": "2"}}'
    assert read_package_json("package.json", twice)[0].wanted == (Wanted("a", "2"),)
