"""Packages of a distribution or a language: asked for, fixed by a lock file, chosen, sized."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Ecosystem(StrEnum):
    """Who installs: the tool's name."""

    APT = "apt"
    APK = "apk"
    PIP = "pip"
    NPM = "npm"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package somebody asks for.

    `constraint` is written as the ecosystem does: "==2.3,<3" (pip, PEP 440), "^4.18" or
    "latest" (npm, node-semver and tags), "=1.2-3" (apt), "=1.2-r0", ">=1.2", "~1.2" (apk);
    empty for any. `marker` is PEP 508's, for pip only.
    """

    name: str
    constraint: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    is_dev: bool = False


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file a lock names for one package; a size only where the lock has it (uv.lock)."""

    name: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """A package at the version a lock file fixes.

    `place` is where npm puts this copy ("node_modules/a/node_modules/b"): two copies are two
    packages; empty elsewhere. `systems`, `architectures` and `libcs` are npm's `os`, `cpu` and
    `libc`, "!win32" meaning all others. `files` is empty where the lock names none.
    """

    name: str
    version: str
    is_dev: bool = False
    is_optional: bool = False
    marker: str = ""
    place: str = ""
    systems: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    libcs: tuple[str, ...] = ()
    files: tuple[LockedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageList:
    """What one file or one option asks for: `wanted` to resolve, `locked` as it is.

    `source` is what the reader calls it ("package-lock.json", "--pip"). `notes` are sentences
    about what was left out or guessed, for the reader of the estimate.
    """

    ecosystem: Ecosystem
    source: str
    wanted: tuple[Wanted, ...] = ()
    locked: tuple[Locked, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SizedPackage:
    """A package that will be installed, and what its index says of its bytes.

    `archive_bytes` is the .deb, .apk, wheel or tarball as downloaded, `unpacked_bytes` what it
    takes on a disk, `source_bytes` the part of it in .py files (pip, which compiles them);
    `file_count` how many files it has; None where nobody says. `asked_by` is the package that needs it, empty for one asked for.
    """

    name: str
    version: str
    archive_bytes: int | None
    unpacked_bytes: int | None = None
    source_bytes: int | None = None
    asked_by: str = ""
    is_dev: bool = False
    is_recommended: bool = False
    file_count: int | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """All that an installation brings: one entry per package and copy, by name.

    `in_base` names what was needed and is there already. `is_approximate` is whether the
    ecosystem's own resolver might choose otherwise; `notes` say why, in sentences.
    """

    ecosystem: Ecosystem
    packages: tuple[SizedPackage, ...] = ()
    in_base: tuple[str, ...] = ()
    is_approximate: bool = False
    notes: tuple[str, ...] = ()

    @property
    def archive_bytes(self) -> int:
        """All archives together; those of unknown size count nothing."""
        return sum_known(package.archive_bytes for package in self.packages)

    @property
    def unsized(self) -> tuple[str, ...]:
        """Names of packages whose archive nobody gives a size of."""
        return tuple(one.name for one in self.packages if one.archive_bytes is None)


def sum_known(sizes: Iterable[int | None]) -> int:
    """The sum of the sizes that are known."""
    return sum(size for size in sizes if size is not None)
