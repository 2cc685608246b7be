"""From where indexes are to answers, as a use case opens them."""

from __future__ import annotations

import json

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.domain.platform import Platform
from auditor.indexes.addresses import IndexAddresses
from auditor.indexes.apt_addresses import find_apt
from auditor.indexes.opening import (
    client_for,
    open_alpine,
    open_debian,
    open_npm,
    open_python,
)
from auditor.indexes.options import ClientOptions
from tests.fakes.index_machine import Machine
from tests.fakes.index_server import NOW, IndexServer
from tests.indexes.test_alpine import CURL, index_of
from tests.indexes.test_debian import GIT

OPTIONS = ClientOptions(NOW)
AMD64 = Platform("linux", "amd64")


@pytest.mark.parametrize(
    "platform, name",
    [
        *[("linux/amd64", "amd64"), ("linux/386", "i386"), ("linux/arm64/v8", "arm64")],
        *[("linux/arm/v7", "armhf"), ("linux/arm", "armhf"), ("linux/arm/v5", "armel")],
        *[("linux/arm64", "arm64"), ("linux/ppc64le", "ppc64el"), ("linux/amd64/v3", "amd64")],
    ],
)
def test_debian_is_asked_for_its_own_name_of_a_processor(
    server: IndexServer, machine: Machine, platform: str, name: str
) -> None:
    server.put(f"/debian/dists/sid/main/binary-{name}/Packages", GIT)
    found = find_apt([f"{server.url}/debian"], "sid", machine.around)
    with client_for(found.addresses, OPTIONS) as client:
        assert open_debian(found, Platform.parse(platform), client).named("git")


@pytest.mark.parametrize(
    "platform, name",
    [
        *[("linux/amd64", "x86_64"), ("linux/386", "x86"), ("linux/arm64", "aarch64")],
        *[("linux/arm/v6", "armhf"), ("linux/arm", "armv7"), ("linux/riscv64", "riscv64")],
    ],
)
def test_so_is_alpine(server: IndexServer, platform: str, name: str) -> None:
    server.put(f"/edge/main/{name}/APKINDEX.tar.gz", index_of(CURL))
    addresses = IndexAddresses((f"{server.url}/edge/main",), "x")
    with client_for(addresses, OPTIONS) as client:
        assert open_alpine(addresses, Platform.parse(platform), client).named("curl")


@pytest.mark.parametrize("platform", ["windows/amd64", "linux/mips", "linux/sparc64"])
def test_a_platform_without_packages_is_told(platform: str) -> None:
    addresses = IndexAddresses(("http://h.example/edge/main",), "x")
    with (
        client_for(addresses, OPTIONS) as client,
        pytest.raises(IndexFailureError, match=f"Alpine has no packages for {platform}"),
    ):
        open_alpine(addresses, Platform.parse(platform), client)


def test_python_and_npm_are_asked_when_something_is_wanted(server: IndexServer) -> None:
    server.put("/simple/a/", json.dumps({"files": [{"filename": "a", "url": "a"}]}))
    server.put("/b", json.dumps({"versions": {}}))
    addresses = IndexAddresses((f"{server.url}/simple",), "x")
    with client_for(addresses, OPTIONS) as client:
        python = open_python(addresses, client)
        assert server.asked == []
        assert python.files("a")
    addresses = IndexAddresses((server.url,), "x")
    with client_for(addresses, OPTIONS) as client:
        npm = open_npm(addresses, client)
        assert npm.package("b")
