"""Bases in use, from what is kept of them: nothing is planned by a page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, or_, select

from auditor.domain.base_views import BasesBy, BasesQuery
from auditor.domain.digest import ChainId
from auditor.domain.exactness import Coverage
from auditor.store.base_plans import BaseKey, KeptFamily
from auditor.store.batches import ascii_lower
from auditor.store.counted import IS_COUNTED
from auditor.store.tables.bases import BaseFamilyRow, BaseNameRow, BaseUseRow
from auditor.store.tables.places import RegistryRow, RepositoryRow

_ORDERS: dict[BasesBy, tuple[ColumnElement[Any], ...]] = {
    BasesBy.FREED: (BaseUseRow.freed_bytes.expression, BaseUseRow.repositories.expression),
    BasesBy.REPOSITORIES: (BaseUseRow.repositories.expression, BaseUseRow.size_bytes.expression),
    BasesBy.SIZE: (BaseUseRow.size_bytes.expression, BaseUseRow.repositories.expression),
}
_LEAST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class UseRead:
    """A base in use as it is kept, with its registry; `versions` of its family are in use."""

    key: BaseKey
    registry: str
    name: str
    family: str
    size_bytes: int
    repositories: int
    images: int
    versions: int
    body: dict[str, Any]


def load_uses(connection: Connection, query: BasesQuery) -> tuple[UseRead, ...]:
    """One page of bases, in order."""
    order = (*_ORDERS[query.by], BaseUseRow.chain.expression, BaseUseRow.registry_id.expression)
    statement = _matching(_uses(), query).order_by(*(column.desc() for column in order))
    statement = statement.offset(query.offset)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    return tuple(map(_read, connection.execute(statement)))


def count_uses(connection: Connection, query: BasesQuery) -> int:
    """How many bases match, on all pages."""
    statement = _matching(select(func.count()).select_from(BaseUseRow), query)
    return int(connection.execute(statement).scalar_one())


def find_uses(
    connection: Connection, wanted: str, registry: str = "", limit: int = 20
) -> tuple[UseRead, ...]:
    """Bases of this name, or whose chain's hexadecimal digits begin so; the most used first.

    A name may leave out the registry and the folder it is in.
    """
    for condition in _meanings(wanted):
        statement = _uses().where(condition, IS_COUNTED)
        if registry:
            statement = statement.where(RegistryRow.name == registry)
        statement = statement.order_by(BaseUseRow.repositories.desc(), BaseUseRow.chain)
        found = tuple(map(_read, connection.execute(statement.limit(limit))))
        if found:
            return found
    return ()


def _meanings(wanted: str) -> list[ColumnElement[bool]]:
    digits = wanted.removeprefix("sha256:").lower()
    meanings: list[ColumnElement[bool]] = []
    if len(digits) >= _LEAST_DIGITS and not digits.strip("0123456789abcdef"):
        low, high = (ChainId(f"sha256:{digits[:64]:{fill}<64}").to_bytes() for fill in "0f")
        meanings.append(BaseUseRow.chain.between(low, high))
    name = BaseNameRow.name
    ends = name.endswith(f"/{wanted}", autoescape=True)
    return [*meanings, _named(name == wanted), _named(ends)]


def _named(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        BaseNameRow.registry_id == BaseUseRow.registry_id,
        BaseNameRow.chain == BaseUseRow.chain,
        condition,
    )


def find_near(connection: Connection, text: str, limit: int = 5) -> tuple[str, ...]:
    """Names of bases in use that contain a text."""
    row = BaseUseRow
    like = func.lower(row.name).contains(ascii_lower(text), autoescape=True)
    query = select(row.name).distinct().where(like).order_by(row.name).limit(limit)
    return tuple(connection.execute(query).scalars())


def load_families(
    connection: Connection, least_versions: int, limit: int
) -> tuple[tuple[str, KeptFamily], ...]:
    """Families with so many versions that cost bytes, the costliest first."""
    row = BaseFamilyRow
    query = select(row.__table__).where(row.excess_bytes > 0, row.versions >= least_versions)
    found = connection.execute(query.order_by(row.excess_bytes.desc(), row.family).limit(limit))
    return tuple(
        (
            one.family,
            KeptFamily(
                one.versions, one.repositories, one.stored_bytes, one.excess_bytes, one.body
            ),
        )
        for one in found
    )


def load_coverage(connection: Connection, registries: Collection[int]) -> dict[int, Coverage]:
    """What crawls of these registries can and could see."""
    row = RegistryRow
    broken = exists().where(
        RepositoryRow.registry_id == row.id,
        RepositoryRow.is_incomplete,
        RepositoryRow.removed_at.is_(None),
    )
    query = select(row.id, row.lists_untagged, row.lists_repositories, broken.label("broken"))
    return {
        one.id: Coverage(
            one.lists_untagged, one.lists_repositories, bool(one.broken), bool(one.broken)
        )
        for one in connection.execute(query.where(row.id.in_(registries)))
    }


def _uses() -> Select[Any]:
    return (
        select(BaseUseRow.__table__)
        .add_columns(RegistryRow.name.label("registry"), BaseFamilyRow.versions)
        .join(RegistryRow, RegistryRow.id == BaseUseRow.registry_id)
        .outerjoin(BaseFamilyRow, BaseFamilyRow.family == BaseUseRow.family)
    )


def _matching(statement: Select[Any], query: BasesQuery) -> Select[Any]:
    row = BaseUseRow
    references = select(RegistryRow.id).where(~IS_COUNTED)
    # NOT IN: an index that has the order is walked, not one that has the registries.
    statement = statement.where(row.registry_id.not_in(references))
    if query.registry:
        wanted = select(RegistryRow.id).where(RegistryRow.name == query.registry)
        statement = statement.where(row.registry_id == wanted.scalar_subquery())
    if query.text:
        like = func.lower(row.name).contains(ascii_lower(query.text), autoescape=True)
        statement = statement.where(or_(like, row.family == query.text))
    return statement


def _read(row: Row[Any]) -> UseRead:
    return UseRead(
        key=BaseKey(row.registry_id, row.chain),
        registry=row.registry,
        name=row.name,
        family=row.family,
        size_bytes=row.size_bytes,
        repositories=row.repositories,
        images=row.images,
        versions=row.versions or 1,
        body=row.body,
    )
