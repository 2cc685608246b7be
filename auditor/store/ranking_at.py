"""Rankings and totals at a past moment, from the histories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from auditor.domain.views import RankBy
from auditor.store.batches import table_of
from auditor.store.past import is_open
from auditor.store.rollups import GROWTH_DAYS
from auditor.store.tables.facts import ManifestRow
from auditor.store.tables.places import PresenceRow, RegistryRow, RepositoryRow, TagRow
from auditor.store.tables.totals import RegistryHistoryRow, RepositoryHistoryRow

_HISTORY = table_of(RepositoryHistoryRow).alias("history")
_EARLIER = table_of(RepositoryHistoryRow).alias("earlier")
_REGISTRY_HISTORY = table_of(RegistryHistoryRow).alias("registry_history_at")


def ranking_at(at: datetime) -> tuple[Select[Any], Mapping[RankBy, ColumnElement[Any]]]:
    """Rows as rankings read them, as they were at `at`, and the columns to sort by."""
    newest = (
        select(func.max(_EARLIER.c.since))
        .where(_EARLIER.c.repository_id == RepositoryRow.id, _EARLIER.c.since <= at)
        .correlate(RepositoryRow)
        .scalar_subquery()
    )
    growth = _growth(at).label("growth_bytes")
    tags = func.coalesce(_HISTORY.c.tags, _open_tags(at)).label("tags")
    known = RegistryRow.first_complete_at.is_not(None) & (RegistryRow.first_complete_at <= at)
    statement = (
        select(
            RepositoryRow.id.label("repository_id"),
            RepositoryRow.registry_id,
            RepositoryRow.scope_id,
            tags,
            func.coalesce(_HISTORY.c.images, _open_images(at)).label("images"),
            _HISTORY.c.image_bytes,
            _HISTORY.c.image_tag,
            _HISTORY.c.logical_bytes,
            _HISTORY.c.stored_bytes,
            _HISTORY.c.exclusive_bytes,
            _HISTORY.c.fair_share_bytes,
            growth,
            RepositoryRow.name,
            RegistryRow.name.label("registry"),
            (~known).label("is_incomplete"),
            RegistryRow.lists_untagged,
            RegistryRow.lists_repositories,
        )
        .select_from(RepositoryRow)
        .join(
            _HISTORY,
            and_(_HISTORY.c.repository_id == RepositoryRow.id, _HISTORY.c.since == newest),
        )
        .join(RegistryRow, RegistryRow.id == RepositoryRow.registry_id)
        .where(_HISTORY.c.is_present)
    )
    columns: dict[RankBy, ColumnElement[Any]] = {
        RankBy.SIZE: _HISTORY.c.image_bytes,
        RankBy.STORED: _HISTORY.c.stored_bytes,
        RankBy.EXCLUSIVE: _HISTORY.c.exclusive_bytes,
        RankBy.FAIR_SHARE: _HISTORY.c.fair_share_bytes,
        RankBy.LOGICAL: _HISTORY.c.logical_bytes,
        RankBy.GROWTH: growth,
        RankBy.TAGS: tags,
    }
    return statement, columns


def _growth(at: datetime) -> ColumnElement[Any]:
    then = at - timedelta(days=GROWTH_DAYS)
    before = (
        select(_EARLIER.c.stored_bytes)
        .where(_EARLIER.c.repository_id == RepositoryRow.id, _EARLIER.c.since <= then)
        .order_by(_EARLIER.c.since.desc())
        .limit(1)
        .correlate(RepositoryRow)
        .scalar_subquery()
    )
    change = _HISTORY.c.stored_bytes - func.coalesce(before, 0)
    return case((RegistryRow.first_complete_at <= then, change), else_=None)


def _open_tags(at: datetime) -> ColumnElement[Any]:
    """For rows older than the column `tags` of the history."""
    return (
        select(func.count())
        .select_from(TagRow)
        .where(
            TagRow.repository_id == RepositoryRow.id,
            is_open(TagRow, at),
        )
        .correlate(RepositoryRow)
        .scalar_subquery()
    )


def _open_images(at: datetime) -> ColumnElement[Any]:
    """For rows older than the column `images` of the history."""
    return (
        select(func.count())
        .select_from(PresenceRow)
        .join(ManifestRow, ManifestRow.id == PresenceRow.manifest_id)
        .where(
            PresenceRow.repository_id == RepositoryRow.id,
            ManifestRow.kind == "image",
            is_open(PresenceRow, at),
        )
        .correlate(RepositoryRow)
        .scalar_subquery()
    )


def totals_at(at: datetime) -> Select[Any]:
    """One row per registry that had been crawled by `at`, as totals are read."""
    newest = (
        select(func.max(table_of(RegistryHistoryRow).c.since))
        .where(
            table_of(RegistryHistoryRow).c.registry_id == RegistryRow.id,
            table_of(RegistryHistoryRow).c.since <= at,
        )
        .correlate(RegistryRow)
        .scalar_subquery()
    )
    history = _REGISTRY_HISTORY.c
    return (
        select(
            RegistryRow.name,
            func.coalesce(history.repositories, _present_repositories(at)).label("repositories"),
            func.coalesce(history.tags, _tags_of_registry(at)).label("tags"),
            func.coalesce(history.images, _images_of_registry(at)).label("images"),
            history.logical_bytes,
            history.stored_bytes,
            RegistryRow.lists_untagged,
            RegistryRow.lists_repositories,
            case((RegistryRow.first_complete_at <= at, literal(0)), else_=1).label("incomplete"),
        )
        .select_from(RegistryRow)
        .join(
            _REGISTRY_HISTORY,
            and_(history.registry_id == RegistryRow.id, history.since == newest),
        )
    )


# The three below are for rows older than these columns of the registry's history.


def _present_repositories(at: datetime) -> ColumnElement[Any]:
    counted = select(RepositoryRow.id).where(
        RepositoryRow.registry_id == RegistryRow.id,
        RepositoryRow.since <= at,
        or_(RepositoryRow.removed_at.is_(None), RepositoryRow.removed_at > at),
    )
    return _count(counted)


def _tags_of_registry(at: datetime) -> ColumnElement[Any]:
    counted = (
        select(TagRow.id)
        .join(RepositoryRow, RepositoryRow.id == TagRow.repository_id)
        .where(RepositoryRow.registry_id == RegistryRow.id, is_open(TagRow, at))
    )
    return _count(counted)


def _images_of_registry(at: datetime) -> ColumnElement[Any]:
    counted = (
        select(RepositoryRow.scope_id, PresenceRow.manifest_id)
        .join(RepositoryRow, RepositoryRow.id == PresenceRow.repository_id)
        .join(ManifestRow, ManifestRow.id == PresenceRow.manifest_id)
        .where(
            RepositoryRow.registry_id == RegistryRow.id,
            ManifestRow.kind == "image",
            is_open(PresenceRow, at),
        )
        .distinct()
    )
    return _count(counted)


def _count(counted: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    rows = counted.correlate(RegistryRow).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()
