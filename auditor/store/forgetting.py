"""Takes out facts that nothing refers to any more: manifests, configs and blobs.

What lets go of a manifest writes it into `loose_manifest`. So the cost follows what was let
go of, and whoever is interrupted goes on there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, TextClause, bindparam, delete, func, select, text

from auditor.domain.observation import CrawlOutcome
from auditor.domain.retention import Forgotten
from auditor.store.base_rows import forget_based_on
from auditor.store.batches import chunks, table_of
from auditor.store.columns import UtcDateTime
from auditor.store.pruning import IS_BASE
from auditor.store.tables.facts import (
    BlobRow,
    ImageConfigRow,
    ImageRow,
    LooseManifestRow,
    ManifestBlobRow,
    ManifestChildRow,
    ManifestRow,
    SizeClaimRow,
)
from auditor.store.tables.findings import (
    FindingRow,
    ImageAnalysisRow,
    ImageFindingRow,
    LayerContentRow,
)
from auditor.store.tables.places import CrawlRow

_LONGEST_CRAWL = timedelta(days=7)


def keep_crawls_out(connection: Connection) -> None:
    """Let no crawl begin until this transaction is over.

    A crawl does not fetch a manifest that is stored: it must not be told so of one that is
    about to go. SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE crawl IN SHARE ROW EXCLUSIVE MODE"))


def is_crawling(connection: Connection, now: datetime) -> bool:
    """Whether some crawl has not ended; one that began over a week ago was killed."""
    query = select(CrawlRow.id).where(
        CrawlRow.outcome == CrawlOutcome.RUNNING.value, CrawlRow.started_at > now - _LONGEST_CRAWL
    )
    return connection.execute(query.limit(1)).first() is not None


def count_loose(connection: Connection) -> int:
    """How many manifests wait to be looked at."""
    return int(connection.execute(select(func.count()).select_from(LooseManifestRow)).scalar_one())


def forget_loose(connection: Connection, limit: int) -> Forgotten:
    """Look at so many loose manifests and forget those that nothing needs.

    A manifest is needed where a repository holds or held it, a tag names or named it, an
    index lists it, an artifact is about it, or a held image is built on it. What the
    forgotten ones refer to becomes loose in turn.
    """
    query = select(LooseManifestRow.manifest_id).order_by(LooseManifestRow.manifest_id)
    looked_at = list(connection.execute(query.limit(limit)).scalars())
    _delete(connection, table_of(LooseManifestRow).c.manifest_id, looked_at)
    gone = _ids(connection, _UNNEEDED, looked_at)
    if not gone:
        return Forgotten()
    for statement in (_LOOSEN_REFERENCES, _LOOSEN_BASES):
        _each(connection, statement, gone)
    configs = _ids(connection, _CONFIGS_OF, gone)
    blobs = _ids(connection, _BLOBS_OF, gone)
    _each(connection, _FORGET_BASES, gone)
    forget_based_on(connection, gone)
    for row_class in (
        *(FindingRow, ImageFindingRow, ImageAnalysisRow),
        *(ImageRow, ManifestBlobRow, ManifestChildRow),
    ):
        _delete(connection, table_of(row_class).c.manifest_id, gone)
    _delete(connection, table_of(ManifestRow).c.id, gone)
    unused_configs = _ids(connection, _UNUSED_CONFIGS, configs)
    _delete(connection, table_of(ImageConfigRow).c.id, unused_configs)
    unused = _ids(connection, _UNUSED_BLOBS, blobs)
    _delete(connection, table_of(SizeClaimRow).c.blob_id, unused)
    _delete(connection, table_of(LayerContentRow).c.blob_id, unused)
    _delete(connection, table_of(BlobRow).c.id, unused)
    return Forgotten(len(gone), len(unused_configs), len(unused))


def count_forgettable(connection: Connection, registry_id: int, before: datetime) -> int:
    """At most so many manifests would be forgotten: those that only ended presences hold."""
    values = {"registry": registry_id, "before": before}
    return int(connection.execute(_FORGETTABLE, values).scalar_one())


_FORGETTABLE = text(
    """
    SELECT COUNT(DISTINCT ended.manifest_id)
    FROM presence AS ended JOIN repository AS r ON r.id = ended.repository_id
    WHERE r.registry_id = :registry AND ended.until IS NOT NULL AND ended.until < :before
      AND NOT EXISTS (
        SELECT 1 FROM presence AS held WHERE held.manifest_id = ended.manifest_id
          AND (held.until IS NULL OR held.until >= :before))
    """
).bindparams(bindparam("before", type_=UtcDateTime()))


def _of(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("ids", expanding=True))


def _each(connection: Connection, statement: TextClause, ids: Iterable[int]) -> None:
    for chunk in chunks(ids):
        connection.execute(statement, {"ids": chunk})


def _ids(connection: Connection, statement: TextClause, ids: Iterable[int]) -> list[int]:
    found = {
        key
        for chunk in chunks(ids)
        for key in connection.execute(statement, {"ids": chunk}).scalars()
    }
    return sorted(found)


def _delete(connection: Connection, column: Column[int], ids: Iterable[int]) -> None:
    for chunk in chunks(ids):
        connection.execute(delete(column.table).where(column.in_(chunk)))


_UNNEEDED = _of(
    f"""
    SELECT m.id FROM manifest AS m WHERE m.id IN :ids
      AND NOT EXISTS (SELECT 1 FROM presence AS p WHERE p.manifest_id = m.id)
      AND NOT EXISTS (SELECT 1 FROM tag AS t WHERE t.manifest_id = m.id)
      AND NOT EXISTS (SELECT 1 FROM manifest_child AS c WHERE c.child_id = m.id)
      AND NOT EXISTS (SELECT 1 FROM manifest AS a WHERE a.subject_id = m.id)
      AND NOT {IS_BASE.format(manifest="m.id")}
    """  # noqa: S608 - constant text
)
_LOOSEN_REFERENCES = _of(
    """
    INSERT INTO loose_manifest (manifest_id)
    SELECT m.id FROM manifest_child AS c JOIN manifest AS m ON m.id = c.child_id
    WHERE c.manifest_id IN :ids
    UNION
    SELECT m.id FROM manifest AS a JOIN manifest AS m ON m.id = a.subject_id WHERE a.id IN :ids
    ON CONFLICT DO NOTHING
    """
)
# Layers that many images have in one place are looked up once.
_LOOSEN_BASES = _of(
    """
    INSERT INTO loose_manifest (manifest_id)
    SELECT DISTINCT base.manifest_id
    FROM (SELECT DISTINCT blob_id, position FROM manifest_blob
          WHERE manifest_id IN :ids AND role = 2) AS layer
    JOIN manifest_blob AS top ON top.blob_id = layer.blob_id AND top.role = 2
      AND top.position = layer.position
    JOIN image AS base ON base.manifest_id = top.manifest_id
      AND base.layer_count = top.position + 1
    WHERE base.manifest_id NOT IN :ids
      AND NOT EXISTS (SELECT 1 FROM presence AS p WHERE p.manifest_id = base.manifest_id)
    ON CONFLICT DO NOTHING
    """
)
# Found to be a base, and none any more: what is built on it is analysed again by its chain.
_FORGET_BASES = _of("UPDATE image_analysis SET base_id = NULL WHERE base_id IN :ids")
_CONFIGS_OF = _of("SELECT config_id FROM manifest WHERE id IN :ids AND config_id IS NOT NULL")
_UNUSED_CONFIGS = _of(
    "SELECT c.id FROM image_config AS c WHERE c.id IN :ids "
    "AND NOT EXISTS (SELECT 1 FROM manifest AS m WHERE m.config_id = c.id)"
)
_BLOBS_OF = _of(
    """
    SELECT blob_id FROM manifest_blob WHERE manifest_id IN :ids
    UNION SELECT child_id FROM manifest_child WHERE manifest_id IN :ids
    UNION SELECT subject_id FROM manifest WHERE id IN :ids AND subject_id IS NOT NULL
    UNION SELECT id FROM manifest WHERE id IN :ids
    """
)
_UNUSED_BLOBS = _of(
    """
    SELECT b.id FROM blob AS b WHERE b.id IN :ids
      AND NOT EXISTS (SELECT 1 FROM manifest_blob AS x WHERE x.blob_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM manifest AS x WHERE x.id = b.id)
      AND NOT EXISTS (SELECT 1 FROM manifest AS x WHERE x.config_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM manifest AS x WHERE x.subject_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM manifest_child AS x WHERE x.child_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM image_config AS x WHERE x.id = b.id)
      AND NOT EXISTS (SELECT 1 FROM repository_blob AS x WHERE x.blob_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM scope_blob AS x WHERE x.blob_id = b.id)
    """
)
