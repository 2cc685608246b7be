"""What registries are known, and how their crawls went."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from auditor.domain.observation import CrawlOutcome, Problem, StorageScope
from auditor.domain.views import CrawlView
from auditor.store.batches import ascii_lower, table_of
from auditor.store.counted import IS_COUNTED
from auditor.store.crawl_reads import first_problems
from auditor.store.ranking_reads import PriceOf, load_totals
from auditor.store.tables.places import CrawlRow, RegistryRow, RepositoryRow, StorageScopeRow


def list_registry_names(connection: Connection) -> tuple[str, ...]:
    """Names of all registries that are counted, sorted."""
    query = select(RegistryRow.name).where(IS_COUNTED).order_by(RegistryRow.name)
    return tuple(connection.execute(query).scalars())


def list_names_once_whole(connection: Connection) -> tuple[str, ...]:
    """Names of counted registries that were once read to their end, sorted."""
    query = (
        select(RegistryRow.name)
        .where(IS_COUNTED, RegistryRow.first_complete_at.is_not(None))
        .order_by(RegistryRow.name)
    )
    return tuple(connection.execute(query).scalars())


def find_scope_id(connection: Connection, registry: str, repository: str = "") -> int | None:
    """The storage scope in which a repository is, or would be; None where it has no blob yet."""
    row = connection.execute(
        select(RegistryRow.id, RegistryRow.scope).where(RegistryRow.name == registry)
    ).one_or_none()
    if row is None:
        return None
    name = StorageScope(row.scope).name_for(repository)
    return connection.execute(
        select(StorageScopeRow.id).where(
            StorageScopeRow.registry_id == row.id, StorageScopeRow.name == name
        )
    ).scalar_one_or_none()


def load_crawl_views(connection: Connection, price_of: PriceOf) -> tuple[CrawlView, ...]:
    """The crawl state of every registry, by name, with its first problems; references too."""
    query = select(table_of(RegistryRow)).order_by(RegistryRow.name)
    return tuple(_view(connection, row, price_of) for row in connection.execute(query).all())


def load_as_of(
    connection: Connection, registry: str = "", at: datetime | None = None
) -> datetime | None:
    """The moment the figures stand for: the oldest of the registries' last crawls.

    Of those up to `at`, for figures of that moment. A crawl that failed or was interrupted
    stands for it only where there is no better one. None before any crawl has ended.
    """
    query = select(RegistryRow.id)
    query = query.where(RegistryRow.name == registry if registry else IS_COUNTED)
    moments = [
        crawl.started_at
        for registry_id in connection.execute(query).scalars().all()
        if (crawl := _crawl_of_figures(connection, registry_id, at)) is not None
    ]
    return min(moments, default=None)


def load_problems(connection: Connection, registry: str, repository: str) -> tuple[Problem, ...]:
    """What the registry's last ended crawl could not read in one repository."""
    query = select(RegistryRow.id).where(RegistryRow.name == registry)
    registry_id = connection.execute(query).scalar_one_or_none()
    crawl = _last_crawl(connection, registry_id, ended=True) if registry_id is not None else None
    return first_problems(connection, crawl.id, repository) if crawl is not None else ()


def has_repository(
    connection: Connection, registry: str, repository: str, at: datetime | None = None
) -> bool:
    """Whether a repository is known and not removed; with `at`, whether it was ever known."""
    query = (
        select(RepositoryRow.id)
        .join(RegistryRow, RegistryRow.id == RepositoryRow.registry_id)
        .where(
            RegistryRow.name == registry,
            RepositoryRow.name == repository,
        )
    )
    if at is None:
        query = query.where(RepositoryRow.removed_at.is_(None))
    return connection.execute(query).first() is not None


def find_repositories(
    connection: Connection, text: str, *, limit: int = 5
) -> tuple[tuple[str, str], ...]:
    """Registry and name of counted repositories whose name contains `text`, at most `limit`."""
    query = (
        select(RegistryRow.name, RepositoryRow.name)
        .join(RegistryRow, RegistryRow.id == RepositoryRow.registry_id)
        .where(
            IS_COUNTED,
            RepositoryRow.removed_at.is_(None),
            func.lower(RepositoryRow.name).contains(ascii_lower(text), autoescape=True),
        )
        .order_by(RepositoryRow.name, RegistryRow.name)
        .limit(limit)
    )
    return tuple((registry, name) for registry, name in connection.execute(query))


def registries_holding(connection: Connection, repository: str) -> tuple[str, ...]:
    """Names of the registries that hold a repository of exactly this name.

    References only where no other does.
    """
    query = (
        select(RegistryRow.name, RegistryRow.is_reference)
        .join(RepositoryRow, RepositoryRow.registry_id == RegistryRow.id)
        .where(RepositoryRow.name == repository, RepositoryRow.removed_at.is_(None))
        .order_by(RegistryRow.name)
    )
    found = connection.execute(query).all()
    counted = tuple(row.name for row in found if not row.is_reference)
    return counted or tuple(row.name for row in found)


def _crawl_of_figures(
    connection: Connection, registry_id: int, at: datetime | None
) -> Row[Any] | None:
    to_the_end = CrawlRow.outcome.in_([CrawlOutcome.COMPLETE.value, CrawlOutcome.PARTIAL.value])
    query = (
        select(CrawlRow.started_at)
        .where(CrawlRow.registry_id == registry_id, CrawlRow.finished_at.is_not(None))
        .order_by(to_the_end.desc(), CrawlRow.started_at.desc())
        .limit(1)
    )
    if at:
        query = query.where(CrawlRow.started_at <= at)
    return connection.execute(query).first()


def names_seen_whole_by(connection: Connection, moment: datetime) -> tuple[str, ...]:
    """Counted registries that some crawl had read to the end at `moment`, sorted."""
    query = (
        select(RegistryRow.name)
        .where(IS_COUNTED, RegistryRow.first_complete_at <= moment)
        .order_by(RegistryRow.name)
    )
    return tuple(connection.execute(query).scalars())


def _last_crawl(connection: Connection, registry_id: int, *, ended: bool) -> Row[Any] | None:
    query = select(table_of(CrawlRow)).where(CrawlRow.registry_id == registry_id)
    if ended:
        query = query.where(CrawlRow.finished_at.is_not(None))
    return connection.execute(
        query.order_by(CrawlRow.started_at.desc(), CrawlRow.id.desc()).limit(1)
    ).first()


def _view(connection: Connection, registry: Row[Any], price_of: PriceOf) -> CrawlView:
    crawl = _last_crawl(connection, registry.id, ended=False)
    ended = _last_crawl(connection, registry.id, ended=True)
    return CrawlView(
        registry=registry.name,
        scope=StorageScope(registry.scope),
        outcome=CrawlOutcome(crawl.outcome) if crawl else None,
        started_at=crawl.started_at if crawl else None,
        finished_at=crawl.finished_at if crawl else None,
        last_complete_at=registry.last_complete_at,
        totals=load_totals(connection, registry.name, price_of),
        price=price_of(registry.name),
        problems=first_problems(connection, ended.id) if ended else (),
        problem_count=ended.problem_count if ended else 0,
        guarded_tags=registry.guarded_tags,
        is_reference=registry.is_reference,
    )
