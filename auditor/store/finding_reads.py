"""Pages of findings, from the findings that are kept: nothing is analysed by a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from auditor.domain.digest import Digest
from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.findings import Confidence
from auditor.domain.platform import Platform
from auditor.store.batches import ascii_lower, chunks
from auditor.store.counted import IS_COUNTED
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.findings import FindingRow, RepositoryPotentialRow, StaleRepositoryRow
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import RepositoryTotalRow

_SURE = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}
_COLUMNS: dict[FindingsBy, ColumnElement[Any]] = {
    FindingsBy.PRIORITY: FindingRow.priority_bytes.expression,
    FindingsBy.PULL: FindingRow.pull_saving_bytes.expression,
    FindingsBy.STORED: FindingRow.stored_saving_bytes.expression,
}
_STREAM_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """Which finding, and where it is."""

    finding_id: int
    registry_id: int
    registry: str
    repository: str


@dataclass(frozen=True, slots=True)
class FindingRead:
    """A finding as it is kept, with its place; `body` as it was written."""

    place: FindingPlace
    tag: str
    digest: Digest
    platform: Platform | None
    images: int
    stored_saving_bytes: int
    priority_bytes: int
    body: dict[str, Any]
    since: datetime


def iterate_places(connection: Connection, query: FindingsQuery) -> Iterator[FindingPlace]:
    """Where all matching findings are, in order; team, `limit` and `offset` ignored."""
    statement = _matching(_places(), query).order_by(*_order(query))
    for one in connection.execute(statement.execution_options(yield_per=_STREAM_ROWS)):
        yield FindingPlace(one.id, one.registry_id, one.registry, one.name)


def load_page(connection: Connection, query: FindingsQuery) -> tuple[FindingPlace, ...]:
    """Where the findings of one page are, in order; team ignored."""
    statement = _matching(_places(), query).order_by(*_order(query)).offset(query.offset)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    return tuple(
        FindingPlace(one.id, one.registry_id, one.registry, one.name)
        for one in connection.execute(statement)
    )


def count_findings(connection: Connection, query: FindingsQuery) -> int:
    """How many findings match, on all pages; team ignored."""
    statement = _matching(select(func.count()).select_from(FindingRow), query)
    return int(connection.execute(statement).scalar_one())


def load_findings(
    connection: Connection, places: Sequence[FindingPlace]
) -> tuple[FindingRead, ...]:
    """These findings, in this order."""
    found: dict[int, Row[Any]] = {}
    for chunk in chunks([place.finding_id for place in places]):
        query = select(FindingRow.__table__, BlobRow.digest).join(
            BlobRow, BlobRow.id == FindingRow.manifest_id
        )
        for row in connection.execute(query.where(FindingRow.id.in_(chunk))):
            found[row.id] = row
    return tuple(_read(place, found[place.finding_id]) for place in places)


def load_analysed_at(connection: Connection) -> datetime | None:
    """When something that counts was analysed last; None before the first analysis."""
    query = (
        select(func.max(RepositoryPotentialRow.analysed_at))
        .join(RepositoryRow, RepositoryRow.id == RepositoryPotentialRow.repository_id)
        .join(RegistryRow, RegistryRow.id == RepositoryRow.registry_id)
        .where(IS_COUNTED)
    )
    return connection.execute(query).scalar_one()


def count_waiting_images(connection: Connection) -> int:
    """Images of counted repositories that changed since they were analysed."""
    query = (
        select(func.coalesce(func.sum(RepositoryTotalRow.images), 0))
        .join(
            StaleRepositoryRow,
            StaleRepositoryRow.repository_id == RepositoryTotalRow.repository_id,
        )
        .join(RegistryRow, RegistryRow.id == RepositoryTotalRow.registry_id)
        .where(IS_COUNTED)
    )
    return int(connection.execute(query).scalar_one())


def _read(place: FindingPlace, row: Row[Any]) -> FindingRead:
    return FindingRead(
        place=place,
        tag=row.tag,
        digest=Digest.from_bytes(row.digest),
        platform=Platform.parse(row.platform) if row.platform else None,
        images=row.images,
        stored_saving_bytes=row.stored_saving_bytes,
        priority_bytes=row.priority_bytes,
        body=row.body,
        since=row.since,
    )


def _places() -> Select[Any]:
    keys = [FindingRow.id, FindingRow.registry_id, RepositoryRow.name]
    return select(*keys).add_columns(RegistryRow.name.label("registry"))


def _matching(statement: Select[Any], query: FindingsQuery) -> Select[Any]:
    row = FindingRow
    statement = (
        statement.join(RepositoryRow, RepositoryRow.id == row.repository_id)
        .join(RegistryRow, RegistryRow.id == row.registry_id)
        .where(row.until.is_(None), IS_COUNTED)
    )
    if query.registry:
        statement = statement.where(RegistryRow.name == query.registry)
    if query.repository:
        statement = statement.where(RepositoryRow.name == query.repository)
    if query.text:
        name = func.lower(RepositoryRow.name)
        statement = statement.where(name.contains(ascii_lower(query.text), autoescape=True))
    if query.rule:
        statement = statement.where(row.rule.startswith(query.rule, autoescape=True))
    if query.confidence is not Confidence.LOW:
        statement = statement.where(row.confidence >= _SURE[query.confidence])
    if query.minimum_bytes:
        least = query.minimum_bytes
        statement = statement.where(
            or_(row.pull_saving_bytes >= least, row.stored_saving_bytes >= least)
        )
    return statement


def _order(query: FindingsQuery) -> tuple[ColumnElement[Any], ...]:
    identity: ColumnElement[Any] = FindingRow.id.expression
    return (_COLUMNS[query.by].desc(), identity.desc())
