"""Begins a crawl, and ends it: removals judged, rollups brought up to date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from auditor.domain.observation import CrawlOutcome, Problem, RegistryCapabilities, StorageScope
from auditor.domain.platform import Platform
from auditor.store.analyses import mark_registry_stale
from auditor.store.backdating import Backdated, rewrite_past
from auditor.store.batches import insert_new, table_of
from auditor.store.removals import Removals, judge_absences
from auditor.store.rollups import update_rollups
from auditor.store.state import CrawlMark, mark_repositories_dirty, scope_id_for
from auditor.store.tables.places import (
    AbsenceRow,
    CrawlRow,
    ProblemRow,
    RegistryRow,
    RepositoryRow,
)


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """How a crawl ended, as the store needs to know it.

    `saw_all`: the whole catalogue was read and every repository visited, so that a
    repository not seen is absent. `accept_removals` overrides `guard_ratio`, the share
    of tags (0 to 1) beyond which a crawl removes nothing.
    """

    outcome: CrawlOutcome
    finished_at: datetime
    saw_all: bool
    lists_repositories: bool
    capabilities: RegistryCapabilities
    platform: Platform
    repositories: int
    tags: int
    requests: int
    bytes_fetched: int
    problems: tuple[Problem, ...]
    guard_ratio: float
    accept_removals: bool


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """How a crawl went down in the database: interrupted, where a later one overtook it."""

    outcome: CrawlOutcome
    removals: Removals


def begin_crawl(
    connection: Connection,
    registry: str,
    *,
    scope: StorageScope,
    platform: Platform,
    now: datetime,
    is_reference: bool = False,
) -> CrawlMark:
    """Open a crawl of `registry`, made if new; earlier ones still open were interrupted.

    A changed storage scope regroups everything the registry holds. From now on it is counted
    or, as a reference, not: its figures are kept up to date either way.
    """
    row = _registry(connection, registry, scope, platform)
    changed = connection.execute(
        update(table_of(RegistryRow))
        .where(RegistryRow.id == row.id, RegistryRow.is_reference.is_not(is_reference))
        .values(is_reference=is_reference)
    )
    if changed.rowcount:
        mark_registry_stale(connection, row.id)
    _date_what_is_left_of_killed_crawls(connection, row.id, platform)
    connection.execute(
        update(table_of(CrawlRow))
        .where(CrawlRow.registry_id == row.id, CrawlRow.outcome == CrawlOutcome.RUNNING.value)
        .values(outcome=CrawlOutcome.INTERRUPTED.value)
    )
    stale = select(CrawlRow.id).where(CrawlRow.registry_id == row.id)
    connection.execute(delete(table_of(AbsenceRow)).where(AbsenceRow.crawl_id.in_(stale)))
    if row.scope != scope.value:
        _change_scope(connection, row.id, scope)
        update_rollups(connection, row.id, now=now, platform=platform)
    statement = (
        insert(table_of(CrawlRow))
        .values(registry_id=row.id, started_at=now, outcome=CrawlOutcome.RUNNING.value)
        .returning(table_of(CrawlRow).c.id)
    )
    crawl_id = connection.execute(statement).scalar_one()
    return CrawlMark(crawl_id=crawl_id, registry_id=row.id, scope=scope, now=now)


def _date_what_is_left_of_killed_crawls(
    connection: Connection, registry_id: int, platform: Platform
) -> None:
    """What a killed crawl had saved counts from its own moment on, not from the next crawl's."""
    query = select(func.max(CrawlRow.started_at)).where(
        CrawlRow.registry_id == registry_id, CrawlRow.outcome == CrawlOutcome.RUNNING.value
    )
    moment = connection.execute(query).scalar_one()
    if moment is not None:
        update_rollups(connection, registry_id, now=moment, platform=platform)


def _registry(
    connection: Connection, name: str, scope: StorageScope, platform: Platform
) -> Row[Any]:
    insert_new(
        connection,
        RegistryRow,
        [
            {
                "name": name,
                "scope": scope.value,
                "platform": str(platform),
                "lists_untagged": False,
                "lists_repositories": False,
                "guarded_tags": 0,
            }
        ],
    )
    query = select(table_of(RegistryRow)).where(RegistryRow.name == name)
    return connection.execute(query).one()


def _change_scope(connection: Connection, registry_id: int, scope: StorageScope) -> None:
    values = {"registry": registry_id}
    for sql in _FORGET_SCOPES:
        connection.execute(text(sql), values)
    repositories = select(RepositoryRow.id, RepositoryRow.name).where(
        RepositoryRow.registry_id == registry_id
    )
    for repository_id, name in connection.execute(repositories).all():
        scope_id = scope_id_for(connection, registry_id, scope.name_for(name))
        moved = {"repository": repository_id, "scope": scope_id}
        for sql in _MOVE_REPOSITORY:
            connection.execute(text(sql), moved)
    connection.execute(
        update(table_of(RegistryRow)).where(RegistryRow.id == registry_id).values(scope=scope.value)
    )


_SCOPES = "(SELECT id FROM storage_scope WHERE registry_id = :registry)"
_FORGET_SCOPES = (
    f"DELETE FROM scope_blob WHERE scope_id IN {_SCOPES}",  # noqa: S608 - constant text
    f"DELETE FROM dirty_blob WHERE scope_id IN {_SCOPES}",  # noqa: S608 - constant text
    "DELETE FROM scope_total WHERE registry_id = :registry",
    "DELETE FROM registry_total WHERE registry_id = :registry",
    "DELETE FROM repository_total WHERE registry_id = :registry",
)
_MOVE_REPOSITORY = (
    "UPDATE repository SET scope_id = :scope WHERE id = :repository",
    "UPDATE repository_blob SET scope_id = :scope WHERE repository_id = :repository",
    (
        "INSERT INTO dirty_blob (scope_id, blob_id) SELECT scope_id, blob_id "
        "FROM repository_blob WHERE repository_id = :repository ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO dirty_repository (repository_id) SELECT id FROM repository "
        "WHERE id = :repository ON CONFLICT DO NOTHING"
    ),
)


def finish_crawl(connection: Connection, mark: CrawlMark, end: CrawlEnd) -> CrawlRecord:
    """Close a crawl: judge absences, update rollups, record problems.

    A crawl that a later one declared interrupted stays so, and judges nothing: what the
    later one saw meanwhile is not missing because this one did not see it.
    """
    if _was_overtaken(connection, mark):
        end = replace(end, outcome=CrawlOutcome.INTERRUPTED)
    removals, gone = _judge(connection, mark, end)
    connection.execute(delete(table_of(AbsenceRow)).where(AbsenceRow.crawl_id == mark.crawl_id))
    _measure_anew_for(connection, mark, end.platform)
    _record_registry(connection, mark, end, removals)
    rewrite_past(connection, mark.registry_id, gone, now=mark.now, platform=end.platform)
    update_rollups(connection, mark.registry_id, now=mark.now, platform=end.platform)
    _record_crawl(connection, mark, end)
    return CrawlRecord(end.outcome, removals)


def _was_overtaken(connection: Connection, mark: CrawlMark) -> bool:
    query = select(CrawlRow.outcome).where(CrawlRow.id == mark.crawl_id)
    return bool(connection.execute(query).scalar_one() != CrawlOutcome.RUNNING.value)


def _judge(connection: Connection, mark: CrawlMark, end: CrawlEnd) -> tuple[Removals, Backdated]:
    if not _came_to_its_end(end):
        return Removals(), Backdated()
    return judge_absences(
        connection,
        mark,
        saw_catalogue=end.saw_all and end.lists_repositories,
        guard_ratio=end.guard_ratio,
        accept=end.accept_removals,
    )


def _came_to_its_end(end: CrawlEnd) -> bool:
    return end.outcome in (CrawlOutcome.COMPLETE, CrawlOutcome.PARTIAL)


def _measure_anew_for(connection: Connection, mark: CrawlMark, platform: Platform) -> None:
    """Where the images of another platform counted so far, have all repositories recounted."""
    query = select(RegistryRow.platform).where(RegistryRow.id == mark.registry_id)
    if connection.execute(query).scalar_one() != str(platform):
        everything = select(RepositoryRow.id).where(
            RepositoryRow.registry_id == mark.registry_id, RepositoryRow.removed_at.is_(None)
        )
        mark_repositories_dirty(connection, connection.execute(everything).scalars().all())


def _record_registry(
    connection: Connection, mark: CrawlMark, end: CrawlEnd, removals: Removals
) -> None:
    values: dict[str, Any] = {"platform": str(end.platform)}
    if _came_to_its_end(end):
        values["lists_untagged"] = end.capabilities.lists_untagged
        values |= _looked_at(connection, mark, end)
        if removals.guarded_tags or "first_complete_at" in values:
            values["guarded_tags"] = removals.guarded_tags
    connection.execute(
        update(table_of(RegistryRow)).where(RegistryRow.id == mark.registry_id).values(values)
    )


def _looked_at(connection: Connection, mark: CrawlMark, end: CrawlEnd) -> dict[str, Any]:
    """What a crawl that came to its end says of the whole registry; nothing if it saw a part.

    Where the catalogue can be read, a look at some repositories is no look at all of them.
    """
    values: dict[str, Any] = {}
    query = select(RegistryRow.lists_repositories).where(RegistryRow.id == mark.registry_id)
    if not end.saw_all or (not end.lists_repositories and connection.execute(query).scalar_one()):
        return values
    if end.lists_repositories:
        values["lists_repositories"] = True
    values["first_complete_at"] = func.coalesce(RegistryRow.first_complete_at, mark.now)
    if end.outcome is CrawlOutcome.COMPLETE:
        values["last_complete_at"] = mark.now
    return values


def _record_crawl(connection: Connection, mark: CrawlMark, end: CrawlEnd) -> None:
    connection.execute(
        update(table_of(CrawlRow))
        .where(CrawlRow.id == mark.crawl_id)
        .values(
            finished_at=end.finished_at,
            outcome=end.outcome.value,
            repositories=end.repositories,
            tags=end.tags,
            requests=end.requests,
            bytes_fetched=end.bytes_fetched,
            problem_count=len(end.problems),
        )
    )
    rows = [
        {
            "crawl_id": mark.crawl_id,
            "position": position,
            "repository": problem.repository,
            "reference": problem.reference,
            "code": problem.code,
            "message": problem.message,
        }
        for position, problem in enumerate(end.problems)
    ]
    insert_new(connection, ProblemRow, rows)
