"""Takes out of one registry what only tells of a time before a moment, a batch at a time.

Every function deletes at most `limit` rows and says where to go on, so that each call can
be a transaction of its own. Whatever is open at the moment, or later, stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    TextClause,
    TextualSelect,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from auditor.domain.observation import CrawlOutcome
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.columns import UtcDateTime
from auditor.store.rollups import GROWTH_DAYS
from auditor.store.tables.facts import LooseManifestRow
from auditor.store.tables.places import CrawlRow, PresenceRow, RegistryRow, RepositoryRow, TagRow
from auditor.store.tables.totals import RegistryHistoryRow, RepositoryHistoryRow

MARGIN = timedelta(days=GROWTH_DAYS)
"""Figures are kept for so much longer: growth at the horizon compares with them."""
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PrunableRegistry:
    """A registry and how far its history goes back; `began` is None before any figures."""

    id: int
    name: str
    began: datetime | None
    kept_from: datetime | None
    pruned_to: datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a scan has come to: rows are looked at by a moment, then by a number."""

    moment: datetime = _LONG_AGO
    number: int = 0


START = Mark()


@dataclass(frozen=True, slots=True)
class Batch:
    """How many rows a batch deleted, and where the next one goes on; None at the end."""

    deleted: int
    next: Mark | None


def load_prunable(connection: Connection, registry: str = "") -> tuple[PrunableRegistry, ...]:
    """Every registry by name, or the one of that name."""
    began = (
        select(func.min(RegistryHistoryRow.since))
        .where(RegistryHistoryRow.registry_id == RegistryRow.id)
        .correlate(RegistryRow)
        .scalar_subquery()
    )
    query = select(RegistryRow.id, RegistryRow.name, began.label("began")).add_columns(
        RegistryRow.history_from, RegistryRow.pruned_to
    )
    if registry:
        query = query.where(RegistryRow.name == registry)
    return tuple(PrunableRegistry(*row) for row in connection.execute(query.order_by("name")))


def load_undecided_since(connection: Connection, registry_id: int) -> datetime | None:
    """The first moment that a crawl may still change figures from, None where all is decided.

    That is the oldest absence that no second crawl has confirmed, which a removal would be
    dated back to, or the beginning of a crawl that has not ended.
    """
    found = (
        connection.execute(statement, {"registry": registry_id}).scalar_one()
        for statement in _UNDECIDED
    )
    return min((moment for moment in found if moment is not None), default=None)


_UNDECIDED = (
    select(func.min(RepositoryRow.missing_since)).where(
        RepositoryRow.registry_id == bindparam("registry"), RepositoryRow.removed_at.is_(None)
    ),
    *(
        select(func.min(row.missing_since))
        .join(RepositoryRow, RepositoryRow.id == row.repository_id)
        .where(RepositoryRow.registry_id == bindparam("registry"), row.until.is_(None))
        for row in (TagRow, PresenceRow)
    ),
    select(func.min(CrawlRow.started_at)).where(
        CrawlRow.registry_id == bindparam("registry"),
        CrawlRow.outcome == CrawlOutcome.RUNNING.value,
    ),
)


def advance_horizon(connection: Connection, registry_id: int, to: datetime) -> None:
    """From now on, what was before `to` is known by months only; never moves back."""
    column = RegistryRow.history_from
    connection.execute(
        update(table_of(RegistryRow))
        .where(RegistryRow.id == registry_id, or_(column.is_(None), column < to))
        .values(history_from=to)
    )


def note_pruned(connection: Connection, registry_id: int, to: datetime) -> None:
    """Nothing is left to remove from before `to`."""
    connection.execute(
        update(table_of(RegistryRow)).where(RegistryRow.id == registry_id).values(pruned_to=to)
    )


def _scan(sql: str) -> TextualSelect:
    moments = (bindparam(name, type_=UtcDateTime()) for name in ("before", "moment"))
    found: TextualSelect = text(sql).bindparams(*moments).columns(moment=UtcDateTime())
    return found


def remove_presences(
    connection: Connection, registry_id: int, before: datetime, mark: Mark, limit: int
) -> Batch:
    """Presences that ended before a moment; their manifests become loose."""
    rows = _ended(connection, _ENDED_PRESENCES, registry_id, before, mark, limit)
    _let_go(connection, rows)
    for chunk in chunks([row.id for row in rows]):
        connection.execute(delete(table_of(PresenceRow)).where(PresenceRow.id.in_(chunk)))
    return Batch(len(rows), _next(rows, limit))


def remove_tags(
    connection: Connection, registry_id: int, before: datetime, mark: Mark, limit: int
) -> Batch:
    """Tags that ended before a moment, but for names of bases that stored images are built on.

    To be asked once the presences are gone: they tell what is still stored.
    """
    rows = _ended(connection, _ENDED_TAGS, registry_id, before, mark, limit)
    gone = [row for row in rows if not row.names_a_base]
    _let_go(connection, gone)
    for chunk in chunks([row.id for row in gone]):
        connection.execute(delete(table_of(TagRow)).where(TagRow.id.in_(chunk)))
    return Batch(len(gone), _next(rows, limit))


def _ended(
    connection: Connection,
    statement: TextualSelect,
    registry_id: int,
    before: datetime,
    mark: Mark,
    limit: int,
) -> list[Row[Any]]:
    values = {"registry": registry_id, "before": before, "limit": limit}
    values |= {"moment": mark.moment, "number": mark.number}
    return list(connection.execute(statement, values))


def _next(rows: list[Row[Any]], limit: int) -> Mark | None:
    return Mark(rows[-1].moment, rows[-1].id) if len(rows) == limit else None


def _let_go(connection: Connection, rows: list[Row[Any]]) -> None:
    loose = sorted({row.manifest_id for row in rows if row.manifest_id is not None})
    insert_new(connection, LooseManifestRow, [{"manifest_id": key} for key in loose])


IS_BASE = """
    EXISTS (
      SELECT 1 FROM image AS base
      JOIN manifest_blob AS top ON top.manifest_id = base.manifest_id AND top.role = 2
        AND top.position = base.layer_count - 1
      JOIN manifest_blob AS same ON same.blob_id = top.blob_id AND same.role = 2
        AND same.position = top.position
      JOIN image AS built ON built.manifest_id = same.manifest_id
        AND built.layer_count > base.layer_count
      WHERE base.manifest_id = {manifest} AND (
        EXISTS (SELECT 1 FROM presence AS held WHERE held.manifest_id = built.manifest_id)
        OR EXISTS (
          SELECT 1 FROM manifest_child AS listed
          JOIN presence AS held ON held.manifest_id = listed.manifest_id
          WHERE listed.child_id = built.manifest_id)))
"""
"""SQL: whether an image that is held, or listed by what is held, may be built on `{manifest}`.

It has the whole of it below more layers, as far as the uppermost of them tells.
"""

# CROSS JOIN: SQLite would rather read all intervals of one repository after another.
_ENDED_ROWS = """
    FROM {table} AS ended CROSS JOIN repository AS r
    WHERE r.id = ended.repository_id AND r.registry_id = :registry AND ended.until IS NOT NULL AND ended.until < :before
      AND (ended.until, ended.id) > (:moment, :number)
    ORDER BY ended.until, ended.id LIMIT :limit
"""
_ENDED_PRESENCES = _scan(
    f"SELECT ended.id, ended.until AS moment, ended.manifest_id {_ENDED_ROWS}".format(
        table="presence"
    )
)
_ENDED_TAGS = _scan(
    f"""
    SELECT ended.id, ended.until AS moment, ended.manifest_id,
      {IS_BASE.format(manifest="ended.manifest_id")}
      OR EXISTS (
        SELECT 1 FROM manifest_child AS below WHERE below.manifest_id = ended.manifest_id
          AND {IS_BASE.format(manifest="below.child_id")}) AS names_a_base
    {_ENDED_ROWS.format(table="tag")}
    """  # noqa: S608 - constant text
)


def remove_figures(
    connection: Connection, registry_id: int, before: datetime, mark: Mark, limit: int
) -> Batch:
    """Figures of repositories that others had replaced by `MARGIN` before a moment.

    The registry's own stay: a row a crawl at most, and the first page draws them.
    """
    rows = _ended(connection, _REPLACED_FIGURES, registry_id, before - MARGIN, mark, limit)
    keys = [{"key": row.id, "moment": row.moment} for row in rows]
    if keys:
        connection.execute(_REMOVE_FIGURES, keys)
    return Batch(len(rows), _next(rows, limit))


_REPLACED = """
    FROM repository_history AS h CROSS JOIN repository AS r
    WHERE r.id = h.repository_id AND r.registry_id = :registry AND h.since < :before AND EXISTS (
      SELECT 1 FROM repository_history AS later
      WHERE later.repository_id = h.repository_id
        AND later.since > h.since AND later.since <= :before)
"""
_REPLACED_FIGURES = _scan(
    f"""
    SELECT h.repository_id AS id, h.since AS moment {_REPLACED}
      AND (h.since, h.repository_id) > (:moment, :number)
    ORDER BY h.since, h.repository_id LIMIT :limit
    """
)
_REMOVE_FIGURES = delete(table_of(RepositoryHistoryRow)).where(
    RepositoryHistoryRow.repository_id == bindparam("key"),
    RepositoryHistoryRow.since == bindparam("moment"),
)


def count_removable(connection: Connection, registry_id: int, before: datetime) -> dict[str, int]:
    """How many presences, tags and figures would go; of tags at most so many."""
    values = {"registry": registry_id, "before": before}
    figures = values | {"before": before - MARGIN}
    return {
        "presences": connection.execute(_COUNT_PRESENCES, values).scalar_one(),
        "tags": connection.execute(_COUNT_TAGS, values).scalar_one(),
        "figures": connection.execute(_COUNT_FIGURES, figures).scalar_one(),
    }


def _count(rows: str) -> TextClause:
    statement = text(f"SELECT COUNT(*) {rows}")
    return statement.bindparams(bindparam("before", type_=UtcDateTime()))


_ENDED_BEFORE = """
    FROM {table} AS ended CROSS JOIN repository AS r
    WHERE r.id = ended.repository_id AND r.registry_id = :registry AND ended.until IS NOT NULL AND ended.until < :before
"""
_COUNT_PRESENCES = _count(_ENDED_BEFORE.format(table="presence"))
_COUNT_TAGS = _count(_ENDED_BEFORE.format(table="tag"))
_COUNT_FIGURES = _count(_REPLACED)
