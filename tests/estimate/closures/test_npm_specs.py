from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.estimate.closures.npm_specs import SpecKind, Versions, read_spec, sort_key
from tests.fakes.package_indexes import FakeNpmIndex, npm_release


def pick(versions: list[str], wanted: str, latest: str = "", node: str = "") -> str | None:
    index = FakeNpmIndex.of({"a": {version: {} for version in versions}})
    index.tag("a", latest=latest or versions[-1], next=versions[0])
    release = Versions(node).pick(index.packages["a"], read_spec("a", wanted))
    return release.version if release else None


@pytest.mark.parametrize(
    "wanted, version",
    [
        ("^1.2.0", "1.10.0"),
        ("~1.2.0", "1.2.9"),
        ("1.2.x", "1.2.9"),
        ("", "2.0.0"),
        ("*", "2.0.0"),
        ("x", "2.0.0"),
        ("latest", "2.0.0"),
        ("next", "1.2.0"),
        (">=1.2.0 <1.10.0", "1.2.9"),
        ("1.2.0 - 1.2", "1.2.9"),
        ("^0.9 || ~1.2", "1.2.9"),
        ("> 2", None),
        ("^ 1.2", "1.10.0"),
        ("=1.2.0", "1.2.0"),
        ("v1.2.0", "1.2.0"),
        ("^3.0.0-0", "3.0.0-rc.2"),
        ("^9", None),
        ("unheard-of", None),
    ],
)
def test_the_newest_version_in_a_range_is_taken(wanted: str, version: str | None) -> None:
    known = ["1.2.0", "1.2.9", "1.10.0", "3.0.0-rc.1", "3.0.0-rc.2", "2.0.0"]
    assert pick(known, wanted) == version


def test_latest_is_taken_where_it_fits_though_there_is_a_newer_one() -> None:
    assert pick(["1.0.0", "1.1.0", "1.2.0"], "^1.0.0", latest="1.1.0") == "1.1.0"
    assert pick(["1.0.0", "2.0.0"], "^1.0.0", latest="2.0.0") == "1.0.0"
    assert pick(["1.0.0", "2.0.0-rc.1"], "*", latest="2.0.0-rc.1") == "2.0.0-rc.1"


def test_deprecated_versions_and_those_for_another_node_come_last() -> None:
    releases: dict[str, dict[str, Any]] = {
        "1.0.0": {},
        "1.1.0": {"node": ">= 20"},
        "1.2.0": {"is_deprecated": True},
        "1.3.0": {"is_deprecated": True, "node": "^20.1"},
    }
    package = FakeNpmIndex.of({"a": releases}).packages["a"]
    spec = read_spec("a", "^1.0.0")

    def taken(node: str, text: str = "^1.0.0") -> str:
        release = Versions(node).pick(package, read_spec(spec.name, text))
        assert release is not None
        return release.version

    assert taken("") == "1.1.0"
    assert taken("18.20.0") == "1.0.0"
    assert taken("20.11.1") == "1.1.0"
    assert taken("18.20.0", "^1.1.0") == "1.2.0"
    assert taken("18.20.0", "~1.1.0") == "1.1.0"
    assert taken("20.11.1", "^1.2.0") == "1.3.0"


def test_an_endless_engine_is_no_reason() -> None:
    assert Versions("20.0.0").fits_node(npm_release("a", "1.0.0", node="<" * 400))


@pytest.mark.parametrize(
    "text, kind, name, rest",
    [
        ("npm:b@^1", SpecKind.RANGE, "b", "^1"),
        ("npm:@s/b@1.2.3", SpecKind.RANGE, "@s/b", "1.2.3"),
        ("npm:@s/b", SpecKind.RANGE, "@s/b", "*"),
        ("npm:b@next", SpecKind.TAG, "b", "next"),
        ("npm:../b@1", SpecKind.NOT_UNDERSTOOD, "../b", "1"),
    ],
)
def test_an_alias_is_another_package(text: str, kind: SpecKind, name: str, rest: str) -> None:
    spec = read_spec("a", text)
    assert (spec.kind, spec.name, spec.text, spec.is_alias) == (kind, name, rest, True)


@pytest.mark.parametrize(
    "text",
    [
        *("git+ssh://git@host/a.git", "github:u/r", "u/r", "u/r#v1", "file:../a", "link:./a"),
        *("./a", "../a", "/a", "~/a", "workspace:^", "catalog:", "https://host/a.tgz"),
    ],
)
def test_some_packages_come_from_elsewhere(text: str) -> None:
    assert read_spec("a", text).kind is SpecKind.ELSEWHERE


@pytest.mark.parametrize(
    "text",
    ["1" * 257, ">=" * 200, "a b c", "$(reboot)", "\x00", "1.1.1-" + "a." * 200],
)
def test_what_is_no_range_is_not_understood(text: str) -> None:
    assert read_spec("a", text).kind is SpecKind.NOT_UNDERSTOOD


@given(st.text("0123456789.<>=~^*xXv|- ab+", max_size=256))
def test_no_range_raises_anything(text: str) -> None:
    spec = read_spec("a", text)
    assert Versions().satisfies("1.2.3", spec) in {True, False}


def test_versions_sort_as_semver_says() -> None:
    # semver.org, 11.4.
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"]
    ordered += ["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0"]
    assert sorted(ordered, key=lambda one: sort_key(one) or ()) == ordered
    assert sort_key("1.0") is None
    assert sort_key("1.0.0+build") == sort_key("1.0.0")


def test_a_version_that_is_none_is_never_taken() -> None:
    assert pick(["1.0.0", "9" * 300, "2"], "*", latest="none") == "1.0.0"
    assert pick(["nonsense"], "*", latest="none") is None
