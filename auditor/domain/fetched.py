"""What a source of manifests answers besides the manifests themselves."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.digest import Digest
from auditor.domain.errors import RegistryError
from auditor.domain.manifest import Manifest


@dataclass(frozen=True, slots=True)
class NamePage:
    """Repositories on one page of a catalogue, in the registry's order.

    `unusable`: how many names besides cannot be printed, stored or asked for.
    """

    names: tuple[str, ...]
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class TagList:
    """Tags of a repository, once each, in the registry's order.

    `failure`: why these may not be all; None where the listing was read to its end.
    `unusable` as for a page. `is_cut`: as many as were asked for, and there are more.
    """

    tags: tuple[str, ...] = ()
    failure: RegistryError | None = None
    unusable: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class FetchedManifest:
    """Answer to a manifest request by tag: exactly one of the two is set.

    `manifest` when a body was transferred, `unchanged` when the registry told the digest
    without one: one of those offered still stands (304), or a HEAD named it.
    """

    manifest: Manifest | None = None
    unchanged: Digest | None = None


@dataclass(frozen=True, slots=True)
class TrafficCount:
    """What a source has asked for so far: requests sent and body bytes received."""

    requests: int = 0
    bytes_received: int = 0
