"""Byte-time from the histories: what repositories kept during a period, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text

from auditor.domain.exactness import Coverage
from auditor.domain.ledger import ByteTime, Period
from auditor.domain.observation import CrawlOutcome
from auditor.domain.views import HistoryPoint
from auditor.store.columns import UtcDateTime
from auditor.store.counted import IS_COUNTED
from auditor.store.kept import iterate_month, load_kept_from
from auditor.store.tables.places import CrawlRow, RegistryRow

_MICROSECOND = timedelta(microseconds=1)
_STREAM_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class KnownRegistry:
    """A registry, what can be seen of it, and when crawls that came to their end saw it.

    `kept_from`: only months are known of what was before; None where everything is kept.
    """

    id: int
    name: str
    coverage: Coverage
    crawls: tuple[datetime, ...]
    kept_from: datetime | None = None


def load_known_registries(connection: Connection, period: Period) -> tuple[KnownRegistry, ...]:
    """Every counted registry by name, with its crawls in the period, the last before and the next after.

    Only from the first crawl on that had seen the whole of it.
    """
    query = select(RegistryRow.__table__).where(IS_COUNTED).order_by(RegistryRow.name)
    return tuple(
        KnownRegistry(
            id=row.id,
            name=row.name,
            coverage=Coverage(row.lists_untagged, row.lists_repositories),
            crawls=_crawls(connection, row.id, row.first_complete_at, period),
            kept_from=row.history_from,
        )
        for row in connection.execute(query).all()
    )


def _crawls(
    connection: Connection, registry_id: int, first: datetime | None, period: Period
) -> tuple[datetime, ...]:
    if first is None:
        return ()
    started = CrawlRow.started_at
    ended = select(started).where(
        CrawlRow.registry_id == registry_id,
        CrawlRow.outcome.in_([CrawlOutcome.COMPLETE.value, CrawlOutcome.PARTIAL.value]),
        started >= first,
    )
    parts = (
        ended.where(started <= period.start).order_by(started.desc()).limit(1),
        ended.where(started > period.start, started < period.end).order_by(started),
        ended.where(started >= period.end).order_by(started).limit(1),
    )
    return tuple(moment for part in parts for moment in connection.execute(part).scalars())


def iterate_byte_time(
    connection: Connection, registry_id: int, period: Period, *, now: datetime
) -> Iterator[tuple[str, ByteTime]]:
    """Repositories that kept something during the period up to now, by name.

    The figures of each moment hold until the next, the last until now. Of a time before
    the horizon, months are known: raises UsageError for another period.
    """
    kept_from = load_kept_from(connection, registry_id)
    is_before = kept_from is not None and period.start < kept_from
    found = (
        iterate_month(connection, registry_id, period)
        if is_before
        else iterate_byte_time_by_id(connection, registry_id, period, now=now)
    )
    return ((name, byte_time) for _, name, byte_time in found)


def iterate_byte_time_by_id(
    connection: Connection, registry_id: int, period: Period, *, now: datetime
) -> Iterator[tuple[int, str, ByteTime]]:
    """As `iterate_byte_time`, with ids, and always from the histories."""
    end = min(period.end, now)
    values = {"registry": registry_id, "start": period.start, "end": end}
    rows = connection.execute(_HISTORY, values, execution_options={"yield_per": _STREAM_ROWS})
    for (key, name), group in groupby(rows, key=lambda row: (row.repository_id, row.name)):
        byte_time = _integrate(list(group), period.start, end)
        if byte_time != ByteTime():
            yield key, name, byte_time


def iterate_fair_shares(
    connection: Connection, registry_id: int, start: datetime, end: datetime
) -> Iterator[tuple[str, tuple[HistoryPoint, ...]]]:
    """Fair shares of every repository between two moments, by name.

    The first point says what held at `start`, where the repository was known by then.
    """
    values = {"registry": registry_id, "start": start, "end": end}
    rows = connection.execute(_HISTORY, values, execution_options={"yield_per": _STREAM_ROWS})
    for (_, name), group in groupby(rows, key=lambda row: (row.repository_id, row.name)):
        yield (
            name,
            tuple(HistoryPoint(max(row.since, start), row.fair_share_bytes) for row in group),
        )


def load_registry_byte_time(
    connection: Connection, registry_id: int, period: Period, *, now: datetime
) -> ByteTime:
    """What a whole registry kept during the period up to now: logical and stored."""
    end = min(period.end, now)
    values = {"registry": registry_id, "start": period.start, "end": end}
    rows = connection.execute(_REGISTRY_HISTORY, values).all()
    return _integrate(rows, period.start, end)


def _integrate(rows: Sequence[Row[Any]], start: datetime, end: datetime) -> ByteTime:
    moments = [max(row.since, start) for row in rows] + [end]
    whole = ByteTime()
    for row, (since, until) in zip(rows, pairwise(moments), strict=True):
        length = max(timedelta(0), until - since) // _MICROSECOND
        whole += ByteTime(
            row.logical_bytes * length,
            row.stored_bytes * length,
            row.exclusive_bytes * length,
            row.fair_share_bytes * length,
        )
    return whole


_HISTORY = (
    text(
        """
        SELECT h.repository_id, r.name, h.since, h.logical_bytes, h.stored_bytes,
               h.exclusive_bytes, h.fair_share_bytes
        FROM repository AS r JOIN repository_history AS h ON h.repository_id = r.id
        WHERE r.registry_id = :registry AND h.since < :end AND h.since >= COALESCE((
          SELECT MAX(e.since) FROM repository_history AS e
          WHERE e.repository_id = r.id AND e.since <= :start), :start)
        ORDER BY r.name, h.since
        """
    )
    .bindparams(bindparam("start", type_=UtcDateTime()), bindparam("end", type_=UtcDateTime()))
    .columns(since=UtcDateTime())
)
_REGISTRY_HISTORY = (
    text(
        """
        SELECT h.since, h.logical_bytes, h.stored_bytes, 0 AS exclusive_bytes,
               0 AS fair_share_bytes
        FROM registry_history AS h
        WHERE h.registry_id = :registry AND h.since < :end AND h.since >= COALESCE((
          SELECT MAX(e.since) FROM registry_history AS e
          WHERE e.registry_id = :registry AND e.since <= :start), :start)
        ORDER BY h.since
        """
    )
    .bindparams(bindparam("start", type_=UtcDateTime()), bindparam("end", type_=UtcDateTime()))
    .columns(since=UtcDateTime())
)
