"""How the crawls of registries went."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from auditor.domain.crawl_views import CrawlRecord, CrawlStatus
from auditor.domain.observation import CrawlOutcome, Problem, StorageScope
from auditor.store.batches import table_of
from auditor.store.tables.places import CrawlRow, ProblemRow, RegistryRow

_PROBLEMS_SHOWN = 50


def load_crawl_statuses(
    connection: Connection, registry: str = "", *, limit: int
) -> tuple[CrawlStatus, ...]:
    """Every registry by name, references too, or only the one named; none if it is unknown.

    With the newest `limit` of its crawls, and the last one that ended in any case.
    """
    query = select(table_of(RegistryRow)).order_by(RegistryRow.name)
    if registry:
        query = query.where(RegistryRow.name == registry)
    return tuple(_status(connection, row, limit) for row in connection.execute(query).all())


def _status(connection: Connection, registry: Row[Any], limit: int) -> CrawlStatus:
    crawls = _crawls(connection, registry.id, limit)
    ended = next((row.id for row in crawls if row.finished_at), None)
    return CrawlStatus(
        registry=registry.name,
        scope=StorageScope(registry.scope),
        is_reference=registry.is_reference,
        last_complete_at=registry.last_complete_at,
        guarded_tags=registry.guarded_tags,
        crawls=tuple(map(_record, crawls)),
        problems=first_problems(connection, ended) if ended else (),
        problem_codes=_codes(connection, ended) if ended else (),
    )


def _crawls(connection: Connection, registry_id: int, limit: int) -> list[Row[Any]]:
    query = (
        select(table_of(CrawlRow))
        .where(CrawlRow.registry_id == registry_id)
        .order_by(CrawlRow.started_at.desc(), CrawlRow.id.desc())
        .limit(1)
    )
    newest = list(connection.execute(query.limit(limit)).all())
    if not any(row.finished_at for row in newest):
        newest += connection.execute(query.where(CrawlRow.finished_at.is_not(None))).all()
    return newest


def _record(row: Row[Any]) -> CrawlRecord:
    return CrawlRecord(
        row.started_at,
        row.finished_at,
        CrawlOutcome(row.outcome),
        row.repositories,
        row.tags,
        row.requests,
        row.bytes_fetched,
        row.problem_count,
    )


def first_problems(
    connection: Connection, crawl_id: int, repository: str | None = None
) -> tuple[Problem, ...]:
    """What a crawl could not read, as much of it as is shown; with a name, of one repository."""
    query = (
        select(table_of(ProblemRow))
        .where(ProblemRow.crawl_id == crawl_id)
        .order_by(ProblemRow.position)
        .limit(_PROBLEMS_SHOWN)
    )
    if repository is not None:
        query = query.where(ProblemRow.repository == repository)
    return tuple(
        Problem(row.repository, row.reference, row.message, row.code)
        for row in connection.execute(query)
    )


def _codes(connection: Connection, crawl_id: int) -> tuple[tuple[str, int], ...]:
    many = func.count()
    query = (
        select(ProblemRow.code, many)
        .where(ProblemRow.crawl_id == crawl_id)
        .group_by(ProblemRow.code)
        .order_by(many.desc(), ProblemRow.code)
    )
    return tuple((code, count) for code, count in connection.execute(query))
