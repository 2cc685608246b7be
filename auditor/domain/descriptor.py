"""A reference to stored bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.domain.digest import Digest
from auditor.domain.platform import Platform


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says about one blob or manifest it refers to.

    `size_bytes` is as declared: the blob as stored, usually compressed, 0 or more.
    `is_foreign` belongs to this reference, not to the blob: such bytes are pulled
    from elsewhere and not stored by the registry.
    Source: image-spec descriptor.md.
    """

    media_type: str
    digest: Digest
    size_bytes: int
    is_foreign: bool = False
    platform: Platform | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
