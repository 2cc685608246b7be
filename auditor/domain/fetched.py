"""What a source of manifests answers besides the manifests themselves."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest


@dataclass(frozen=True, slots=True)
class FetchedManifest:
    """Answer to a manifest request by tag: exactly one of the two is set.

    `manifest` when a body was transferred, `unchanged` when the registry said that one of
    the digests offered still stands (304).
    """

    manifest: Manifest | None = None
    unchanged: Digest | None = None


@dataclass(frozen=True, slots=True)
class TrafficCount:
    """What a source has asked for so far: requests sent and body bytes received."""

    requests: int = 0
    bytes_received: int = 0
