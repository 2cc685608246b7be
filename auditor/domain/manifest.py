"""Manifests and indexes as decoded from verified bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest


class ManifestKind(StrEnum):
    """What a manifest counts as (DESIGN: image, index, artifact)."""

    IMAGE = "image"
    INDEX = "index"
    ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest of any type; parts it does not have are empty.

    `size_bytes` is the measured length of the body. `layers` are in build order,
    bottom first, listed as often as the manifest lists them. `children` are the
    manifests of an index; `blobs` what an index or an artifact manifest lists
    besides manifests (build cache layers, artifact blobs).
    """

    digest: Digest
    media_type: str
    size_bytes: int
    kind: ManifestKind
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    blobs: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    def stored_references(self) -> Iterator[Descriptor]:
        """Everything this manifest makes the registry store besides its own body.

        Config, layers and blobs in that order, duplicates kept, foreign ones left out.
        """
        config = () if self.config is None else (self.config,)
        for reference in (*config, *self.layers, *self.blobs):
            if not reference.is_foreign:
                yield reference
