"""Verified bytes -> image configs. Environment and other settings are never read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from auditor.domain.digest import DiffId, Digest
from auditor.domain.errors import InvalidDigestError
from auditor.domain.image_config import HistoryEntry, ImageConfig
from auditor.domain.text import clean_text
from auditor.registry.decode import clean_texts, platform_of
from auditor.registry.json_body import decode_json

_MOST_STEPS = 10_000
_MOST_HISTORY_CHARACTERS = 2**20
_MOST_STEP_CHARACTERS = 32_768
_MOST_COMMENT_CHARACTERS = 4096
_MOST_TIME_CHARACTERS = 64
_EARLIEST_YEAR = 1970


class _Settings(msgspec.Struct):
    Labels: Any = None


class _Rootfs(msgspec.Struct):
    diff_ids: Any = None


class _Config(msgspec.Struct, rename={"os_version": "os.version"}):
    os: Any = None
    architecture: Any = None
    variant: Any = None
    os_version: Any = None
    created: Any = None
    history: Any = None
    rootfs: _Rootfs | None = None
    config: _Settings | None = None


_DECODER = msgspec.json.Decoder(_Config)


def decode_config(body: bytes, digest: Digest) -> ImageConfig:
    """The image config in `body`; fields it lacks or that are unusable are None or empty.

    Diff IDs are all kept or none, history entries keep their number, for both are aligned
    with the layers. Raises InvalidManifestError for what is no JSON object of this kind.
    Source: image-spec config.md.
    """
    raw = decode_json(body, _Config, _DECODER, "the image config")
    return ImageConfig(
        digest=digest,
        size_bytes=len(body),
        platform=platform_of(raw.os, raw.architecture, raw.variant, raw.os_version),
        created_at=parse_time(raw.created),
        diff_ids=_diff_ids(raw.rootfs.diff_ids if raw.rootfs else None),
        history=_history(raw.history),
        labels=clean_texts(raw.config.Labels if raw.config else None),
    )


def parse_time(raw: Any) -> datetime | None:  # noqa: ANN401 - whatever JSON holds
    """An RFC 3339 time in UTC; None for other text, and before 1970 (Go's zero time is year 1).

    Nanoseconds are cut to microseconds; a time without an offset counts as UTC.
    """
    if not isinstance(raw, str) or len(raw) > _MOST_TIME_CHARACTERS:
        return None
    try:
        moment = datetime.fromisoformat(raw)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= _EARLIEST_YEAR else None


def _diff_ids(raw: Any) -> tuple[DiffId, ...]:  # noqa: ANN401
    if not isinstance(raw, list) or len(raw) > _MOST_STEPS:
        return ()
    try:
        return tuple([DiffId.parse(one) for one in raw])
    except InvalidDigestError:
        return ()


def _history(raw: Any) -> tuple[HistoryEntry, ...]:  # noqa: ANN401
    if not isinstance(raw, list):
        return ()
    entries: list[HistoryEntry] = []
    left = _MOST_HISTORY_CHARACTERS
    for one in raw[:_MOST_STEPS]:
        entry = _entry(one if isinstance(one, dict) else {}, left)
        left -= len(entry.created_by) + len(entry.comment)
        entries.append(entry)
    return tuple(entries)


def _entry(raw: dict[str, Any], left: int) -> HistoryEntry:
    """One step; its texts stay empty where `left` characters are not enough for them."""
    created_by = _text(raw.get("created_by"), _MOST_STEP_CHARACTERS)
    comment = _text(raw.get("comment"), _MOST_COMMENT_CHARACTERS)
    fits = len(created_by) + len(comment) <= left
    return HistoryEntry(
        created_by=created_by if fits else "",
        created_at=parse_time(raw.get("created")),
        is_empty_layer=raw.get("empty_layer") is True,
        comment=comment if fits else "",
    )


def _text(raw: Any, limit: int) -> str:  # noqa: ANN401
    return clean_text(raw, limit) if isinstance(raw, str) else ""
