"""Begins a crawl, and ends it: removals judged, rollups brought up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, text, update

from auditor.domain.observation import CrawlOutcome, Problem, RegistryCapabilities, StorageScope
from auditor.domain.platform import Platform
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.rollups import update_rollups
from auditor.store.state import (
    CrawlMark,
    mark_repositories_dirty,
    scope_id_for,
    uncount_manifests,
)
from auditor.store.tables.places import (
    AbsenceRow,
    CrawlRow,
    PresenceRow,
    ProblemRow,
    RegistryRow,
    RepositoryRow,
    TagRow,
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
class Removals:
    """What the end of a crawl took out of the confirmed state, or was kept from taking."""

    tags: int = 0
    repositories: int = 0
    guarded_tags: int = 0


def begin_crawl(
    connection: Connection,
    registry: str,
    *,
    scope: StorageScope,
    platform: Platform,
    now: datetime,
) -> CrawlMark:
    """Open a crawl of `registry`, made if new; earlier ones still open were interrupted.

    A changed storage scope regroups everything the registry holds.
    """
    row = _registry(connection, registry, scope, platform)
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


def finish_crawl(connection: Connection, mark: CrawlMark, end: CrawlEnd) -> Removals:
    """Close a crawl: judge absences, update rollups, record problems. Returns what went.

    One crawl without a tag, manifest or repository is noted; the next that misses it
    confirms and dates the removal back to the first. A crawl that misses more than
    `guard_ratio` of the registry's tags removes nothing unless the user accepts.
    """
    removals = _judge(connection, mark, end)
    connection.execute(delete(table_of(AbsenceRow)).where(AbsenceRow.crawl_id == mark.crawl_id))
    _measure_anew_for(connection, mark, end.platform)
    _record_registry(connection, mark, end, removals)
    update_rollups(connection, mark.registry_id, now=mark.now, platform=end.platform)
    _record_crawl(connection, mark, end)
    return removals


def _judge(connection: Connection, mark: CrawlMark, end: CrawlEnd) -> Removals:
    interrupted = end.outcome in (CrawlOutcome.INTERRUPTED, CrawlOutcome.FAILED)
    if interrupted:
        return Removals()
    saw_catalogue = end.saw_all and end.lists_repositories
    repositories = _missing_repositories(connection, mark) if saw_catalogue else []
    tags = _absent(connection, mark, is_tag=True)
    in_missing = _open_tags(connection, [row.id for row in repositories])
    lost = len(tags) + len(in_missing)
    known = connection.execute(_TAGS_BEFORE, {"registry": mark.registry_id, "now": mark.now})
    if lost > end.guard_ratio * known.scalar_one() and not end.accept_removals:
        return Removals(guarded_tags=lost)
    accept = end.accept_removals
    removed_tags = _confirm_tags(connection, mark, tags, accept=accept)
    _confirm_presences(connection, mark, _absent(connection, mark, is_tag=False), accept=accept)
    removed = _confirm_repositories(connection, mark, repositories, accept=accept)
    gone = {row.id for row in removed}
    removed_tags += sum(1 for tag in in_missing if tag.repository_id in gone)
    return Removals(tags=removed_tags, repositories=len(removed))


_TAGS_BEFORE = text(
    "SELECT COUNT(*) FROM tag JOIN repository ON repository.id = tag.repository_id "
    "WHERE repository.registry_id = :registry AND tag.since < :now "
    "AND (tag.until IS NULL OR tag.until = :now)"  # those moved by this very crawl count too
).bindparams(bindparam("now", type_=table_of(TagRow).c.since.type))


def _missing_repositories(connection: Connection, mark: CrawlMark) -> list[Row[Any]]:
    table = table_of(RepositoryRow)
    query = select(table).where(
        table.c.registry_id == mark.registry_id,
        table.c.removed_at.is_(None),
        table.c.last_crawl_id < mark.crawl_id,
    )
    return list(connection.execute(query))


def _absent(connection: Connection, mark: CrawlMark, *, is_tag: bool) -> list[Row[Any]]:
    table = table_of(TagRow if is_tag else PresenceRow)
    absences = select(AbsenceRow.row_id).where(
        AbsenceRow.crawl_id == mark.crawl_id, AbsenceRow.is_tag.is_(is_tag)
    )
    query = select(table).where(table.c.id.in_(absences), table.c.until.is_(None))
    return list(connection.execute(query))


def _open_tags(connection: Connection, repositories: Iterable[int]) -> list[Row[Any]]:
    return _open_rows(connection, TagRow, repositories)


def _open_rows(
    connection: Connection, row_class: type[TagRow | PresenceRow], repositories: Iterable[int]
) -> list[Row[Any]]:
    table = table_of(row_class)
    return [
        row
        for chunk in chunks(repositories)
        for row in connection.execute(
            select(table).where(table.c.repository_id.in_(chunk), table.c.until.is_(None))
        )
    ]


def _ends(mark: CrawlMark, rows: Iterable[Row[Any]], *, accept: bool) -> dict[datetime, list[Any]]:
    """Rows whose absence is confirmed, by the moment it began."""
    ends: dict[datetime, list[Any]] = defaultdict(list)
    for row in rows:
        if row.missing_since is not None:
            ends[row.missing_since].append(row)
        elif accept:
            ends[mark.now].append(row)
    return ends


def _confirm_tags(
    connection: Connection, mark: CrawlMark, rows: list[Row[Any]], *, accept: bool
) -> int:
    ends = _ends(mark, rows, accept=accept)
    _note_missing(connection, mark, TagRow, rows)
    for until, confirmed in ends.items():
        _close(connection, TagRow, confirmed, until)
        mark_repositories_dirty(connection, {row.repository_id for row in confirmed})
    return sum(map(len, ends.values()))


def _confirm_presences(
    connection: Connection, mark: CrawlMark, rows: list[Row[Any]], *, accept: bool
) -> None:
    _note_missing(connection, mark, PresenceRow, rows)
    for until, confirmed in _ends(mark, rows, accept=accept).items():
        _close(connection, PresenceRow, confirmed, until)
        _uncount(connection, confirmed)


def _uncount(connection: Connection, presences: Iterable[Row[Any]]) -> None:
    by_repository: dict[int, list[int]] = defaultdict(list)
    for row in presences:
        by_repository[row.repository_id].append(row.manifest_id)
    for repository_id, manifests in by_repository.items():
        uncount_manifests(connection, repository_id, manifests)


def _note_missing(
    connection: Connection,
    mark: CrawlMark,
    row_class: type[TagRow | PresenceRow | RepositoryRow],
    rows: Iterable[Row[Any]],
) -> None:
    table = table_of(row_class)
    for chunk in chunks([row.id for row in rows if row.missing_since is None]):
        connection.execute(
            update(table).where(table.c.id.in_(chunk)).values(missing_since=mark.now)
        )


def _close(
    connection: Connection,
    row_class: type[TagRow | PresenceRow],
    rows: Iterable[Row[Any]],
    until: datetime,
) -> None:
    table = table_of(row_class)
    for chunk in chunks([row.id for row in rows]):
        connection.execute(update(table).where(table.c.id.in_(chunk)).values(until=until))


def _confirm_repositories(
    connection: Connection, mark: CrawlMark, rows: list[Row[Any]], *, accept: bool
) -> list[Row[Any]]:
    _note_missing(connection, mark, RepositoryRow, rows)
    removed: list[Row[Any]] = []
    for until, confirmed in _ends(mark, rows, accept=accept).items():
        ids = [row.id for row in confirmed]
        _close(connection, TagRow, _open_tags(connection, ids), until)
        presences = _open_rows(connection, PresenceRow, ids)
        _close(connection, PresenceRow, presences, until)
        _uncount(connection, presences)
        for chunk in chunks(ids):
            connection.execute(
                update(table_of(RepositoryRow))
                .where(RepositoryRow.id.in_(chunk))
                .values(removed_at=until, is_incomplete=False)
            )
        mark_repositories_dirty(connection, ids)
        removed += confirmed
    return removed


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
    values: dict[str, Any] = {
        "platform": str(end.platform),
        "lists_untagged": end.capabilities.lists_untagged,
        "guarded_tags": removals.guarded_tags,
    }
    saw_catalogue = end.saw_all and end.lists_repositories
    if saw_catalogue:
        values["lists_repositories"] = True
    # Where the catalogue can be read, a look at some repositories is no look at all of them.
    query = select(RegistryRow.lists_repositories).where(RegistryRow.id == mark.registry_id)
    if saw_catalogue or (end.saw_all and not connection.execute(query).scalar_one()):
        if end.outcome in (CrawlOutcome.COMPLETE, CrawlOutcome.PARTIAL):
            values["first_complete_at"] = func.coalesce(RegistryRow.first_complete_at, mark.now)
        if end.outcome is CrawlOutcome.COMPLETE:
            values["last_complete_at"] = mark.now
    connection.execute(
        update(table_of(RegistryRow)).where(RegistryRow.id == mark.registry_id).values(values)
    )


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
