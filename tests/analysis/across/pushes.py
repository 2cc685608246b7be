"""Images in the order of their pushes, in few words."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.domain.digest import DiffId, Digest

NOW = datetime(2026, 11, 26, tzinfo=UTC)
MB = 1_000_000
BASE = "ADD file:5ca1ab1e in /"


def digest(name: str) -> Digest:
    return Digest(f"sha256:{hashlib.sha256(name.encode()).hexdigest()}")


def diff_id(name: str) -> DiffId:
    return DiffId(digest(f"tar {name}").text)


def layer(name: str, step: str = "", size_bytes: int = MB, **more: Any) -> PushedLayer:
    raw_step = more.pop("raw_step", step)
    return PushedLayer(digest(name), size_bytes, step=step, raw_step=raw_step, **more)


def image(name: str, *layers: PushedLayer, days_ago: float = 0, **more: Any) -> PushedImage:
    """An image that one tag points at, unless told otherwise; layer 0 is the base's."""
    moment = NOW - timedelta(days=days_ago)
    facts: dict[str, Any] = {
        "seen_at": moment,
        "created_at": moment,
        "tags": (name,),
        "current_tags": (name,),
        "digest": digest(f"image {name}"),
        "other_bytes": 2_000,
        "base_layers": 1,
    }
    return PushedImage(layers=layers, **facts | more)


def repository(*images: PushedImage, name: str = "team/app", scope: str = "") -> RepositoryImages:
    return RepositoryImages(name, images, scope)
