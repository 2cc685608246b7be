"""Figures of repositories at any moment, computed from intervals: what was open then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, and_, bindparam, or_, text

from auditor.domain.platform import Platform
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.newest_images import VARIANTS, newest_images, wanted_platform
from auditor.store.tables.places import PresenceRow, TagRow

OPEN_AT = "{row}.since <= :at AND ({row}.until IS NULL OR {row}.until > :at)"
"""SQL for the rows that were open at a moment, `{row}` standing for their alias."""

NOW = datetime.max.replace(tzinfo=UTC)
"""A moment after everything: what is open then is open now."""


def is_open(row: type[TagRow | PresenceRow], at: datetime | None) -> ColumnElement[bool]:
    """Whether a row was open at a moment, None for now."""
    if at is None:
        return row.until.is_(None)
    return and_(row.since <= at, or_(row.until.is_(None), row.until > at))


@dataclass(frozen=True, slots=True)
class PastFigures:
    """What a ranking says of one repository, at some moment."""

    logical_bytes: int = 0
    stored_bytes: int = 0
    exclusive_bytes: int = 0
    fair_share_bytes: int = 0
    tags: int = 0
    images: int = 0
    image_bytes: int | None = None
    image_tag: str | None = None
    is_present: bool = True


NOTHING = PastFigures(is_present=False)


def figures_at(
    connection: Connection, repositories: Iterable[int], at: datetime, platform: Platform
) -> dict[int, PastFigures]:
    """Figures of these repositories at a moment, from what was open then.

    `is_present` is true for all of them: whether an empty repository was there, its
    intervals cannot tell. Blobs have the sizes and repositories the scope of today.
    """
    found: dict[int, PastFigures] = {}
    for chunk in chunks(repositories):
        values = {"repositories": chunk, "at": at}
        bytes_of = {row.repository_id: row for row in connection.execute(_BYTES_AT, values)}
        counts_of = {row.id: row for row in connection.execute(_COUNTS_AT, values)}
        newest = connection.execute(_NEWEST_AT, values | wanted_platform(platform))
        image_of = {row.repository_id: row for row in newest}
        found |= {
            key: _figures(bytes_of.get(key), counts_of[key], image_of.get(key)) for key in chunk
        }
    return found


def _figures(sizes: Any, counts: Any, image: Any) -> PastFigures:  # noqa: ANN401 - rows
    return PastFigures(
        logical_bytes=sizes.logical_bytes if sizes else 0,
        stored_bytes=sizes.stored_bytes if sizes else 0,
        exclusive_bytes=sizes.exclusive_bytes if sizes else 0,
        fair_share_bytes=sizes.fair_share_bytes if sizes else 0,
        tags=counts.tags,
        images=counts.images,
        image_bytes=image.pull_bytes if image else None,
        image_tag=image.name if image else None,
    )


def _at(sql: str) -> TextClause:
    return text(sql).bindparams(
        bindparam("repositories", expanding=True), bindparam("at", type_=UtcDateTime())
    )


_BYTES_AT = _at(
    f"""
    WITH held AS (
      SELECT p.repository_id, r.scope_id, mb.blob_id,
             COUNT(DISTINCT mb.manifest_id) AS manifests
      FROM presence AS p
      JOIN repository AS r ON r.id = p.repository_id
      JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id AND NOT mb.is_foreign
      WHERE p.repository_id IN :repositories AND {OPEN_AT.format(row="p")}
      GROUP BY p.repository_id, r.scope_id, mb.blob_id),
    holder AS (
      SELECT DISTINCT r.scope_id, mb.blob_id, p.repository_id, r.name
      FROM (SELECT DISTINCT scope_id, blob_id FROM held) AS h
      JOIN manifest_blob AS mb ON mb.blob_id = h.blob_id AND NOT mb.is_foreign
      JOIN presence AS p ON p.manifest_id = mb.manifest_id AND {OPEN_AT.format(row="p")}
      JOIN repository AS r ON r.id = p.repository_id AND r.scope_id = h.scope_id),
    ranked AS (
      SELECT scope_id, blob_id, repository_id,
             ROW_NUMBER() OVER (PARTITION BY scope_id, blob_id ORDER BY name) AS place,
             COUNT(*) OVER (PARTITION BY scope_id, blob_id) AS holders
      FROM holder)
    SELECT held.repository_id,
      CAST(SUM(b.size_bytes * held.manifests) AS BIGINT) AS logical_bytes,
      CAST(SUM(b.size_bytes) AS BIGINT) AS stored_bytes,
      CAST(SUM(CASE WHEN ranked.holders = 1 THEN b.size_bytes ELSE 0 END) AS BIGINT)
        AS exclusive_bytes,
      CAST(SUM(b.size_bytes / ranked.holders
        + CASE WHEN ranked.place <= b.size_bytes % ranked.holders THEN 1 ELSE 0 END) AS BIGINT)
        AS fair_share_bytes
    FROM held
    JOIN ranked ON ranked.scope_id = held.scope_id AND ranked.blob_id = held.blob_id
      AND ranked.repository_id = held.repository_id
    JOIN blob AS b ON b.id = held.blob_id
    GROUP BY held.repository_id
    """  # noqa: S608 - constant text
)
_COUNTS_AT = _at(
    f"""
    SELECT r.id,
      (SELECT COUNT(*) FROM tag AS t
       WHERE t.repository_id = r.id AND {OPEN_AT.format(row="t")}) AS tags,
      (SELECT COUNT(*) FROM presence AS p JOIN manifest AS m ON m.id = p.manifest_id
       WHERE p.repository_id = r.id AND m.kind = 'image' AND {OPEN_AT.format(row="p")}) AS images
    FROM repository AS r WHERE r.id IN :repositories
    """  # noqa: S608 - constant text
)
_NEWEST_AT = _at(
    newest_images(":repositories", OPEN_AT).replace("(:repositories)", ":repositories")
)
_NEWEST_AT = _NEWEST_AT.bindparams(VARIANTS)
