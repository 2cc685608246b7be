"""Rankings and totals, from rollups alone: a page costs the same at any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, union_all

from auditor.domain.exactness import Coverage, Exactness, combine
from auditor.domain.units import Price
from auditor.domain.views import HistoryPoint, RankBy, RankingRow, RankQuery, Sizes, Totals
from auditor.store.batches import ascii_lower, chunks
from auditor.store.counted import IS_COUNTED
from auditor.store.ranking_at import ranking_at, totals_at
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import RegistryHistoryRow, RegistryTotalRow, RepositoryTotalRow

PriceOf = Callable[[str], Price]
_COLUMNS: dict[RankBy, ColumnElement[Any]] = {
    RankBy.SIZE: RepositoryTotalRow.image_bytes.expression,
    RankBy.STORED: RepositoryTotalRow.stored_bytes.expression,
    RankBy.EXCLUSIVE: RepositoryTotalRow.exclusive_bytes.expression,
    RankBy.FAIR_SHARE: RepositoryTotalRow.fair_share_bytes.expression,
    RankBy.LOGICAL: RepositoryTotalRow.logical_bytes.expression,
    RankBy.GROWTH: RepositoryTotalRow.growth_bytes.expression,
    RankBy.TAGS: RepositoryTotalRow.tags.expression,
    RankBy.POTENTIAL: RepositoryTotalRow.potential_bytes.expression,
}
_NULLABLE = frozenset({RankBy.SIZE, RankBy.GROWTH})
_ALIKE_OR_PRICED = frozenset({RankBy.COST, RankBy.TAGS, RankBy.POTENTIAL})
_STREAM_ROWS = 2_000
_MANY_REGISTRIES = 200


def load_ranking(
    connection: Connection, query: RankQuery, price_of: PriceOf
) -> tuple[RankingRow, ...]:
    """Rows of one page, sorted as `query` says; ties by registry and repository name."""
    first = _first_of_each_registry(connection, query, price_of)
    among = replace(query, registry="") if first else query  # they are of that registry
    statement = _ranking(connection, among, price_of).where(*first).offset(query.offset)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    return _rows(connection, connection.execute(statement).all(), price_of)


def load_growers(connection: Connection, limit: int, price_of: PriceOf) -> tuple[RankingRow, ...]:
    """Repositories whose stored bytes grew, the largest growth first; `limit` at most."""
    query = RankQuery(by=RankBy.GROWTH)
    statement = _ranking(connection, query, price_of).where(RepositoryTotalRow.growth_bytes > 0)
    return _rows(connection, connection.execute(statement.limit(limit)).all(), price_of)


def stream_ranking(
    connection: Connection, query: RankQuery, price_of: PriceOf
) -> Iterator[RankingRow]:
    """All matching rows one after another, `limit` and `offset` ignored, in flat memory."""
    statement = _ranking(connection, query, price_of).execution_options(yield_per=_STREAM_ROWS)
    for chunk in chunks(connection.execute(statement), _STREAM_ROWS):
        yield from _rows(connection, chunk, price_of)


def load_repository_row(
    connection: Connection,
    registry: str,
    repository: str,
    price_of: PriceOf,
    at: datetime | None = None,
) -> tuple[int, RankingRow] | None:
    """One repository's id and ranking row, now or `at` a moment; None if it is not there.

    Of a reference too.
    """
    key = (
        select(RepositoryRow.id)
        .join(RegistryRow, RegistryRow.id == RepositoryRow.registry_id)
        .where(RegistryRow.name == registry, RepositoryRow.name == repository)
    )
    figures, _ = _source(at)
    statement = figures.where(RepositoryRow.id == key.scalar_subquery())
    rows = connection.execute(statement).all()
    return (rows[0].repository_id, _rows(connection, rows, price_of)[0]) if rows else None


def count_matches(connection: Connection, query: RankQuery) -> int:
    """How many repositories match `query`, on all pages."""
    figures, _ = _source(query.at)
    rows = _filtered(figures, query).with_only_columns(func.count())
    return int(connection.execute(rows).scalar_one())


def load_totals(
    connection: Connection, registry: str, price_of: PriceOf, at: datetime | None = None
) -> Totals:
    """Sums over one registry, or over all for an empty name; zeros before any crawl.

    Now, or `at` a moment. References add nothing. The cost is unknown (None) when the registries are priced in different currencies.
    """
    statement = (totals_at(at) if at else _totals_now()).where(IS_COUNTED)
    if registry:
        statement = statement.where(RegistryRow.name == registry)
    rows = connection.execute(statement).all()
    prices = {row.name: price_of(row.name) for row in rows} or {"": price_of(registry)}
    currencies = {price.currency for price in prices.values()}
    cost = sum((prices[row.name].monthly_cost(row.stored_bytes) for row in rows), Decimal(0))
    return Totals(
        repositories=sum(row.repositories for row in rows),
        tags=sum(row.tags for row in rows),
        images=sum(row.images for row in rows),
        logical_bytes=sum(row.logical_bytes for row in rows),
        stored_bytes=sum(row.stored_bytes for row in rows),
        exactness=combine(_registry_exactness(row) for row in rows),
        monthly_cost=cost if len(currencies) == 1 else None,
        currency=currencies.pop() if len(currencies) == 1 else "",
        stored_saving_bytes=_savings(rows),
    )


def _totals_now() -> Select[Any]:
    return (
        select(RegistryTotalRow.__table__, RegistryRow.name, RegistryRow.lists_untagged)
        .add_columns(RegistryRow.lists_repositories, _incomplete_in_registry())
        .join(RegistryRow, RegistryRow.id == RegistryTotalRow.registry_id)
    )


def _savings(rows: Sequence[Row[Any]]) -> int | None:
    """What leaves the registries by all findings together; None where none was analysed."""
    known = [
        saving for row in rows if (saving := getattr(row, "stored_saving_bytes", None)) is not None
    ]
    return sum(known) if known else None


def _registry_exactness(row: Row[Any]) -> Exactness:
    whole = row.lists_untagged and row.lists_repositories and not row.incomplete
    return Exactness.EXACT if whole else Exactness.LOWER_BOUND


def _incomplete_in_registry() -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(RepositoryRow)
        .where(
            RepositoryRow.registry_id == RegistryRow.id,
            RepositoryRow.is_incomplete,
            RepositoryRow.removed_at.is_(None),
        )
        .correlate(RegistryRow)
        .scalar_subquery()
        .label("incomplete")
    )


def load_registry_history(
    connection: Connection, registries: Sequence[str]
) -> tuple[HistoryPoint, ...]:
    """Stored bytes of several registries together, one point per change, oldest first."""
    statement = (
        select(RegistryHistoryRow.since, RegistryHistoryRow.registry_id)
        .add_columns(RegistryHistoryRow.stored_bytes)
        .join(RegistryRow, RegistryRow.id == RegistryHistoryRow.registry_id)
        .order_by(RegistryHistoryRow.since)
    )
    latest: dict[int, int] = {}
    points: dict[datetime, int] = {}
    changes = (
        row
        for chunk in chunks(registries)
        for row in connection.execute(statement.where(RegistryRow.name.in_(chunk)))
    )
    for since, registry_id, stored_bytes in sorted(changes, key=lambda row: row.since):
        latest[registry_id] = stored_bytes
        points[since] = sum(latest.values())
    return tuple(HistoryPoint(at, stored) for at, stored in points.items())


def _source(
    at: datetime | None,
) -> tuple[Select[Any], Mapping[RankBy, ColumnElement[Any]]]:
    """Rows with all that a ranking shows, now or at a moment, and the columns to sort by."""
    return ranking_at(at) if at else (_base(), _COLUMNS)


def _base() -> Select[Any]:
    figures = [column for column in RepositoryTotalRow.__table__.c if column.key != "name"]
    return (
        select(*figures, RepositoryRow.name, RegistryRow.name.label("registry"))
        .add_columns(
            RepositoryRow.is_incomplete, RegistryRow.lists_untagged, RegistryRow.lists_repositories
        )
        .join(RepositoryRow, RepositoryRow.id == RepositoryTotalRow.repository_id)
        .join(RegistryRow, RegistryRow.id == RepositoryTotalRow.registry_id)
    )


def _filtered(statement: Select[Any], query: RankQuery) -> Select[Any]:
    statement = statement.where(IS_COUNTED)
    if query.registry:
        statement = statement.where(RegistryRow.name == query.registry)
    if query.text:
        name = func.lower(RepositoryRow.name)
        statement = statement.where(name.contains(ascii_lower(query.text), autoescape=True))
    return statement


def _ranking(connection: Connection, query: RankQuery, price_of: PriceOf) -> Select[Any]:
    figures, columns = _source(query.at)
    return _filtered(figures, query).order_by(*_order(connection, query, columns, price_of))


def _order(
    connection: Connection,
    query: RankQuery,
    columns: Mapping[RankBy, ColumnElement[Any]],
    price_of: PriceOf,
) -> tuple[ColumnElement[Any], ...]:
    name: ColumnElement[Any] = RepositoryRow.name.expression
    registry: ColumnElement[Any] = RegistryRow.name.expression
    if query.by is RankBy.NAME:
        return (name.asc() if query.ascending else name.desc(), registry)
    if query.by is RankBy.POTENTIAL and query.at:  # what was found then is not kept
        return (name, registry)
    column = (
        _cost(connection, columns[RankBy.FAIR_SHARE], price_of)
        if query.by is RankBy.COST
        else columns[query.by]
    )
    return (_directed(column, query), registry, name)


def _directed(column: ColumnElement[Any], query: RankQuery) -> ColumnElement[Any]:
    order = column.asc() if query.ascending else column.desc()
    return order.nulls_last() if query.by in _NULLABLE else order


def _first_of_each_registry(
    connection: Connection, query: RankQuery, price_of: PriceOf
) -> tuple[ColumnElement[bool], ...]:
    """A condition that a page's rows meet, where an index per registry finds them fastest.

    That is so within one registry; by tags, which many repositories have the same number
    of; and by cost, which orders by one price within a registry.
    """
    is_within = bool(query.registry) or query.by in _ALIKE_OR_PRICED
    if query.limit is None or query.at or query.text or not is_within:
        return ()
    if query.by is RankBy.COST and min(_rates(connection, price_of).values(), default=0) <= 0:
        return ()  # where storage is free, names alone decide
    names = select(RegistryRow.id).where(IS_COUNTED)
    if query.registry:
        names = names.where(RegistryRow.name == query.registry)
    registries = connection.execute(names).scalars().all()
    if not 0 < len(registries) <= _MANY_REGISTRIES or connection.execute(_UNNAMED).first():
        return ()
    parts = [
        _first_of(registry, query).limit(query.offset + query.limit).subquery()
        for registry in registries
    ]
    found = union_all(*(select(part.c.repository_id) for part in parts))
    return (RepositoryTotalRow.repository_id.in_(found),)


# Rows of the release before this one, which would stand among their equals without order.
_UNNAMED = (
    select(RepositoryTotalRow.repository_id).where(RepositoryTotalRow.name.is_(None)).limit(1)
)


def _first_of(registry_id: int, query: RankQuery) -> Select[Any]:
    """Ids of one registry's repositories in the order of a ranking."""
    key = select(RepositoryTotalRow.repository_id)
    if query.by is RankBy.NAME:
        name: ColumnElement[Any] = RepositoryRow.name.expression
        turned = not query.ascending
        return (
            key.join(RepositoryRow, RepositoryRow.id == RepositoryTotalRow.repository_id)
            .where(RepositoryRow.registry_id == registry_id)
            .order_by(name.desc() if turned else name)
        )
    by = RankBy.FAIR_SHARE if query.by is RankBy.COST else query.by
    return key.where(RepositoryTotalRow.registry_id == registry_id).order_by(
        _directed(_COLUMNS[by], query), RepositoryTotalRow.name
    )


def _cost(
    connection: Connection, fair_share: ColumnElement[Any], price_of: PriceOf
) -> ColumnElement[Any]:
    rates = _rates(connection, price_of)
    if len(set(rates.values())) <= 1:
        return fair_share
    return fair_share * case(
        {name: float(rate) for name, rate in rates.items()}, value=RegistryRow.name
    )


def _rates(connection: Connection, price_of: PriceOf) -> dict[str, Decimal]:
    names = connection.execute(select(RegistryRow.name).where(IS_COUNTED)).scalars().all()
    return {name: price_of(name).monthly_cost(10**12) for name in names}


def _rows(
    connection: Connection, rows: Sequence[Row[Any]], price_of: PriceOf
) -> tuple[RankingRow, ...]:
    incomplete = _incomplete_in_scopes(connection, {row.registry_id for row in rows})
    return tuple(_row(row, incomplete.get(row.scope_id, 0), price_of) for row in rows)


def _incomplete_in_scopes(connection: Connection, registries: set[int]) -> dict[int, int]:
    statement = (
        select(RepositoryRow.scope_id, func.count().label("incomplete"))
        .where(
            RepositoryRow.is_incomplete,
            RepositoryRow.removed_at.is_(None),
            RepositoryRow.registry_id.in_(registries),
        )
        .group_by(RepositoryRow.scope_id)
    )
    return {row.scope_id: row.incomplete for row in connection.execute(statement)}


def _row(row: Row[Any], incomplete_in_scope: int, price_of: PriceOf) -> RankingRow:
    price = price_of(row.registry)
    sizes = Sizes(
        logical_bytes=row.logical_bytes,
        stored_bytes=row.stored_bytes,
        exclusive_bytes=row.exclusive_bytes,
        fair_share_bytes=row.fair_share_bytes,
        coverage=Coverage(
            lists_untagged=row.lists_untagged,
            lists_repositories=row.lists_repositories,
            incomplete_here=row.is_incomplete,
            incomplete_elsewhere=incomplete_in_scope > int(row.is_incomplete),
        ),
    )
    return RankingRow(
        registry=row.registry,
        repository=row.name,
        tags=row.tags,
        images=row.images,
        image_bytes=row.image_bytes,
        image_reference=row.image_tag,
        sizes=sizes,
        monthly_cost=price.monthly_cost(row.fair_share_bytes),
        currency=price.currency,
        growth_bytes=row.growth_bytes,
        is_stale=bool(row.is_incomplete),
        pull_saving_bytes=getattr(row, "pull_saving_bytes", None),
        stored_saving_bytes=getattr(row, "stored_saving_bytes", None),
    )
