"""From when on history is kept, and what stays of the months before that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import import_module

from sqlalchemy import Connection, select

from auditor.domain.errors import UsageError
from auditor.domain.ledger import ByteTime, Period
from auditor.store.batches import table_of
from auditor.store.counted import IS_COUNTED
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import RepositoryMonthRow

_STREAM_ROWS = 2_000


def load_kept_from(connection: Connection, registry_id: int) -> datetime | None:
    """The moment from which a registry's history is kept; None where all of it is."""
    query = select(RegistryRow.history_from).where(RegistryRow.id == registry_id)
    return connection.execute(query).scalar_one_or_none()


def load_horizons(connection: Connection, registry: str = "") -> tuple[tuple[str, datetime], ...]:
    """Counted registries of which history was removed, or that one, and from when on it is kept.

    The latest first.
    """
    query = select(RegistryRow.name, RegistryRow.history_from).where(
        RegistryRow.history_from.is_not(None)
    )
    query = query.where(RegistryRow.name == registry if registry else IS_COUNTED)
    rows = connection.execute(query.order_by(RegistryRow.history_from.desc(), RegistryRow.name))
    return tuple((name, kept_from) for name, kept_from in rows if kept_from is not None)


def save_months(
    connection: Connection, month: datetime, byte_times: Sequence[tuple[int, ByteTime]]
) -> None:
    """What repositories, by id, kept in the month that begins at `month`."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    insert = dialect.insert(table_of(RepositoryMonthRow))
    sizes = ("logical", "stored", "exclusive", "fair_share")
    statement = insert.on_conflict_do_update(
        index_elements=["repository_id", "month"],
        set_={name: insert.excluded[name] for name in sizes},
    )
    rows = [
        {
            "repository_id": key,
            "month": month,
            "logical": kept.logical,
            "stored": kept.stored,
            "exclusive": kept.exclusive,
            "fair_share": kept.fair_share,
        }
        for key, kept in byte_times
    ]
    if rows:
        connection.execute(statement, rows)


def iterate_month(
    connection: Connection, registry_id: int, period: Period
) -> Iterator[tuple[int, str, ByteTime]]:
    """Repositories that kept something in a month before the horizon: id, name, byte-time.

    By name. Raises UsageError for a period that is not one whole month.
    """
    if period != Period.month_of(period.start):
        raise UsageError(
            f"only whole months are kept of {period.name}",
            next_step="ask for the month, or for a period after the horizon (history.keep_months)",
        )
    row = RepositoryMonthRow
    query = (
        select(row.repository_id, RepositoryRow.name)
        .add_columns(row.logical, row.stored, row.exclusive, row.fair_share)
        .join(RepositoryRow, RepositoryRow.id == row.repository_id)
        .where(RepositoryRow.registry_id == registry_id, row.month == period.start)
        .order_by(RepositoryRow.name)
    )
    rows = connection.execute(query, execution_options={"yield_per": _STREAM_ROWS})
    for key, name, *sizes in rows:
        yield key, name, ByteTime(*sizes)
