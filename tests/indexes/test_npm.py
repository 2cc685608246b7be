"""An npm registry over real sockets."""

from __future__ import annotations

import json

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.fetching import IndexClient
from auditor.indexes.npm import NpmRegistry
from tests.fakes.index_server import IndexServer, MakeClient


def put_package(server: IndexServer, path: str, tarball: str = "/t/a.tgz") -> None:
    versions = {"1.0.0": {"dist": {"tarball": f"{server.url}{tarball}"}}}
    body = {"versions": versions, "dist-tags": {"latest": "1.0.0"}}
    server.put(path, json.dumps(body), type="application/json")


@pytest.fixture
def registry(server: IndexServer, client: IndexClient) -> NpmRegistry:
    return NpmRegistry(f"{server.url}/npm/", {"@ours": f"{server.url}/ours"}, client)


def test_packages_scopes_and_who_has_them(server: IndexServer, registry: NpmRegistry) -> None:
    put_package(server, "/npm/express")
    put_package(server, "/npm/@babel%2Fcore")
    put_package(server, "/ours/@ours%2Fthing")
    for name in ("express", "@babel/core", "@ours/thing", "express"):
        found = registry.package(name)
        assert found
        assert found.tags["latest"] == "1.0.0"
    assert server.paths() == ["/npm/express", "/npm/@babel%2Fcore", "/ours/@ours%2Fthing"]
    assert server.sent("accept")[0].startswith("application/vnd.npm.install-v1+json")


@pytest.mark.parametrize("name", ["", "..", "@s/..", "a/b", "a?b#c"])
def test_what_is_no_name_is_no_package_and_nobody_is_asked(
    server: IndexServer, registry: NpmRegistry, name: str
) -> None:
    assert registry.package(name) is None
    assert server.asked == []


def test_no_package_is_none_and_nonsense_is_told(
    server: IndexServer, registry: NpmRegistry
) -> None:
    assert registry.package("absent") is None
    server.put("/npm/broken", "{")
    with pytest.raises(IndexFailureError, match=r"versions of a package of .* not usable"):
        registry.package("broken")


def test_tarballs_are_weighed_side_by_side_and_once(
    server: IndexServer, client_of: MakeClient
) -> None:
    registry = NpmRegistry(server.url, {}, client_of())
    releases = []
    for name, size in (("a", 5), ("b", 6), ("c", 7)):
        put_package(server, f"/{name}", f"/t/{name}.tgz")
        server.put(f"/t/{name}.tgz", b"x" * size)
        package = registry.package(name)
        assert package
        releases.append(package.releases["1.0.0"])
    server.pages["/t/c.tgz"].status = 500
    registry.weigh([*releases, *releases])
    asked = len(server.asked)
    assert [registry.archive_bytes(one) for one in releases[:2]] == [5, 6]
    assert len(server.asked) == asked
    with pytest.raises(IndexFailureError):
        registry.archive_bytes(releases[2])


def test_a_release_without_an_address_has_no_size(
    server: IndexServer, registry: NpmRegistry
) -> None:
    server.put("/npm/a", json.dumps({"versions": {"1.0.0": {"dist": {"tarball": "file:///x"}}}}))
    package = registry.package("a")
    assert package
    assert registry.archive_bytes(package.releases["1.0.0"]) is None


def test_looking_ahead_has_packages_at_hand(server: IndexServer, client_of: MakeClient) -> None:
    registry = NpmRegistry(server.url, {}, client_of(cache_folder=None))
    for name in ("a", "b"):
        put_package(server, f"/{name}")
    server.put("/broken", "{")
    registry.look_ahead(["a", "b", "broken", "absent", "a"])
    assert len(server.asked) == 4
    assert registry.package("a")
    assert registry.package("absent") is None
    assert len(server.asked) == 4
    assert registry.notes == ()
