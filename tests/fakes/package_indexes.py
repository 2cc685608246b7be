"""Package indexes in memory, written as the ecosystems write them.

    debian_index(deb("curl", "7.88.1-10", depends="libc6 (>= 2.34), libcurl4 (= 7.88.1-10)"))
    alpine_index(apk("curl", "8.9.0-r0", depends="so:libc.musl-x86_64.so.1 !old", provides="cmd:curl"))
    FakePythonIndex.of({"flask": {"3.0.3": ["werkzeug>=3", "click>=8"]}})
    FakeNpmIndex.of({"express": {"4.19.2": {"dependencies": {"qs": "6.11.0"}}}})

Each keeps in `asked` what it was asked for, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from packaging.utils import canonicalize_name

from auditor.domain.package_facts import (
    Alternatives,
    NpmPackage,
    NpmRelease,
    PythonFile,
    PythonMetadata,
    Relation,
    SystemPackage,
    WheelContents,
)

_DEBIAN = re.compile(r"([^\s(:]+)(?::\S+)?\s*(?:\((<<|<=|=|>=|>>)\s*([^)]+)\))?")
_ALPINE = re.compile(r"([^<>=~]+)(<=|>=|=~|~|<|>|=)?(.*)")
_ALPINE_SIGNS = {"<": "<<", ">": ">>", "=~": "~"}


def debian_relations(text: str) -> tuple[Relation, ...]:
    """`Provides` or `Conflicts` of a control file."""
    return tuple(one for alternatives in debian_needs(text) for one in alternatives)


def debian_needs(text: str) -> tuple[Alternatives, ...]:
    """`Depends` of a control file: commas between needs, bars between alternatives."""
    return tuple(
        tuple(_debian_relation(one) for one in need.split("|")) for need in text.split(",") if need
    )


def _debian_relation(text: str) -> Relation:
    match = _DEBIAN.fullmatch(text.strip())
    assert match is not None, text
    return Relation(match[1], match[2] or "", (match[3] or "").strip())


def alpine_relations(text: str) -> tuple[Relation, ...]:
    """`D:` or `p:` of APKINDEX, conflicts left out."""
    return tuple(_alpine_relation(one) for one in text.split() if not one.startswith("!"))


def _alpine_relation(text: str) -> Relation:
    match = _ALPINE.fullmatch(text)
    assert match is not None, text
    sign = match[2] or ""
    return Relation(match[1], _ALPINE_SIGNS.get(sign, sign), match[3])


def deb(
    name: str,
    version: str = "1.0-1",
    *,
    depends: str = "",
    recommends: str = "",
    provides: str = "",
    conflicts: str = "",
    archive_bytes: int = 1000,
    unpacked_bytes: int = 4096,
    priority: str = "optional",
    is_essential: bool = False,
) -> SystemPackage:
    """A Debian package, its relations as in a control file."""
    return SystemPackage(
        name=name,
        version=version,
        archive_bytes=archive_bytes,
        unpacked_bytes=unpacked_bytes,
        depends=debian_needs(depends),
        recommends=debian_needs(recommends),
        provides=debian_relations(provides),
        conflicts=debian_relations(conflicts),
        priority=priority,
        is_essential=is_essential,
    )


def apk(
    name: str,
    version: str = "1.0-r0",
    *,
    depends: str = "",
    provides: str = "",
    install_if: str = "",
    provider_priority: int = 0,
    archive_bytes: int = 1000,
    unpacked_bytes: int = 4096,
) -> SystemPackage:
    """An Alpine package, its relations as in APKINDEX ("!name" in `depends` is a conflict)."""
    refused = (one[1:] for one in depends.split() if one.startswith("!"))
    return SystemPackage(
        name=name,
        version=version,
        archive_bytes=archive_bytes,
        unpacked_bytes=unpacked_bytes,
        depends=tuple((one,) for one in alpine_relations(depends)),
        provides=alpine_relations(provides),
        conflicts=tuple(map(_alpine_relation, refused)),
        install_if=alpine_relations(install_if),
        provider_priority=provider_priority,
    )


@dataclass
class FakeSystemIndex:
    """A Debian or Alpine release that has these packages."""

    packages: tuple[SystemPackage, ...]
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._named: dict[str, list[SystemPackage]] = {}
        self._providing: dict[str, list[SystemPackage]] = {}
        self._completed: dict[str, list[SystemPackage]] = {}
        for package in self.packages:
            self._named.setdefault(package.name, []).append(package)
            for relation in package.provides:
                self._providing.setdefault(relation.name, []).append(package)
            for relation in package.install_if:
                self._completed.setdefault(relation.name, []).append(package)

    def named(self, name: str) -> tuple[SystemPackage, ...]:
        self.asked.append(name)
        return tuple(self._named.get(name, ()))

    def providing(self, name: str) -> tuple[SystemPackage, ...]:
        return tuple(self._providing.get(name, ()))

    def required(self) -> tuple[SystemPackage, ...]:
        return tuple(one for one in self.packages if one.is_essential or one.priority == "required")

    def completed_by(self, name: str) -> tuple[SystemPackage, ...]:
        return tuple(self._completed.get(name, ()))

    def alike(self, name: str) -> tuple[str, ...]:
        return tuple(get_close_matches(name, sorted(self._named), n=3))


def debian_index(*packages: SystemPackage) -> FakeSystemIndex:
    return FakeSystemIndex(packages)


def alpine_index(*packages: SystemPackage) -> FakeSystemIndex:
    return FakeSystemIndex(packages)


def wheel(
    name: str,
    version: str,
    tags: str = "py3-none-any",
    *,
    size_bytes: int | None = 1000,
    requires_python: str = "",
    is_yanked: bool = False,
) -> PythonFile:
    """A wheel; its address is its name."""
    file = f"{canonicalize_name(name).replace('-', '_')}-{version}-{tags}.whl"
    return PythonFile(file, file, size_bytes, requires_python, is_yanked, has_metadata=True)


def sdist(
    name: str, version: str, *, size_bytes: int | None = 5000, requires_python: str = ""
) -> PythonFile:
    """A source distribution; its address is its name."""
    file = f"{name}-{version}.tar.gz"
    return PythonFile(file, file, size_bytes, requires_python)


@dataclass
class FakePythonIndex:
    """Projects and their files; `needs` and `held` are by name of the file."""

    projects: dict[str, list[PythonFile]] = field(default_factory=dict)
    needs: dict[str, PythonMetadata] = field(default_factory=dict)
    held: dict[str, WheelContents] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    looked_ahead: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, projects: Mapping[str, Mapping[str, Iterable[str]]]) -> FakePythonIndex:
        """One wheel for everybody per version, which needs what is listed."""
        index = cls()
        for name, versions in projects.items():
            for version, requires in versions.items():
                index.add(name, wheel(name, version), requires)
        return index

    def add(
        self,
        name: str,
        file: PythonFile,
        requires: Iterable[str] | None = (),
        *,
        requires_python: str = "",
    ) -> FakePythonIndex:
        """One more file; with None it does not say what it needs."""
        self.projects.setdefault(canonicalize_name(name), []).append(file)
        if requires is not None:
            self.needs[file.name] = PythonMetadata(tuple(requires), requires_python)
        if file.name.endswith(".whl"):
            self.held[file.name] = WheelContents(unpacked_bytes=3000, source_bytes=2000)
        return self

    def files(self, name: str) -> tuple[PythonFile, ...]:
        self.asked.append(name)
        return tuple(self.projects.get(canonicalize_name(name), ()))

    def metadata(self, file: PythonFile) -> PythonMetadata | None:
        return self.needs.get(file.name)

    def contents(self, file: PythonFile) -> WheelContents | None:
        return self.held.get(file.name)

    def size_bytes(self, file: PythonFile) -> int | None:
        return file.size_bytes

    def look_ahead(self, names: Iterable[str]) -> None:
        self.looked_ahead.append(tuple(names))


def npm_release(name: str, version: str, **facts: Any) -> NpmRelease:
    """A version of an npm package; `dependencies`, `optional` and `peers` by name of field."""
    empty: dict[str, Any] = {"dependencies": {}, "optional": {}, "peers": {}}
    return NpmRelease(name=name, version=version, address=f"{name}-{version}.tgz", **empty | facts)


@dataclass
class FakeNpmIndex:
    """Packages of an npm registry; `sizes` are by address, 1000 bytes where none is given."""

    packages: dict[str, NpmPackage] = field(default_factory=dict)
    sizes: dict[str, int | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    weighed: list[str] = field(default_factory=list)
    looked_ahead: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, packages: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> FakeNpmIndex:
        """Versions by package, oldest first; the last one is "latest"."""
        index = cls()
        for name, versions in packages.items():
            releases = {
                version: npm_release(name, version, **facts) for version, facts in versions.items()
            }
            tags = {"latest": list(versions)[-1]} if versions else {}
            index.packages[name] = NpmPackage(name, releases, tags)
        return index

    def tag(self, name: str, **tags: str) -> FakeNpmIndex:
        """Other meanings of tags."""
        package = self.packages[name]
        self.packages[name] = replace(package, tags={**package.tags, **tags})
        return self

    def package(self, name: str) -> NpmPackage | None:
        self.asked.append(name)
        return self.packages.get(name)

    def archive_bytes(self, release: NpmRelease) -> int | None:
        return self.sizes.get(release.address, 1000)

    def look_ahead(self, names: Iterable[str]) -> None:
        self.looked_ahead.append(tuple(names))

    def weigh(self, releases: Iterable[NpmRelease]) -> None:
        self.weighed.extend(release.address for release in releases)
