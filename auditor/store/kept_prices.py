"""Keeps what registries are charged by, month by month, so that the past is not repriced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select

from auditor.domain.ledger import Period
from auditor.domain.price_terms import KeptTerms, PriceTerms
from auditor.store.batches import table_of
from auditor.store.tables.places import RegistryRow
from auditor.store.tables.prices import KeptPriceRow


def load_kept_terms(connection: Connection) -> Mapping[str, tuple[KeptTerms, ...]]:
    """What was kept of every registry, by its name, in the order of time."""
    query = (
        select(RegistryRow.name, KeptPriceRow.since, KeptPriceRow.terms)
        .join(KeptPriceRow, KeptPriceRow.registry_id == RegistryRow.id)
        .order_by(RegistryRow.name, KeptPriceRow.since)
    )
    found: dict[str, tuple[KeptTerms, ...]] = {}
    for name, since, terms in connection.execute(query):
        kept = KeptTerms(since, msgspec.convert(terms, PriceTerms))
        found[name] = (*found.get(name, ()), kept)
    return found


def keep_terms(connection: Connection, registry_id: int, terms: PriceTerms, now: datetime) -> None:
    """Keep the terms for the month of `now` and those to come.

    Earlier months stay as they are. Nothing is written where the same terms hold already.
    """
    month = Period.month_of(now)
    query = (
        select(KeptPriceRow.terms)
        .where(KeptPriceRow.registry_id == registry_id, KeptPriceRow.since < month.end)
        .order_by(KeptPriceRow.since.desc())
        .limit(1)
    )
    document = _document(terms)
    if connection.execute(query).scalar() != document:
        _replace(connection, registry_id, month.start, document)


def apply_terms(connection: Connection, registry: str, terms: PriceTerms, since: datetime) -> None:
    """Charge the registry of this name by the terms from a month on, whatever was kept."""
    query = select(RegistryRow.id).where(RegistryRow.name == registry)
    registry_id = connection.execute(query).scalar_one()
    document = _document(terms)
    _replace(connection, registry_id, since, document)


def _replace(
    connection: Connection, registry_id: int, since: datetime, document: dict[str, object]
) -> None:
    table = table_of(KeptPriceRow)
    connection.execute(
        delete(table).where(table.c.registry_id == registry_id, table.c.since >= since)
    )
    connection.execute(insert(table).values(registry_id=registry_id, since=since, terms=document))


def _document(terms: PriceTerms) -> dict[str, object]:
    """As a JSON column gives it back."""
    document: dict[str, object] = msgspec.json.decode(msgspec.json.encode(terms.as_kept()))
    return document
