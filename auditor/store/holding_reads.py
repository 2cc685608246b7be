"""Every blob that a registry should hold, in the order of its digest."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from auditor.domain.holdings import KnownBlob

_STREAM_ROWS = 5_000


def iterate_known_blobs(connection: Connection, registry: str) -> Iterator[KnownBlob]:
    """Blobs that count in the registry's stored bytes, sorted by packed digest, one by one.

    Each digest once; `counted_bytes` add up to the stored bytes. The database sorts, and
    finds out what tags lead to: PostgreSQL in temporary files, SQLite in memory, at most
    200 bytes a blob (measured: 104 MB, page cache and all, for 550,000).
    """
    rows = connection.execute(
        _KNOWN_BLOBS, {"registry": registry}, execution_options={"yield_per": _STREAM_ROWS}
    )
    for row in rows:
        yield KnownBlob(row.digest, row.size_bytes, row.counted_bytes, bool(row.is_tagged))


_KNOWN_BLOBS = text(
    """
    WITH RECURSIVE
    tagged (manifest_id) AS (
      SELECT t.manifest_id
      FROM tag AS t
      JOIN repository AS r ON r.id = t.repository_id
      JOIN registry AS g ON g.id = r.registry_id
      WHERE g.name = :registry AND t.until IS NULL AND t.manifest_id IS NOT NULL
      UNION
      SELECT further.id
      FROM tagged
      JOIN (
        SELECT manifest_id, child_id AS id FROM manifest_child
        UNION ALL
        SELECT id AS manifest_id, subject_id AS id FROM manifest WHERE subject_id IS NOT NULL
      ) AS further ON further.manifest_id = tagged.manifest_id),
    tagged_blob (blob_id) AS (
      SELECT DISTINCT mb.blob_id
      FROM tagged
      JOIN manifest_blob AS mb ON mb.manifest_id = tagged.manifest_id)
    SELECT b.digest, MAX(sb.size_bytes) AS size_bytes,
           CAST(SUM(sb.size_bytes) AS BIGINT) AS counted_bytes,
           COUNT(tb.blob_id) AS is_tagged
    FROM registry AS g
    JOIN storage_scope AS s ON s.registry_id = g.id
    JOIN scope_blob AS sb ON sb.scope_id = s.id
    JOIN blob AS b ON b.id = sb.blob_id
    LEFT JOIN tagged_blob AS tb ON tb.blob_id = b.id
    WHERE g.name = :registry
    GROUP BY b.digest
    ORDER BY b.digest
    """
)
