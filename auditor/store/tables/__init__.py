"""Every table, one class each. Only this room sees them.

Facts by digest (media_type, blob, size_claim, manifest, manifest_blob, manifest_child,
image_config, image) never change once written, except that a blob's size may become
known better. Places with intervals (repository, tag, presence) say what was where, from
when to when. Totals (repository_blob, scope_blob, repository_total, scope_total,
registry_total, their histories) are derived and can be rebuilt from the rest.
"""

from __future__ import annotations

from auditor.store.tables.base import Base
from auditor.store.tables.facts import (
    BlobRow,
    ImageConfigRow,
    ImageRow,
    ManifestBlobRow,
    ManifestChildRow,
    ManifestRow,
    MediaTypeRow,
    SizeClaimRow,
)
from auditor.store.tables.places import (
    AbsenceRow,
    CrawlRow,
    PresenceRow,
    ProblemRow,
    RegistryRow,
    RepositoryRow,
    StorageScopeRow,
    TagRow,
)
from auditor.store.tables.totals import (
    DirtyBlobRow,
    DirtyRepositoryRow,
    RegistryHistoryRow,
    RegistryTotalRow,
    RepositoryBlobRow,
    RepositoryHistoryRow,
    RepositoryTotalRow,
    ScopeBlobRow,
    ScopeTotalRow,
)

BODY, CONFIG, LAYER, OTHER = 0, 1, 2, 3
"""Roles of a blob in a manifest: its own body, its config, a layer, another blob."""

__all__ = [
    "BODY",
    "CONFIG",
    "LAYER",
    "OTHER",
    "AbsenceRow",
    "Base",
    "BlobRow",
    "CrawlRow",
    "DirtyBlobRow",
    "DirtyRepositoryRow",
    "ImageConfigRow",
    "ImageRow",
    "ManifestBlobRow",
    "ManifestChildRow",
    "ManifestRow",
    "MediaTypeRow",
    "PresenceRow",
    "ProblemRow",
    "RegistryHistoryRow",
    "RegistryRow",
    "RegistryTotalRow",
    "RepositoryBlobRow",
    "RepositoryHistoryRow",
    "RepositoryRow",
    "RepositoryTotalRow",
    "ScopeBlobRow",
    "ScopeTotalRow",
    "SizeClaimRow",
    "StorageScopeRow",
    "TagRow",
]
