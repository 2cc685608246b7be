from __future__ import annotations

import json

import pytest

from auditor.domain.package_facts import NpmRelease
from auditor.indexes.packuments import NAME, decode_packument
from auditor.indexes.unpacking import UnusableError

REGISTRY = "https://r.example/npm/"


def release(**manifest: object) -> NpmRelease:
    body = json.dumps({"versions": {"1.0.0": manifest}}).encode()
    return decode_packument(body, "a", REGISTRY).releases["1.0.0"]


def test_a_release_with_all_that_npm_writes() -> None:
    assert release(
        dist={"tarball": "https://t.example/a.tgz", "unpackedSize": 77},
        dependencies={"b": "^1", "maybe": "^2", "inside": "*"},
        optionalDependencies={"maybe": "^2", "@s/o": "1"},
        peerDependencies={"react": ">=18", "waived": "*"},
        peerDependenciesMeta={"waived": {"optional": True}, "react": {"optional": False}},
        bundleDependencies=["inside", 7],
        os=["linux", "!win32"],
        cpu="x64",
        libc=["glibc"],
        engines={"node": ">=18", "npm": ">=9"},
        deprecated="use b",
    ) == NpmRelease(
        name="a",
        version="1.0.0",
        address="https://t.example/a.tgz",
        dependencies={"b": "^1"},
        optional={"maybe": "^2", "@s/o": "1"},
        peers={"react": ">=18"},
        systems=("linux", "!win32"),
        architectures=("x64",),
        libcs=("glibc",),
        unpacked_bytes=77,
        node=">=18",
        is_deprecated=True,
        optional_peers={"waived": "*"},
    )


def test_all_dependencies_may_be_inside() -> None:
    found = release(dependencies={"b": "1"}, bundledDependencies=True)
    assert found.dependencies == {}
    assert release(dependencies={"b": "1"}, bundleDependencies=False).dependencies == {"b": "1"}


@pytest.mark.parametrize("engines", [["node >= 0.4"], {"node": 18}, {"node": ">" * 10_000}, None])
def test_engines_that_make_no_sense_are_no_bound(engines: object) -> None:
    assert release(engines=engines, deprecated=False).node == ""


NOTHING = release()


@pytest.mark.parametrize("hostile", [None, 7, "x", [], {"dist": 7}, {"dist": {"tarball": 7}}])
def test_a_release_that_makes_no_sense_needs_nothing(hostile: object) -> None:
    body = json.dumps({"versions": {"1.0.0": hostile}}).encode()
    assert decode_packument(body, "a", REGISTRY).releases["1.0.0"] == NOTHING
    assert NOTHING.address == f"{REGISTRY}a/-/a-1.0.0.tgz"


@pytest.mark.parametrize("value", [None, 7, "x", ["b"], {"b": 7}, {"../x": "1"}, {"b": "x" * 9999}])
def test_dependencies_that_make_no_sense_are_left_out(value: object) -> None:
    found = release(dependencies=value, optionalDependencies=value, peerDependencies=value)
    assert found == NOTHING


@pytest.mark.parametrize("value", [-1, 2**41, True, "7", None, 1.5])
def test_a_size_that_makes_no_sense_is_not_known(value: object) -> None:
    assert release(dist={"unpackedSize": value}).unpacked_bytes is None


@pytest.mark.parametrize("value", [7, None, {"x": 1}, [7, None]])
def test_systems_that_make_no_sense_are_none(value: object) -> None:
    assert release(os=value).systems == ()


@pytest.mark.parametrize("value", ["file:///etc/passwd", "http://[", "ftp://x/y"])
def test_a_tarball_that_is_not_on_the_web_has_no_address(value: str) -> None:
    assert release(dist={"tarball": value}).address == ""


def test_a_tarball_may_be_beside_the_registry_and_has_no_login() -> None:
    assert release(dist={"tarball": "/t/a.tgz"}).address == "https://r.example/t/a.tgz"
    canary = release(dist={"tarball": "https://ann:canary@t.example/a.tgz#x"})
    assert canary.address == "https://t.example/a.tgz"


def test_versions_and_tags_and_nothing_that_is_neither() -> None:
    versions: dict[str, object] = {"1.0.0": {}, "2.0.0": {}, "\x1b": {}, "x" * 300: {}}
    tags = {"latest": "2.0.0", "gone": "3.0.0", "odd": 7}
    body = json.dumps({"versions": versions, "dist-tags": tags}).encode()
    found = decode_packument(body, "a", REGISTRY)
    assert list(found.releases) == ["1.0.0", "2.0.0"]
    assert len(found.releases) == 2
    assert found.tags == {"latest": "2.0.0"}
    assert found.releases["2.0.0"] is found.releases["2.0.0"]
    with pytest.raises(KeyError):
        found.releases["3.0.0"]


def test_a_package_all_of_whose_versions_are_gone_has_none() -> None:
    assert len(decode_packument(b'{"name": "a"}', "a", REGISTRY).releases) == 0


def test_what_lies_deep_in_one_version_does_not_hide_the_others() -> None:
    deep = '{"versions": {"1.0.0": {"x": ' + "[" * 900 + "]" * 900 + '}, "2.0.0": {}}}'
    found = decode_packument(deep.encode(), "a", REGISTRY)
    assert found.releases["1.0.0"] == NOTHING
    assert found.releases["2.0.0"].version == "2.0.0"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"nonsense", b'{"versions": 7}', b'{"dist-tags": []}', b'"\xff"'),
        b'{"versions": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_packument_is_told(body: bytes) -> None:
    with pytest.raises(UnusableError, match="npm registry"):
        decode_packument(body, "a", REGISTRY)


@pytest.mark.parametrize("name", ["a", "@s/a", "JSONStream", "a.b_c-d", "_x", "@s/_x", "7"])
def test_names_new_and_old(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../a", "a/b", "@s", "@s/", "@/a", "@s/..", "@s/a/b", "a b", "a?b", "é/.."],
)
def test_what_is_no_name(name: str) -> None:
    assert not NAME.fullmatch(name)
