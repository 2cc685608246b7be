"""Brings the derived figures up to date for what a crawl touched, and for nothing else.

The cost follows the dirty blobs, the repositories that share them, and the dirty
repositories themselves. Every statement means the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, TextClause, bindparam, text

from auditor.domain.platform import Platform
from auditor.store.base_rows import AGAIN
from auditor.store.columns import UtcDateTime
from auditor.store.newest_images import VARIANTS, newest_images, wanted_platform

GROWTH_DAYS = 30
_COUNTS = ("repositories", "tags", "images", "logical_bytes", "stored_bytes")


def update_rollups(
    connection: Connection, registry_id: int, *, now: datetime, platform: Platform
) -> None:
    """Recount dirty blobs and repositories of one registry; `now` dates the new figures.

    Afterwards nothing of the registry is dirty. `platform` is the one whose newest
    image gives a repository its `image_bytes`.
    """
    values = {"registry": registry_id}
    connection.execute(_MOVED_ARE_STALE, values)
    blobs_before = _blob_figures(connection, registry_id)
    for sql in _RECOUNT_BLOBS:
        connection.execute(sql, values)
    blobs_after = _blob_figures(connection, registry_id)
    connection.execute(_DIRTY_SHARERS, values)
    connection.execute(_BASES_ARE_DIRTY, values)
    connection.execute(_FORGET_DIRTY_BLOBS, values)
    # Only now is every repository dirty that shares a recounted blob.
    connection.execute(_SHARERS_ARE_STALE, values)
    before = _scope_figures(connection, registry_id)
    connection.execute(_DROP_TOTALS, values)
    connection.execute(_MAKE_TOTALS, values)
    connection.execute(_NEWEST_IMAGES, values | wanted_platform(platform))
    after = _scope_figures(connection, registry_id)
    _apply_differences(connection, registry_id, before, after, blobs_before, blobs_after)
    connection.execute(_REMEMBER_REPOSITORIES, values | {"now": now})
    connection.execute(_REMEMBER_REGISTRY, values | {"now": now})
    _update_growth(connection, registry_id, now)
    connection.execute(_FORGET_DIRTY_REPOSITORIES, values)


def _sql(statement: str, *moments: str) -> TextClause:
    types: Iterable[BindParameter[Any]] = [
        bindparam(moment, type_=UtcDateTime()) for moment in moments
    ]
    return text(statement).bindparams(*types)


_OWN_SCOPES = "(SELECT id FROM storage_scope WHERE registry_id = :registry)"
# CROSS JOIN: SQLite, which keeps no statistics here, would rather read a large table and look
# into the few dirty rows for each of its rows. PostgreSQL takes it for any other inner join.
# MATERIALIZED: PostgreSQL, whose statistics say that nothing is dirty, would look for it among
# all that the registry holds.
_DIRTY_HERE = (
    "WITH here AS MATERIALIZED ("
    "SELECT d.scope_id, d.blob_id FROM dirty_blob AS d CROSS JOIN storage_scope AS s "
    "WHERE s.id = d.scope_id AND s.registry_id = :registry) SELECT scope_id, blob_id FROM here"
)
_HOLDERS_OF_DIRTY = f"""
    ({_DIRTY_HERE}) AS d
    CROSS JOIN repository_blob AS rb
"""
_HOLDS_DIRTY = "rb.scope_id = d.scope_id AND rb.blob_id = d.blob_id"
_REPOSITORIES_HERE = (
    "WITH here AS MATERIALIZED ("
    "SELECT d.repository_id FROM dirty_repository AS d CROSS JOIN repository AS r "
    "WHERE r.id = d.repository_id AND r.registry_id = :registry) SELECT repository_id FROM here"
)

_RECOUNT_BLOBS = (
    _sql(f"DELETE FROM scope_blob WHERE (scope_id, blob_id) IN ({_DIRTY_HERE})"),  # noqa: S608
    _sql(
        f"""
        INSERT INTO scope_blob (scope_id, blob_id, repositories, size_bytes, is_image)
        SELECT rb.scope_id, rb.blob_id, COUNT(*), b.size_bytes,
               COALESCE(m.kind = 'image', FALSE)
        FROM {_HOLDERS_OF_DIRTY}
        CROSS JOIN blob AS b
        LEFT JOIN manifest AS m ON m.id = b.id
        WHERE {_HOLDS_DIRTY} AND b.id = rb.blob_id
        GROUP BY rb.scope_id, rb.blob_id, b.size_bytes, m.kind
        """  # noqa: S608
    ),
    _sql(
        f"""
        UPDATE repository_blob SET share_bytes = ranked.share
        FROM (
          SELECT rb.repository_id, rb.blob_id,
                 sb.size_bytes / sb.repositories
                 + CASE WHEN ROW_NUMBER() OVER (
                     PARTITION BY rb.scope_id, rb.blob_id ORDER BY r.name
                   ) <= sb.size_bytes % sb.repositories THEN 1 ELSE 0 END AS share
          FROM {_HOLDERS_OF_DIRTY}
          CROSS JOIN scope_blob AS sb
          CROSS JOIN repository AS r
          WHERE {_HOLDS_DIRTY} AND r.id = rb.repository_id
            AND sb.scope_id = rb.scope_id AND sb.blob_id = rb.blob_id
        ) AS ranked
        WHERE repository_blob.repository_id = ranked.repository_id
          AND repository_blob.blob_id = ranked.blob_id
          AND repository_blob.share_bytes <> ranked.share
        """  # noqa: S608
    ),
)
_DIRTY_SHARERS = _sql(
    f"""
    INSERT INTO dirty_repository (repository_id)
    SELECT DISTINCT rb.repository_id
    FROM {_HOLDERS_OF_DIRTY}
    WHERE {_HOLDS_DIRTY}
    ON CONFLICT DO NOTHING
    """  # noqa: S608
)
_MOVED_ARE_STALE = _sql(
    f"""
    INSERT INTO stale_repository (repository_id, is_moved)
    SELECT repository_id, TRUE FROM ({_REPOSITORIES_HERE}) AS moved WHERE TRUE
    ON CONFLICT (repository_id) DO UPDATE SET is_moved = TRUE
    """  # noqa: S608
)
_SHARERS_ARE_STALE = _sql(
    f"""
    INSERT INTO stale_repository (repository_id, is_moved)
    SELECT repository_id, FALSE FROM ({_REPOSITORIES_HERE}) AS shares WHERE TRUE
    ON CONFLICT (repository_id) DO NOTHING
    """  # noqa: S608
)
_BASES_ARE_DIRTY = _sql(
    f"""
    INSERT INTO dirty_base (registry_id, chain)
    SELECT DISTINCT l.registry_id, l.chain
    FROM ({_DIRTY_HERE}) AS d
    CROSS JOIN blob AS b
    CROSS JOIN base_layer AS l
    WHERE b.id = d.blob_id AND l.digest = b.digest AND l.registry_id = :registry
    {AGAIN}
    """  # noqa: S608
)
_FORGET_DIRTY_BLOBS = _sql(f"DELETE FROM dirty_blob WHERE scope_id IN {_OWN_SCOPES}")  # noqa: S608
_DROP_TOTALS = _sql(
    f"DELETE FROM repository_total WHERE repository_id IN ({_REPOSITORIES_HERE})"  # noqa: S608
)
_MAKE_TOTALS = _sql(
    f"""
    INSERT INTO repository_total (
      repository_id, registry_id, scope_id, name, tags, images,
      logical_bytes, stored_bytes, exclusive_bytes, fair_share_bytes,
      pull_saving_bytes, stored_saving_bytes, potential_bytes)
    SELECT r.id, r.registry_id, r.scope_id, r.name,
      (SELECT COUNT(*) FROM tag AS t WHERE t.repository_id = r.id AND t.until IS NULL),
      (SELECT COUNT(*) FROM presence AS p JOIN manifest AS m ON m.id = p.manifest_id
       WHERE p.repository_id = r.id AND p.until IS NULL AND m.kind = 'image'),
      COALESCE(s.logical_bytes, 0), COALESCE(s.stored_bytes, 0),
      COALESCE(s.exclusive_bytes, 0), COALESCE(s.fair_share_bytes, 0),
      o.pull_saving_bytes, o.stored_saving_bytes, COALESCE(o.priority_bytes, 0)
    FROM repository AS r
    LEFT JOIN repository_potential AS o ON o.repository_id = r.id
    LEFT JOIN (
      SELECT rb.repository_id,
        CAST(SUM(sb.size_bytes * rb.manifest_count) AS BIGINT) AS logical_bytes,
        CAST(SUM(sb.size_bytes) AS BIGINT) AS stored_bytes,
        CAST(SUM(CASE WHEN sb.repositories = 1 THEN sb.size_bytes ELSE 0 END) AS BIGINT)
          AS exclusive_bytes,
        CAST(SUM(rb.share_bytes) AS BIGINT) AS fair_share_bytes
      FROM repository_blob AS rb
      JOIN scope_blob AS sb ON sb.scope_id = rb.scope_id AND sb.blob_id = rb.blob_id
      WHERE rb.repository_id IN ({_REPOSITORIES_HERE})
      GROUP BY rb.repository_id
    ) AS s ON s.repository_id = r.id
    WHERE r.id IN ({_REPOSITORIES_HERE}) AND r.removed_at IS NULL
    """  # noqa: S608
)
_NEWEST_IMAGES = _sql(
    f"""
    UPDATE repository_total SET image_bytes = newest.pull_bytes, image_tag = newest.name
    FROM ({newest_images(_REPOSITORIES_HERE)}) AS newest
    WHERE repository_total.repository_id = newest.repository_id
    """  # noqa: S608
).bindparams(VARIANTS)
_REMEMBER_REPOSITORIES = _sql(
    f"""
    INSERT INTO repository_history (
      repository_id, since, logical_bytes, stored_bytes, exclusive_bytes, fair_share_bytes,
      tags, images, image_bytes, image_tag, is_present)
    SELECT r.id, :now, COALESCE(t.logical_bytes, 0), COALESCE(t.stored_bytes, 0),
           COALESCE(t.exclusive_bytes, 0), COALESCE(t.fair_share_bytes, 0),
           COALESCE(t.tags, 0), COALESCE(t.images, 0), t.image_bytes, t.image_tag,
           r.removed_at IS NULL
    FROM repository AS r LEFT JOIN repository_total AS t ON t.repository_id = r.id
    WHERE r.id IN ({_REPOSITORIES_HERE}) AND NOT EXISTS (
      SELECT 1 FROM repository_history AS h
      WHERE h.repository_id = r.id
        AND h.since = (SELECT MAX(since) FROM repository_history WHERE repository_id = r.id)
        AND h.logical_bytes = COALESCE(t.logical_bytes, 0)
        AND h.stored_bytes = COALESCE(t.stored_bytes, 0)
        AND h.exclusive_bytes = COALESCE(t.exclusive_bytes, 0)
        AND h.fair_share_bytes = COALESCE(t.fair_share_bytes, 0)
        AND h.tags = COALESCE(t.tags, 0) AND h.images = COALESCE(t.images, 0)
        AND COALESCE(h.image_bytes, -1) = COALESCE(t.image_bytes, -1)
        AND COALESCE(h.image_tag, '') = COALESCE(t.image_tag, '')
        AND h.is_present = (r.removed_at IS NULL))
    ON CONFLICT (repository_id, since) DO UPDATE SET
      logical_bytes = excluded.logical_bytes, stored_bytes = excluded.stored_bytes,
      exclusive_bytes = excluded.exclusive_bytes, fair_share_bytes = excluded.fair_share_bytes,
      tags = excluded.tags, images = excluded.images, image_bytes = excluded.image_bytes,
      image_tag = excluded.image_tag, is_present = excluded.is_present
    """,  # noqa: S608
    "now",
)
_REMEMBER_REGISTRY = _sql(
    """
    INSERT INTO registry_history (
      registry_id, since, logical_bytes, stored_bytes, repositories, tags, images)
    SELECT t.registry_id, :now, t.logical_bytes, t.stored_bytes, t.repositories, t.tags, t.images
    FROM registry_total AS t
    WHERE t.registry_id = :registry AND NOT EXISTS (
      SELECT 1 FROM registry_history AS h
      WHERE h.registry_id = t.registry_id
        AND h.since = (SELECT MAX(since) FROM registry_history WHERE registry_id = t.registry_id)
        AND h.logical_bytes = t.logical_bytes AND h.stored_bytes = t.stored_bytes
        AND h.repositories = t.repositories AND h.tags = t.tags AND h.images = t.images)
    ON CONFLICT (registry_id, since) DO UPDATE SET
      logical_bytes = excluded.logical_bytes, stored_bytes = excluded.stored_bytes,
      repositories = excluded.repositories, tags = excluded.tags, images = excluded.images
    """,
    "now",
)
_FORGET_DIRTY_REPOSITORIES = _sql(
    f"DELETE FROM dirty_repository WHERE repository_id IN ({_REPOSITORIES_HERE})"  # noqa: S608
)

_SCOPE_FIGURES = _sql(
    f"""
    SELECT scope_id, COUNT(*) AS repositories, CAST(SUM(tags) AS BIGINT) AS tags,
           CAST(SUM(logical_bytes) AS BIGINT) AS logical_bytes
    FROM repository_total WHERE repository_id IN ({_REPOSITORIES_HERE}) GROUP BY scope_id
    """  # noqa: S608
)
_BLOB_FIGURES = _sql(
    f"""
    SELECT scope_id, CAST(SUM(size_bytes) AS BIGINT) AS stored_bytes,
           SUM(CASE WHEN is_image THEN 1 ELSE 0 END) AS images
    FROM scope_blob WHERE (scope_id, blob_id) IN ({_DIRTY_HERE}) GROUP BY scope_id
    """  # noqa: S608
)
_Figures = dict[int, dict[str, int]]


def _scope_figures(connection: Connection, registry_id: int) -> _Figures:
    rows = connection.execute(_SCOPE_FIGURES, {"registry": registry_id}).mappings()
    return {row["scope_id"]: dict(row) for row in rows}


def _blob_figures(connection: Connection, registry_id: int) -> _Figures:
    rows = connection.execute(_BLOB_FIGURES, {"registry": registry_id}).mappings()
    return {row["scope_id"]: dict(row) for row in rows}


def _apply_differences(
    connection: Connection, registry_id: int, *before_after_pairs: _Figures
) -> None:
    """Add what changed to the scopes' totals and to their registry's."""
    before, after, blobs_before, blobs_after = before_after_pairs
    differences: list[dict[str, int]] = []
    for scope_id in sorted(set(before) | set(after) | set(blobs_before) | set(blobs_after)):
        difference = {"scope": scope_id, "registry": registry_id}
        for name in _COUNTS:
            was = before.get(scope_id, {}).get(name, 0) + blobs_before.get(scope_id, {}).get(
                name, 0
            )
            now = after.get(scope_id, {}).get(name, 0) + blobs_after.get(scope_id, {}).get(name, 0)
            difference[name] = now - was
        differences.append(difference)
    if differences:
        connection.execute(_ADD_TO_SCOPE, differences)
    total = {name: sum(difference[name] for difference in differences) for name in _COUNTS}
    connection.execute(_ADD_TO_REGISTRY, total | {"registry": registry_id})


_ADD_TO_SCOPE = _sql(
    """
    INSERT INTO scope_total (
        scope_id, registry_id, repositories, tags, images, logical_bytes, stored_bytes
    )
    VALUES (
        :scope, :registry, :repositories, :tags, :images, :logical_bytes, :stored_bytes
    )
    ON CONFLICT (scope_id) DO UPDATE SET
        repositories = scope_total.repositories + excluded.repositories,
        tags = scope_total.tags + excluded.tags,
        images = scope_total.images + excluded.images,
        logical_bytes = scope_total.logical_bytes + excluded.logical_bytes,
        stored_bytes = scope_total.stored_bytes + excluded.stored_bytes
    """
)
_ADD_TO_REGISTRY = _sql(
    """
    INSERT INTO registry_total (
        registry_id, repositories, tags, images, logical_bytes, stored_bytes
    )
    VALUES (
        :registry, :repositories, :tags, :images, :logical_bytes, :stored_bytes
    )
    ON CONFLICT (registry_id) DO UPDATE SET
        repositories = registry_total.repositories + excluded.repositories,
        tags = registry_total.tags + excluded.tags,
        images = registry_total.images + excluded.images,
        logical_bytes = registry_total.logical_bytes + excluded.logical_bytes,
        stored_bytes = registry_total.stored_bytes + excluded.stored_bytes
    """
)


def _update_growth(connection: Connection, registry_id: int, now: datetime) -> None:
    """Refresh the change over 30 days of repositories whose answer may have moved.

    Those are the dirty ones and those with a change that has left the window since the
    last time; all of them when the registry's past first grows old enough.
    """
    then = now - timedelta(days=GROWTH_DAYS)
    past = connection.execute(_GROWTH_PAST, {"registry": registry_id}).one()
    if past.first_complete_at is not None and past.first_complete_at <= then:
        values = {"registry": registry_id, "then": then}
        if past.growth_as_of is None:
            connection.execute(_FIRST_GROWTH, values)
        else:
            connection.execute(_GROWTH, values | {"previous": past.growth_as_of})
        connection.execute(_GROWTH_DONE, {"registry": registry_id, "then": then})


_GROWTH_PAST = text(
    "SELECT registry.first_complete_at, registry_total.growth_as_of FROM registry "
    "JOIN registry_total ON registry_total.registry_id = registry.id WHERE registry.id = :registry"
).columns(first_complete_at=UtcDateTime(), growth_as_of=UtcDateTime())
_SET_GROWTH = """
    UPDATE repository_total SET growth_bytes = stored_bytes - COALESCE((
      SELECT h.stored_bytes FROM repository_history AS h
      WHERE h.repository_id = repository_total.repository_id AND h.since <= :then
      ORDER BY h.since DESC LIMIT 1), 0)
    WHERE registry_id = :registry
"""
_FIRST_GROWTH = _sql(_SET_GROWTH, "then")
_GROWTH = _sql(
    f"""
    {_SET_GROWTH} AND repository_id IN (
      SELECT repository_id FROM repository_history WHERE since > :previous AND since <= :then
      UNION SELECT repository_id FROM ({_REPOSITORIES_HERE}) AS touched)
    """,  # noqa: S608
    "then",
    "previous",
)
_GROWTH_DONE = _sql(
    "UPDATE registry_total SET growth_as_of = :then WHERE registry_id = :registry", "then"
)
