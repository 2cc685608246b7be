"""What package indexes say, decoded: one type per kind of index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Relation:
    """A package, or a virtual one, in some versions: `operator` is "", "<<", "<=", "=", ">=", ">>".

    Debian's signs (Debian Policy 7.1); apk's "<", ">" and "~" are "<<", ">>" and "~".
    """

    name: str
    operator: str = ""
    version: str = ""


Alternatives = tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A Debian or Alpine package: one stanza of Packages, one record of APKINDEX.

    `archive_bytes` is `Size` or `S`, `unpacked_bytes` `Installed-Size` (kibibytes there) or
    `I`. `depends` holds what must be there, each as its alternatives in order; `Pre-Depends`
    are among them. `conflicts` are names it refuses (apk's "!name", Debian's Conflicts).
    apk's alone: `install_if` (`i`) are the packages that bring this one by being there, all of
    them; of several that provide a name, the highest `provider_priority` (`k`) is taken.
    """

    name: str
    version: str
    archive_bytes: int
    unpacked_bytes: int
    depends: tuple[Alternatives, ...] = ()
    recommends: tuple[Alternatives, ...] = ()
    provides: tuple[Relation, ...] = ()
    conflicts: tuple[Relation, ...] = ()
    section: str = ""
    priority: str = ""
    is_essential: bool = False
    install_if: tuple[Relation, ...] = ()
    provider_priority: int = 0


@dataclass(frozen=True, slots=True)
class PythonFile:
    """A file of a Python project (PEP 503, 691, 700): `size_bytes` None where the index is silent.

    `address` is where it lies, as the index says; for the index client alone.
    """

    name: str
    address: str
    size_bytes: int | None = None
    requires_python: str = ""
    is_yanked: bool = False
    has_metadata: bool = False
    uploaded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PythonMetadata:
    """What a distribution needs (core metadata: Requires-Dist, Requires-Python)."""

    requires: tuple[str, ...] = ()
    requires_python: str = ""


@dataclass(frozen=True, slots=True)
class WheelContents:
    """What a wheel unpacks to, from its directory at the end: all files, and those in .py."""

    unpacked_bytes: int
    source_bytes: int
    file_count: int = 0


@dataclass(frozen=True, slots=True)
class NpmRelease:
    """One version of an npm package: ranges by name, as package.json writes them.

    `peers` leaves out those that peerDependenciesMeta calls optional; these, in `optional_peers`,
    bring nothing, but bound the version of what others bring. `unpacked_bytes` is
    `dist.unpackedSize`, None where the registry has none. `address` is the tarball's.
    What lies in the tarball itself (`bundleDependencies`) is in none of the ranges. `node` is
    `engines.node`, empty for any; npm avoids a version that `is_deprecated` where it can.
    """

    name: str
    version: str
    address: str
    dependencies: Mapping[str, str]
    optional: Mapping[str, str]
    peers: Mapping[str, str]
    systems: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    libcs: tuple[str, ...] = ()
    unpacked_bytes: int | None = None
    node: str = ""
    is_deprecated: bool = False
    optional_peers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """All versions of an npm package, and what its tags ("latest") mean."""

    name: str
    releases: Mapping[str, NpmRelease]
    tags: Mapping[str, str]
