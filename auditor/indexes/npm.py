"""An npm registry: packages with their versions, and how long their tarballs are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import quote

from auditor.domain.package_facts import NpmPackage, NpmRelease
from auditor.indexes.failures import not_understood
from auditor.indexes.fetching import MIB, IndexClient, Kind
from auditor.indexes.origins import origin_of, parse_address
from auditor.indexes.packuments import ACCEPT, NAME, decode_packument
from auditor.indexes.remembering import Memory, side_by_side
from auditor.indexes.unpacking import UnusableError

_PACKUMENT = Kind("the versions of a package", 96 * MIB, ACCEPT)
_MEMORY_BYTES = 256 * MIB


class NpmRegistry:
    """A registry, and those of scopes ("@scope"); raises IndexFailureError."""

    def __init__(self, registry: str, scopes: Mapping[str, str], client: IndexClient) -> None:
        self._registry = registry
        self._scopes = dict(scopes)
        self._client = client
        self._packages = Memory[NpmPackage | None](_MEMORY_BYTES)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what did not go as it should."""
        return self._client.notes

    def package(self, name: str) -> NpmPackage | None:
        """All versions; None for no such package, and for what is no name."""
        if not NAME.fullmatch(name):
            return None
        return self._packages.get(name, partial(self._find, name))

    def archive_bytes(self, release: NpmRelease) -> int | None:
        """The tarball's size; None where the registry is silent."""
        return self._client.size_bytes(release.address) if release.address else None

    def look_ahead(self, names: Iterable[str]) -> None:
        """Read these packages side by side; raises nothing."""
        side_by_side(self.package, names)

    def weigh(self, releases: Iterable[NpmRelease]) -> None:
        """Ask for these tarballs' sizes side by side; raises nothing."""
        by_address = {release.address: release for release in releases}
        side_by_side(lambda address: self.archive_bytes(by_address[address]), by_address)

    def _find(self, name: str) -> tuple[NpmPackage | None, int]:
        registry = self._scopes.get(name.partition("/")[0].lower(), self._registry)
        address = f"{registry.rstrip('/')}/{quote(name, safe='@')}"
        document = self._client.get(address, _PACKUMENT)
        if document is None:
            return None, 0
        try:
            return decode_packument(document.body, name, registry), len(document.body)
        except UnusableError as error:
            host = origin_of(parse_address(registry)).name
            raise not_understood(host, _PACKUMENT.what, str(error)) from None
