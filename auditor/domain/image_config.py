"""What an image config says about how the image was built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.domain.digest import DiffId, Digest
from auditor.domain.platform import Platform


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One build step as recorded; `is_empty_layer` steps made no layer.

    Source: image-spec config.md, "history".
    """

    created_by: str
    created_at: datetime | None = None
    is_empty_layer: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The parts of an image config an audit needs. Environment is never kept: it holds secrets.

    `size_bytes` is the measured length of the body. Fields the config lacks are None or empty.
    """

    digest: Digest
    size_bytes: int
    platform: Platform | None = None
    created_at: datetime | None = None
    diff_ids: tuple[DiffId, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
