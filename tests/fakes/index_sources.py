"""Package indexes of memory behind the calculator's use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain.errors import IndexFailureError
from auditor.domain.package_facts import SystemPackage
from auditor.domain.platform import Platform
from auditor.estimate.ports import NpmIndex, PythonIndex, SystemIndex
from tests.fakes.package_indexes import (
    FakeNpmIndex,
    FakePythonIndex,
    FakeSystemIndex,
    apk,
    deb,
)

DEBIAN: tuple[SystemPackage, ...] = (
    deb("libc6", archive_bytes=2_700_000, unpacked_bytes=13_000_000, priority="required"),
    deb("dash", depends="libc6", archive_bytes=90_000, priority="required", is_essential=True),
    deb("apt", depends="libc6", archive_bytes=1_300_000, unpacked_bytes=4_000_000),
    deb("ca-certificates", archive_bytes=150_000, unpacked_bytes=400_000),
    deb(
        "git",
        depends="libc6, git-man, libcurl3-gnutls",
        recommends="ca-certificates, less",
        archive_bytes=7_000_000,
        unpacked_bytes=37_000_000,
    ),
    deb("git-man", archive_bytes=2_000_000, unpacked_bytes=2_100_000),
    deb("libcurl3-gnutls", depends="libc6", archive_bytes=400_000, unpacked_bytes=900_000),
    deb("less", depends="libc6", archive_bytes=140_000, unpacked_bytes=300_000),
)
ALPINE: tuple[SystemPackage, ...] = (
    apk("git", depends="so:libc.musl", archive_bytes=3_000_000, unpacked_bytes=6_000_000),
    apk("musl", provides="so:libc.musl", archive_bytes=400_000, unpacked_bytes=600_000),
)
PYTHON: Mapping[str, Mapping[str, list[str]]] = {
    "flask": {"3.0.3": ["werkzeug>=3", "click>=8"], "2.0": ["werkzeug>=2"]},
    "werkzeug": {"3.0.4": []},
    "click": {"8.1.7": []},
    "pytest": {"8.3": ["pluggy"]},
    "pluggy": {"1.5": []},
}
NPM: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "express": {"4.19.2": {"dependencies": {"qs": "6.11.0"}}},
    "qs": {"6.11.0": {}},
    "typescript": {"5.6.2": {}},
}


@dataclass
class FakePackageIndexes:
    """As `PackageIndexes`: opens indexes that are in memory. `opened` says which, in order."""

    is_offline: bool = False
    opened: list[str] = field(default_factory=list)
    is_closed: bool = False
    notes: tuple[str, ...] = ()

    def python(self) -> PythonIndex:
        self._open("python")
        return FakePythonIndex.of(PYTHON)

    def npm(self) -> NpmIndex:
        self._open("npm")
        return FakeNpmIndex.of(NPM)

    def debian(self, release: str, platform: Platform) -> SystemIndex:
        self._open(f"debian {release} {platform}")
        return FakeSystemIndex(DEBIAN)

    def alpine(self, release: str, platform: Platform) -> SystemIndex:
        self._open(f"alpine {release} {platform}")
        return FakeSystemIndex(ALPINE)

    def close(self) -> None:
        self.is_closed = True

    def _open(self, name: str) -> None:
        if self.is_offline:
            raise IndexFailureError("no index is known", next_step="set estimate.indexes")
        self.opened.append(name)
