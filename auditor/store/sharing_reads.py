"""Which blobs of a repository are largest, and with whom it shares them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from auditor.domain.digest import Digest
from auditor.domain.views import BlobView, SharedWith
from auditor.store.columns import UtcDateTime
from auditor.store.past import OPEN_AT
from auditor.store.tables.facts import BODY, CONFIG, LAYER

_ROLE_NAMES = {BODY: "manifest", CONFIG: "config", LAYER: "layer"}


def load_largest_blobs(
    connection: Connection, repository_id: int, *, limit: int = 20, at: datetime | None = None
) -> tuple[BlobView, ...]:
    """The repository's largest stored blobs, now or `at` a moment, ties by digest."""
    values: dict[str, Any] = {"repository": repository_id, "limit": limit}
    statement = _LARGEST_BLOBS_AT if at else _LARGEST_BLOBS
    rows = connection.execute(statement, values | ({"at": at} if at else {}))
    return tuple(
        BlobView(
            digest=Digest.from_bytes(row.digest),
            size_bytes=row.size_bytes,
            role=_ROLE_NAMES.get(row.role, "blob"),
            shared_by_repositories=row.repositories,
            manifests=row.manifest_count,
        )
        for row in rows
    )


_LARGEST_BLOBS = text(
    """
    SELECT b.digest, sb.size_bytes, sb.repositories, rb.manifest_count,
      (SELECT MIN(mb.role) FROM manifest_blob AS mb
       JOIN presence AS p ON p.manifest_id = mb.manifest_id AND p.until IS NULL
       WHERE mb.blob_id = rb.blob_id AND NOT mb.is_foreign
         AND p.repository_id = rb.repository_id) AS role
    FROM repository_blob AS rb
    JOIN scope_blob AS sb ON sb.scope_id = rb.scope_id AND sb.blob_id = rb.blob_id
    JOIN blob AS b ON b.id = rb.blob_id
    WHERE rb.repository_id = :repository
    ORDER BY sb.size_bytes DESC, b.digest LIMIT :limit
    """
)


def load_shared_with(
    connection: Connection, repository_id: int, *, limit: int = 20, at: datetime | None = None
) -> tuple[SharedWith, ...]:
    """Repositories of the scope that reach the same blobs, most shared bytes first.

    Now, or `at` a moment.
    """
    values: dict[str, Any] = {"repository": repository_id, "limit": limit}
    statement = _SHARED_WITH_AT if at else _SHARED_WITH
    rows = connection.execute(statement, values | ({"at": at} if at else {}))
    return tuple(SharedWith(row.name, row.shared_bytes, row.blobs) for row in rows)


_SHARED_WITH = text(
    """
    SELECT r.name, CAST(SUM(sb.size_bytes) AS BIGINT) AS shared_bytes, COUNT(*) AS blobs
    FROM repository_blob AS mine
    JOIN scope_blob AS sb ON sb.scope_id = mine.scope_id AND sb.blob_id = mine.blob_id
    JOIN repository_blob AS other ON other.scope_id = mine.scope_id
      AND other.blob_id = mine.blob_id AND other.repository_id <> mine.repository_id
    JOIN repository AS r ON r.id = other.repository_id
    WHERE mine.repository_id = :repository AND sb.repositories > 1
    GROUP BY r.name ORDER BY shared_bytes DESC, r.name LIMIT :limit
    """
)


# As `_LARGEST_BLOBS` and `_SHARED_WITH`, from what was open at a moment.
_HELD_AT = f"""
    WITH held AS (
      SELECT mb.blob_id, r.scope_id, COUNT(DISTINCT mb.manifest_id) AS manifest_count,
             MIN(mb.role) AS role
      FROM presence AS p
      JOIN repository AS r ON r.id = p.repository_id
      JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id AND NOT mb.is_foreign
      WHERE p.repository_id = :repository AND {OPEN_AT.format(row="p")}
      GROUP BY mb.blob_id, r.scope_id),
    holder AS (
      SELECT DISTINCT held.blob_id, p.repository_id
      FROM held
      JOIN manifest_blob AS mb ON mb.blob_id = held.blob_id AND NOT mb.is_foreign
      JOIN presence AS p ON p.manifest_id = mb.manifest_id AND {OPEN_AT.format(row="p")}
      JOIN repository AS r ON r.id = p.repository_id AND r.scope_id = held.scope_id)
    """  # noqa: S608 - constant text
_LARGEST_BLOBS_AT = text(
    f"""{_HELD_AT}
    SELECT b.digest, b.size_bytes, held.manifest_count, held.role,
      (SELECT COUNT(*) FROM holder WHERE holder.blob_id = held.blob_id) AS repositories
    FROM held JOIN blob AS b ON b.id = held.blob_id
    ORDER BY b.size_bytes DESC, b.digest LIMIT :limit
    """  # noqa: S608 - constant text
).bindparams(bindparam("at", type_=UtcDateTime()))
_SHARED_WITH_AT = text(
    f"""{_HELD_AT}
    SELECT r.name, CAST(SUM(b.size_bytes) AS BIGINT) AS shared_bytes, COUNT(*) AS blobs
    FROM holder
    JOIN repository AS r ON r.id = holder.repository_id
    JOIN blob AS b ON b.id = holder.blob_id
    WHERE holder.repository_id <> :repository
    GROUP BY r.name ORDER BY shared_bytes DESC, r.name LIMIT :limit
    """  # noqa: S608 - constant text
).bindparams(bindparam("at", type_=UtcDateTime()))
