from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Wanted
from auditor.estimate.closures import npm
from auditor.estimate.closures.npm import npm_closure
from auditor.estimate.closures.npm_specs import Versions, read_spec
from auditor.estimate.closures.npm_target import NpmTarget
from tests.fakes.package_indexes import FakeNpmIndex


def install(index: FakeNpmIndex, *wanted: Wanted | str, **target: str) -> Closure:
    asked = [one if isinstance(one, Wanted) else wish(one) for one in wanted]
    return npm_closure(asked, index, NpmTarget(**target))


def wish(text: str) -> Wanted:
    """A package as `npm install` takes it: name@range, the name perhaps scoped."""
    name, _, constraint = text[1:].partition("@")
    return Wanted(text[0] + name, constraint)


def copies(closure: Closure) -> list[str]:
    return [f"{package.name}@{package.version}" for package in closure.packages]


def needs(**dependencies: str) -> dict[str, Any]:
    return {"dependencies": dependencies}


def test_dependencies_come_along_and_one_copy_serves_all_it_fits() -> None:
    index = FakeNpmIndex.of(
        {
            "express": {"4.19.2": needs(qs="6.11.0", debug="2.6.9")},
            "qs": {"6.11.0": {"unpacked_bytes": 240_000}, "6.12.0": {}},
            "debug": {"2.6.9": needs(ms="2.0.0"), "4.3.0": {}},
            "ms": {"2.0.0": {}, "2.1.3": {}},
            "body-parser": {"1.20.2": needs(qs="^6.11.0")},
        }
    )
    index.sizes["qs-6.11.0.tgz"] = 46_000
    closure = install(index, "express@^4", "body-parser")
    assert copies(closure) == [
        *("body-parser@1.20.2", "debug@2.6.9", "express@4.19.2", "ms@2.0.0"),
        # body-parser comes first by name and takes the newest; express needs its own.
        *("qs@6.11.0", "qs@6.12.0"),
    ]
    qs = closure.packages[4]
    assert (qs.archive_bytes, qs.unpacked_bytes, qs.asked_by) == (46_000, 240_000, "express")
    assert sorted(index.weighed) == sorted(f"{c.replace('@', '-')}.tgz" for c in copies(closure))
    assert not closure.is_approximate


def test_levels_are_read_ahead_of_their_turn() -> None:
    index = FakeNpmIndex.of({"a": {"1.0.0": needs(b="1")}, "b": {"1.0.0": {}}})
    install(index, "a")
    assert index.looked_ahead == [("a",), ("b",)]


def test_two_versions_are_two_copies_and_the_one_met_first_lies_highest() -> None:
    index = FakeNpmIndex.of(
        {
            "a": {"1.0.0": needs(x="^1")},
            "b": {"1.0.0": needs(x="^2")},
            "c": {"1.0.0": needs(x="^2")},
            "d": {"1.0.0": needs(x="^1")},
            "x": {"1.0.0": {}, "2.0.0": {}},
        }
    )
    # x@1 goes to the top for a; b and c each get their own x@2 below them, as npm does.
    closure = install(index, "a", "b", "c", "d")
    assert copies(closure).count("x@1.0.0") == 1
    assert copies(closure).count("x@2.0.0") == 2


def test_a_copy_does_not_take_the_place_of_what_somebody_above_asks_for() -> None:
    index = FakeNpmIndex.of(
        {
            "a": {"1.0.0": needs(b="^2")},
            "b": {"1.0.0": {}, "2.0.0": needs(c="*")},
            "c": {"1.0.0": {}},
        }
    )
    assert copies(install(index, "a", "b@^1")) == ["a@1.0.0", "b@1.0.0", "b@2.0.0", "c@1.0.0"]


def test_a_nested_copy_is_shared_by_what_lies_in_the_same_folder() -> None:
    index = FakeNpmIndex.of(
        {
            "a": {"1.0.0": {"dependencies": {"b": "1", "x": "^2"}}},
            "b": {"1.0.0": needs(x="^2"), "2.0.0": {}},
            "x": {"1.0.0": {}, "2.0.0": {}},
        }
    )
    # b@1 has to lie below a, beside a's own x@2, and uses that one.
    closure = install(index, "a", "b@^2", "x@^1")
    assert copies(closure) == ["a@1.0.0", "b@1.0.0", "b@2.0.0", "x@1.0.0", "x@2.0.0"]


def test_an_older_copy_gives_way_to_a_newer_one_that_all_its_users_allow() -> None:
    index = FakeNpmIndex.of(
        {
            "a": {"1.0.0": needs(x=">=1")},
            "b": {"1.0.0": needs(x="^2")},
            "x": {"1.0.0": needs(old="*"), "2.0.0": {}},
            "old": {"1.0.0": {}},
        }
    )
    index.tag("x", latest="1.0.0")
    closure = install(index, "a", "b")
    assert copies(closure) == ["a@1.0.0", "b@1.0.0", "x@2.0.0"]


def test_optional_packages_for_other_machines_are_left_out() -> None:
    def binary(cpu: str, **more: Any) -> dict[str, Any]:
        return {"0.21.5": {"systems": ("linux",), "architectures": (cpu,), **more}}

    optional = {"@esbuild/linux-x64": "0.21.5", "@esbuild/linux-arm64": "0.21.5", "gone": "1"}
    index = FakeNpmIndex.of(
        {
            "esbuild": {"0.21.5": {"optional": optional, "dependencies": {"gone": "1"}}},
            "@esbuild/linux-x64": binary("x64"),
            "@esbuild/linux-arm64": binary("arm64"),
        }
    )
    closure = install(index, "esbuild")
    assert copies(closure) == ["@esbuild/linux-x64@0.21.5", "esbuild@0.21.5"]
    assert not closure.is_approximate
    assert copies(install(index, "esbuild", architecture="arm64"))[0].startswith(
        "@esbuild/linux-arm64"
    )


def test_a_libc_decides_among_optional_binaries() -> None:
    index = FakeNpmIndex.of(
        {
            "sharp": {"1.0.0": {"optional": {"s-gnu": "1", "s-musl": "1"}}},
            "s-gnu": {"1.0.0": {"libcs": ("glibc",)}},
            "s-musl": {"1.0.0": {"libcs": ("musl",)}},
        }
    )
    assert copies(install(index, "sharp", libc="musl")) == ["s-musl@1.0.0", "sharp@1.0.0"]


def test_a_needed_package_for_another_machine_is_counted_and_noted() -> None:
    index = FakeNpmIndex.of({"a": {"1.0.0": {"systems": ("darwin",)}}})
    closure = install(index, "a")
    assert copies(closure) == ["a@1.0.0"]
    assert closure.notes == ("a, which the list needs, is not made for this system",)


def test_peers_are_installed_and_one_that_is_there_will_do() -> None:
    index = FakeNpmIndex.of(
        {
            "react-dom": {"18.3.1": {"peers": {"react": "^18.3.1"}}},
            "react": {"18.3.1": needs(loose="*"), "19.0.0": {}},
            "loose": {"1.0.0": {}},
            "router": {"6.0.0": {"peers": {"react": ">=16", "react-dom": ">=16"}}},
        }
    )
    closure = install(index, "react-dom", "router")
    assert copies(closure) == ["loose@1.0.0", "react@18.3.1", "react-dom@18.3.1", "router@6.0.0"]
    assert not closure.is_approximate
    assert copies(install(index, "router", "react@^19"))[:1] == ["react@19.0.0"]


def test_peers_that_the_project_itself_rules_out_are_noted() -> None:
    index = FakeNpmIndex.of(
        {"plugin": {"1.0.0": {"peers": {"host": "^2"}}}, "host": {"1.0.0": {}, "2.0.0": {}}}
    )
    closure = install(index, "plugin", "host@^1")
    assert copies(closure) == ["host@1.0.0", "plugin@1.0.0"]
    assert closure.is_approximate
    assert any("peers do not fit together" in note for note in closure.notes)


def test_a_package_whose_peer_is_another_at_the_top_lies_deeper_with_its_own() -> None:
    index = FakeNpmIndex.of(
        {
            "app": {"1.0.0": {"dependencies": {"host": "^1", "plugin": "1"}}},
            "plugin": {"1.0.0": {"peers": {"host": "^1"}}},
            "host": {"1.0.0": {}, "2.0.0": {}},
        }
    )
    closure = install(index, "app", "host@^2")
    assert copies(closure) == ["app@1.0.0", "host@1.0.0", "host@2.0.0", "plugin@1.0.0"]
    assert not closure.is_approximate


def test_an_alias_is_another_copy_under_another_name() -> None:
    index = FakeNpmIndex.of(
        {
            "a": {"1.0.0": {"dependencies": {"x": "^2", "x-old": "npm:x@^1"}}},
            "x": {"1.0.0": {}, "2.0.0": {}},
        }
    )
    assert copies(install(index, "a")) == ["a@1.0.0", "x@1.0.0", "x@2.0.0"]


def test_packages_from_elsewhere_are_noted_and_not_sized() -> None:
    index = FakeNpmIndex.of({"a": {"1.0.0": needs(b="github:u/b")}})
    closure = install(index, "a", "c@file:../c")
    assert closure.unsized == ("b", "c")
    assert [package.asked_by for package in closure.packages] == ["", "a", ""]
    assert "a takes b from github:u/b: its size is unknown" in closure.notes
    assert closure.is_approximate


def test_development_packages_are_marked_unless_others_need_them() -> None:
    index = FakeNpmIndex.of(
        {
            "app": {"1.0.0": needs(shared="*")},
            "jest": {"1.0.0": {"dependencies": {"shared": "*", "only": "*"}}},
            "shared": {"1.0.0": {}},
            "only": {"1.0.0": {}},
        }
    )
    closure = install(index, Wanted("app"), Wanted("jest", is_dev=True), Wanted("app", is_dev=True))
    assert {one.name: one.is_dev for one in closure.packages} == {
        "app": False,
        "jest": True,
        "only": True,
        "shared": False,
    }


def test_what_the_index_does_not_have_is_noted_where_a_package_asks_and_refused_where_the_user() -> (
    None
):
    index = FakeNpmIndex.of({"a": {"1.0.0": needs(b="^9", gone="1")}, "b": {"1.0.0": {}}})
    closure = install(index, "a")
    assert closure.notes == (
        "a needs b@^9, which the index does not have",
        "a needs gone@1, which the index does not have",
    )
    with pytest.raises(UsageError, match="the index for npm has no package crul, nowhere"):
        install(index, "nowhere", "a", "crul")
    with pytest.raises(UsageError, match="no version that fits b@2 - 3"):
        install(index, "b@2 - 3")


@pytest.mark.parametrize("name", ["../../etc", "a b", "", "@/x", "a/b/c", "\x1b[2J", "a" * 215])
def test_what_is_no_name_is_said_and_not_looked_up(name: str) -> None:
    index = FakeNpmIndex()
    with pytest.raises(UsageError, match="no name of a package for npm"):
        install(index, Wanted(name))
    assert index.asked == []


def test_hostile_names_in_metadata_are_never_looked_up() -> None:
    index = FakeNpmIndex.of({"a": {"1.0.0": {"dependencies": {"../../x": "1", "b": "1" * 5000}}}})
    closure = install(index, "a")
    assert set(index.asked) == {"a"}
    assert closure.unsized == ("../../x", "b")
    assert max(map(len, closure.notes)) < 300


def test_circles_end() -> None:
    index = FakeNpmIndex.of(
        {"a": {"1.0.0": needs(b="1", a="1")}, "b": {"1.0.0": {"peers": {"a": "1"}, **needs(b="1")}}}
    )
    assert copies(install(index, "a")) == ["a@1.0.0", "b@1.0.0"]


def test_ever_deeper_copies_are_left_out() -> None:
    # Each version needs the other one, which is never where it looks.
    index = FakeNpmIndex.of(
        {"x": {f"{n}.0.0": needs(x=f"{n + 1}.0.0") for n in range(100)} | {"100.0.0": {}}}
    )
    closure = install(index, "x@0.0.0")
    assert len(closure.packages) == 50
    assert closure.notes == ("copies would lie 50 folders deep: x is left out",)


def test_too_many_copies_are_refused() -> None:
    many = {f"p{n}": {"1.0.0": needs(**{f"p{n + 1}": "1"})} for n in range(6_000)}
    with pytest.raises(UsageError, match="more than 5000 packages for npm"):
        install(FakeNpmIndex.of(many), "p0")


def test_a_tree_that_does_not_come_to_rest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "_MAX_STEPS", 2)
    closure = install(FakeNpmIndex.of({"a": {"1.0.0": {}}, "b": {"1.0.0": {}}}), "a", "b")
    assert copies(closure) == ["a@1.0.0", "b@1.0.0"]
    assert "does not come to rest" in closure.notes[0]


NAMES = ["a", "b", "c", "d", "e"]
ranges = st.sampled_from(["*", "^1.0.0", "^2.0.0", "1.0.0", ">=1.1.0", "~1.1.0"])


def releases_of(name: str) -> st.SearchStrategy[Any]:
    """Versions that need packages with later names, so that there is an end."""
    later = NAMES[NAMES.index(name) + 1 :] or ["gone"]
    release = st.fixed_dictionaries(
        {
            "dependencies": st.dictionaries(st.sampled_from(later), ranges, max_size=3),
            "peers": st.dictionaries(st.sampled_from(later), ranges, max_size=1),
            "optional": st.dictionaries(st.sampled_from([*later, "gone"]), ranges, max_size=1),
        }
    )
    return st.fixed_dictionaries(dict.fromkeys(("1.0.0", "1.1.0", "2.0.0"), release))


registries = st.fixed_dictionaries({name: releases_of(name) for name in NAMES})


@settings(max_examples=60)
@given(registries, st.lists(st.sampled_from(NAMES), min_size=1, unique=True), st.randoms())
def test_a_closure_is_closed_and_the_same_in_every_order(
    facts: dict[str, Any], wanted: list[str], random: Random
) -> None:
    index = FakeNpmIndex.of(facts)
    closure = install(index, *wanted)
    chosen = {(package.name, package.version) for package in closure.packages}
    assert {package.name for package in closure.packages} >= set(wanted)
    for name, version in chosen:
        for other, text in facts[name][version]["dependencies"].items():
            if other in facts[name][version]["optional"]:
                continue
            fitting = [one for known, one in chosen if known == other and _fits(one, text)]
            assert fitting or closure.is_approximate, (name, version, other, text)
    random.shuffle(wanted)
    assert install(index, *wanted) == closure


def _fits(version: str, text: str) -> bool:
    return Versions().satisfies(version, read_spec("any", text))


def test_an_optional_peer_brings_nothing_and_holds_back_what_others_bring() -> None:
    index = FakeNpmIndex.of(
        {
            "scripts": {"5.0.0": {**needs(lint="*"), "optional_peers": {"typescript": "^4"}}},
            "lint": {"1.0.0": {"peers": {"typescript": ">=2.8"}}},
            "typescript": {"4.9.5": {}, "7.0.2": needs(native="*")},
            "native": {"7.0.2": {}},
            "alone": {"1.0.0": {"optional_peers": {"typescript": "^4"}}},
        }
    )
    assert copies(install(index, "scripts")) == ["lint@1.0.0", "scripts@5.0.0", "typescript@4.9.5"]
    assert copies(install(index, "alone")) == ["alone@1.0.0"]
