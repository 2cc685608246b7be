"""The figures that rules of alerts look at, over all that is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from auditor.domain.observation import CrawlOutcome
from auditor.store.counted import IS_COUNTED
from auditor.store.tables.findings import FindingRow
from auditor.store.tables.places import CrawlRow, RegistryRow, RepositoryRow
from auditor.store.tables.totals import RepositoryHistoryRow, RepositoryTotalRow

_STREAM_ROWS = 1_000
MOST_OUTCOMES = 1_000


@dataclass(frozen=True, slots=True)
class LargeImage:
    """A repository with its newest image."""

    registry: str
    repository: str
    tag: str
    image_bytes: int


@dataclass(frozen=True, slots=True)
class Grown:
    """A repository with what it stored at a moment, and stores now."""

    registry: str
    repository: str
    earlier_bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class CrawlPast:
    """A registry with how its last crawls ended, the last one first."""

    registry: str
    outcomes: tuple[CrawlOutcome, ...]
    last_complete_at: datetime | None
    first_started_at: datetime


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding there is now, and the larger of its two savings."""

    registry: str
    repository: str
    rule: str
    key: str
    body: dict[str, Any]
    saving_bytes: int
    since: datetime


def iterate_large_images(connection: Connection, above_bytes: int) -> Iterator[LargeImage]:
    """Repositories whose newest image is over a size."""
    query = (
        _repositories()
        .add_columns(RepositoryTotalRow.image_bytes, RepositoryTotalRow.image_tag)
        .where(RepositoryTotalRow.image_bytes > above_bytes)
    )
    for row in connection.execute(query.execution_options(yield_per=_STREAM_ROWS)):
        yield LargeImage(row.registry, row.repository, row.image_tag or "", row.image_bytes)


def iterate_grown(connection: Connection, start: datetime, least_bytes: int) -> Iterator[Grown]:
    """Repositories that store so much more than at `start`.

    What is newer than `start` was empty then where its registry had been read to its end;
    else nobody knows, and it is left out.
    """
    history = RepositoryHistoryRow
    before = (
        select(history.stored_bytes)
        .where(history.repository_id == RepositoryTotalRow.repository_id, history.since <= start)
        .order_by(history.since.desc())
        .limit(1)
        .scalar_subquery()
    )
    then = func.coalesce(before, 0)
    query = (
        _repositories()
        .add_columns(RepositoryTotalRow.stored_bytes, then.label("earlier_bytes"))
        .where(
            RepositoryTotalRow.stored_bytes - then >= max(1, least_bytes),
            or_(before.is_not(None), RegistryRow.first_complete_at <= start),
        )
    )
    for row in connection.execute(query.execution_options(yield_per=_STREAM_ROWS)):
        yield Grown(row.registry, row.repository, int(row.earlier_bytes), row.stored_bytes)


def list_crawl_pasts(connection: Connection, most: int) -> tuple[CrawlPast, ...]:
    """How the last `most` crawls of every registry ended, references too: they can fail as well."""
    query = select(RegistryRow.id, RegistryRow.name, RegistryRow.last_complete_at).order_by(
        RegistryRow.name
    )
    found = []
    for row in connection.execute(query).all():
        first = select(func.min(CrawlRow.started_at)).where(CrawlRow.registry_id == row.id)
        began = connection.execute(first).scalar_one_or_none()
        if began is not None:
            outcomes = _outcomes(connection, row.id, min(most, MOST_OUTCOMES))
            found.append(CrawlPast(row.name, outcomes, row.last_complete_at, began))
    return tuple(found)


def iterate_open_findings(connection: Connection, least_bytes: int) -> Iterator[OpenFinding]:
    """Findings that save so much for a pull or for the registry."""
    row = FindingRow
    query = (
        select(row.rule, row.key, row.body, row.since, row.pull_saving_bytes)
        .add_columns(row.stored_saving_bytes)
        .add_columns(RegistryRow.name.label("registry"), RepositoryRow.name.label("repository"))
        .join(RepositoryRow, RepositoryRow.id == row.repository_id)
        .join(RegistryRow, RegistryRow.id == row.registry_id)
        .where(
            IS_COUNTED,
            row.until.is_(None),
            or_(row.pull_saving_bytes >= least_bytes, row.stored_saving_bytes >= least_bytes),
        )
        .order_by(row.id)
    )
    for one in connection.execute(query.execution_options(yield_per=_STREAM_ROWS)):
        saving = max(one.pull_saving_bytes, one.stored_saving_bytes)
        yield OpenFinding(
            one.registry, one.repository, one.rule, one.key, one.body, saving, one.since
        )


def list_counted_ids(connection: Connection) -> tuple[tuple[int, str], ...]:
    """Id and name of every registry that is counted."""
    query = select(RegistryRow.id, RegistryRow.name).where(IS_COUNTED).order_by(RegistryRow.name)
    return tuple((row.id, row.name) for row in connection.execute(query))


def _repositories() -> Any:  # noqa: ANN401 - a Select of columns that callers add
    return (
        select(RegistryRow.name.label("registry"), RepositoryRow.name.label("repository"))
        .join(RepositoryTotalRow, RepositoryTotalRow.registry_id == RegistryRow.id)
        .join(RepositoryRow, RepositoryRow.id == RepositoryTotalRow.repository_id)
        .where(IS_COUNTED)
        .order_by(RegistryRow.name, RepositoryRow.name)
    )


def _outcomes(connection: Connection, registry_id: int, most: int) -> tuple[CrawlOutcome, ...]:
    query = (
        select(CrawlRow.outcome)
        .where(
            CrawlRow.registry_id == registry_id,
            CrawlRow.outcome != CrawlOutcome.RUNNING.value,
        )
        .order_by(CrawlRow.started_at.desc(), CrawlRow.id.desc())
        .limit(max(1, most))
    )
    rows: list[Row[Any]] = list(connection.execute(query))
    return tuple(CrawlOutcome(row.outcome) for row in rows)
