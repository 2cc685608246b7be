"""What the calculator asks of package indexes; the indexes room answers over HTTP.

Every method raises IndexFailureError where the index cannot be read (offline and not kept, refused,
not understood). A package that does not exist is an empty answer, never a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from auditor.domain.package_facts import (
    NpmPackage,
    NpmRelease,
    PythonFile,
    PythonMetadata,
    SystemPackage,
    WheelContents,
)


class SystemIndex(Protocol):
    """Debian's or Alpine's packages for one release and architecture."""

    def named(self, name: str) -> tuple[SystemPackage, ...]:
        """All versions of a package; empty where there is none."""

    def providing(self, name: str) -> tuple[SystemPackage, ...]:
        """Packages that provide the virtual package, or apk's "so:libc.musl" and "cmd:sh"."""

    def required(self) -> tuple[SystemPackage, ...]:
        """What every root has: Debian's Essential and `Priority: required`; none for Alpine."""

    def completed_by(self, name: str) -> tuple[SystemPackage, ...]:
        """Packages with this name in their `install_if`; none for Debian."""

    def alike(self, name: str) -> tuple[str, ...]:
        """At most three names that look like this one, for who mistyped it."""


class PythonIndex(Protocol):
    """A simple repository (PEP 503 and 691). Names are normalised (PEP 503) by the index."""

    def files(self, name: str) -> tuple[PythonFile, ...]:
        """All files of the project, wheels and source distributions; empty for no project."""

    def metadata(self, file: PythonFile) -> PythonMetadata | None:
        """What this file needs; None where it does not say without being built."""

    def contents(self, file: PythonFile) -> WheelContents | None:
        """What is in a wheel; None for other files and where only all of it could be fetched."""

    def size_bytes(self, file: PythonFile) -> int | None:
        """The file's size, asked for by HEAD where the index did not say."""

    def look_ahead(self, names: Iterable[str]) -> None:
        """Read these projects side by side, so that `files` has them at hand. Raises nothing."""


class NpmIndex(Protocol):
    """An npm registry."""

    def package(self, name: str) -> NpmPackage | None:
        """All versions; None for no such package."""

    def archive_bytes(self, release: NpmRelease) -> int | None:
        """The tarball's size, asked for by HEAD and kept; None where the registry is silent."""

    def look_ahead(self, names: Iterable[str]) -> None:
        """Read these packages side by side, so that `package` has them at hand. Raises nothing."""

    def weigh(self, releases: Iterable[NpmRelease]) -> None:
        """Ask for these tarballs' sizes side by side. Raises nothing."""
