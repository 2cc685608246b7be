"""An index of each ecosystem, opened from where it is and what its client may spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from auditor.domain.errors import IndexFailureError
from auditor.domain.platform import Platform
from auditor.indexes.addresses import IndexAddresses
from auditor.indexes.alpine import read_alpine
from auditor.indexes.apt_addresses import AptSources
from auditor.indexes.debian import read_debian
from auditor.indexes.fetching import IndexClient
from auditor.indexes.npm import NpmRegistry
from auditor.indexes.options import ClientOptions
from auditor.indexes.python import SimpleIndex
from auditor.indexes.stanzas import SystemPackages

_DEBIAN: Mapping[str, str] = MappingProxyType(
    {
        "386": "i386",
        "amd64": "amd64",
        "arm64": "arm64",
        "arm": "armhf",
        "arm/v5": "armel",
        "arm/v6": "armel",
        "arm/v7": "armhf",
        "loong64": "loong64",
        "mips64le": "mips64el",
        "ppc64le": "ppc64el",
        "riscv64": "riscv64",
        "s390x": "s390x",
    }
)
"""Source: Debian's "SupportedArchitectures" beside Go's names, as its official images pair them."""
_ALPINE: Mapping[str, str] = MappingProxyType(
    {
        "386": "x86",
        "amd64": "x86_64",
        "arm64": "aarch64",
        "arm": "armv7",
        "arm/v6": "armhf",
        "arm/v7": "armv7",
        "loong64": "loongarch64",
        "ppc64le": "ppc64le",
        "riscv64": "riscv64",
        "s390x": "s390x",
    }
)
"""Source: Alpine's mirrors beside Go's names, as its official images pair them."""


def client_for(addresses: IndexAddresses, options: ClientOptions) -> IndexClient:
    """A client that may go to these indexes, with their logins and certificates."""
    trusted = replace(options, ca_files=(*options.ca_files, *addresses.ca_files))
    return IndexClient(trusted, addresses.all_indexes, addresses.logins)


def open_python(addresses: IndexAddresses, client: IndexClient) -> SimpleIndex:
    """Python's packages. Nothing is asked yet."""
    return SimpleIndex(addresses.indexes, client)


def open_npm(addresses: IndexAddresses, client: IndexClient) -> NpmRegistry:
    """npm's packages. Nothing is asked yet."""  # noqa: D403 - its name
    return NpmRegistry(addresses.indexes[0], addresses.scopes, client)


def open_debian(found: AptSources, platform: Platform, client: IndexClient) -> SystemPackages:
    """Debian's packages of a release, read at once; raises IndexFailureError."""
    return read_debian(found.sources, architecture_of(platform, _DEBIAN, "Debian"), client)


def open_alpine(
    addresses: IndexAddresses, platform: Platform, client: IndexClient
) -> SystemPackages:
    """Alpine's packages of a release, read at once; raises IndexFailureError."""
    return read_alpine(addresses.indexes, architecture_of(platform, _ALPINE, "Alpine"), client)


def architecture_of(platform: Platform, names: Mapping[str, str], who: str) -> str:
    """What a distribution calls a platform's processor; raises IndexFailureError."""
    spelled = [f"{platform.architecture}/{one}" for one in sorted(platform.same_variants) if one]
    for name in (*spelled, platform.architecture):
        if name in names and platform.os == "linux":
            return names[name]
    raise IndexFailureError(
        f"{who} has no packages for {platform}", next_step="choose another --platform"
    )
