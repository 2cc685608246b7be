"""Package indexes for one estimate: opened when first asked, kept for its alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Self

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Ecosystem, PackageList
from auditor.domain.platform import Platform
from auditor.estimate.base_contents import ALPINE, DEBIAN, BaseContents
from auditor.estimate.closures.apt import installed_with, minbase
from auditor.estimate.closures.choose import ClosureOptions, Indexes, close
from auditor.estimate.closures.npm_target import NpmTarget
from auditor.estimate.closures.python_target import PythonTarget
from auditor.estimate.ports import NpmIndex, PythonIndex, SystemIndex
from auditor.usecases.estimate_base import EstimateBase
from auditor.usecases.estimate_recipe import Packages
from auditor.usecases.package_indexes import PackageIndexes

_MACHINES = MappingProxyType(
    {"386": "i686", "amd64": "x86_64", "arm64": "aarch64", "arm": "armv7l"}
)
_NODE_MACHINES = MappingProxyType({"386": "ia32", "amd64": "x64"})
_USUAL_PYTHON = "3.12"
_NOTHING = BaseContents()


@dataclass(frozen=True, slots=True)
class Closed:
    """One installation, and all that it brings."""

    asked: Packages
    closure: Closure


@dataclass(slots=True)
class PackageSources:
    """The indexes that one estimate asks; a context manager that closes their connections."""

    indexes: PackageIndexes
    _systems: dict[tuple[str, str, Platform], SystemIndex] = field(default_factory=dict)
    _bases: dict[tuple[str, Platform, tuple[str, ...]], frozenset[str]] = field(
        default_factory=dict
    )
    _python: PythonIndex | None = None
    _npm: NpmIndex | None = None
    _closed: dict[object, Closure] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.indexes.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the readers of indexes have to say, such as that answers are old."""
        return self.indexes.notes

    def close(
        self, packages: Sequence[Packages], base: EstimateBase | None, platform: Platform
    ) -> tuple[Closed, ...]:
        """What each installation brings on top of the base and of those before it.

        Raises UsageError for packages that do not exist or do not fit together and for a base
        that cannot have them, IndexFailureError where an index cannot be asked.
        """
        contents = base.contents if base else _NOTHING
        there: dict[Ecosystem, dict[str, str]] = {}
        done = []
        for one in packages:
            before = there.setdefault(one.ecosystem, {})
            closure = self._close(one, contents, platform, before)
            before |= {package.name: package.version for package in closure.packages}
            done.append(Closed(one, closure))
        return tuple(done)

    def _close(
        self, asked: Packages, contents: BaseContents, platform: Platform, before: dict[str, str]
    ) -> Closure:
        key = (asked.ecosystem, asked.lists, asked.options.dev, asked.options.recommends)
        where = (contents, platform, tuple(sorted(before.items())))
        if (key, where) not in self._closed:
            indexes = self._indexes(asked.ecosystem, asked.lists, contents, platform)
            options = self._options(asked, contents, platform, before)
            found = close(asked.lists, indexes, options)
            self._closed[key, where] = found[0] if found else Closure(asked.ecosystem)
        return self._closed[key, where]

    def _options(
        self, asked: Packages, contents: BaseContents, platform: Platform, before: dict[str, str]
    ) -> ClosureOptions:
        libc = "musl" if contents.is_musl else "glibc"
        machine = platform.architecture
        base: frozenset[str] = frozenset()
        if asked.ecosystem in (Ecosystem.APT, Ecosystem.APK):
            base = self._system_base(asked.ecosystem, contents, platform) | before.keys()
        python = dict.fromkeys(contents.python_packages, "")
        return ClosureOptions(
            dev=asked.options.dev,
            recommends=asked.options.recommends,
            python=PythonTarget(
                version=contents.python or _USUAL_PYTHON,
                machine=_MACHINES.get(machine, machine),
                libc=libc,
                **({"libc_version": "1.2"} if libc == "musl" else {}),
            ),
            npm=NpmTarget(architecture=_NODE_MACHINES.get(machine, machine), libc=libc),
            system_base=base,
            python_base=MappingProxyType(python | before),
        )

    def _indexes(
        self,
        ecosystem: Ecosystem,
        lists: Sequence[PackageList],
        contents: BaseContents,
        platform: Platform,
    ) -> Indexes:
        if not any(one.wanted or one.locked for one in lists):
            return Indexes()
        if ecosystem is Ecosystem.PIP:
            return Indexes(pip=self._python_index())
        if ecosystem is Ecosystem.NPM:
            return Indexes(npm=self._npm_index())
        if ecosystem is Ecosystem.APT:
            return Indexes(apt=self._system(DEBIAN, contents, platform))
        return Indexes(apk=self._system(ALPINE, contents, platform))

    def _system(self, distribution: str, contents: BaseContents, platform: Platform) -> SystemIndex:
        tool = "apt" if distribution == DEBIAN else "apk"
        if contents.distribution != distribution or not contents.release:
            has = f"{contents.distribution}:{contents.release}".strip(":") or "nobody knows what"
            raise UsageError(
                f"{tool} packages need a base of {distribution.capitalize()}, and this one has"
                f" {has}",
                next_step=f"choose another base, or say what it is with --distribution "
                f"{distribution}:RELEASE",
            )
        key = (distribution, contents.release, platform)
        if key not in self._systems:
            self._systems[key] = self._opened(distribution, contents.release, platform)
        return self._systems[key]

    def _opened(self, distribution: str, release: str, platform: Platform) -> SystemIndex:
        if distribution == DEBIAN:
            return self.indexes.debian(release, platform)
        return self.indexes.alpine(f"v{release}", platform)

    def _system_base(
        self, ecosystem: Ecosystem, contents: BaseContents, platform: Platform
    ) -> frozenset[str]:
        """Names of the base's packages: its distribution's root, and what was put on top."""
        if ecosystem is Ecosystem.APK:
            return frozenset(contents.packages)
        key = (contents.release, platform, contents.packages)
        if key not in self._bases:
            index = self._system(DEBIAN, contents, platform)
            root = minbase(index)
            known = [name for name in contents.packages if index.named(name)]
            self._bases[key] = installed_with(known, index, root)
        return self._bases[key]

    def _python_index(self) -> PythonIndex:
        if self._python is None:
            self._python = self.indexes.python()
        return self._python

    def _npm_index(self) -> NpmIndex:
        if self._npm is None:
            self._npm = self.indexes.npm()
        return self._npm
