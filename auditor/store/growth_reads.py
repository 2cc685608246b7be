"""Repositories that grew much within a day, with their past: growth out of the ordinary."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, TextClause, bindparam, text

from auditor.domain.views import HistoryPoint
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.counted import IN_COUNTED

_REPOSITORIES_AT_ONCE = 500
# The day in UTC of the moment a row is of.
_DAY = {
    "sqlite": "substr(h.since, 1, 10)",
    "postgresql": "CAST(h.since AT TIME ZONE 'UTC' AS DATE)",
}


@dataclass(frozen=True, slots=True)
class GrownRepository:
    """A repository and its stored bytes, one point per change, oldest first."""

    registry: str
    repository: str
    points: tuple[HistoryPoint, ...]


def find_grown(
    connection: Connection,
    start: datetime,
    end: datetime,
    least_bytes: int,
    registry_id: int | None = None,
) -> tuple[int, ...]:
    """Ids of repositories that grew by `least_bytes` within one UTC day, in order.

    Of the days from `start` to `end`, of one registry or of all that are counted. A first state is no
    growth: nobody knows what was there before.
    """
    statement = _GROWN[connection.dialect.name, registry_id is not None]
    values = {"start": start, "end": end, "least": least_bytes, "registry": registry_id}
    if registry_id is None:
        del values["registry"]
    return tuple(sorted({row.repository_id for row in connection.execute(statement, values)}))


def iterate_stored_histories(
    connection: Connection, repositories: Collection[int], start: datetime, end: datetime
) -> Iterator[GrownRepository]:
    """Stored bytes between two moments, the state at `start` first, by registry and name."""
    found = [
        one
        for chunk in chunks(sorted(repositories), _REPOSITORIES_AT_ONCE)
        for one in _histories(connection, chunk, start, end)
    ]
    yield from sorted(found, key=lambda one: (one.registry, one.repository))


def _histories(
    connection: Connection, repositories: list[int], start: datetime, end: datetime
) -> Iterator[GrownRepository]:
    values = {"repositories": repositories, "start": start, "end": end}
    rows = connection.execute(_HISTORIES, values)
    for _, group in groupby(rows, key=lambda row: row.repository_id):
        of_one = list(group)
        points = (HistoryPoint(max(row.since, start), row.stored_bytes) for row in of_one)
        yield GrownRepository(of_one[0].registry, of_one[0].name, tuple(points))


def _moments(sql: str) -> TextClause:
    return text(sql).bindparams(
        bindparam("start", type_=UtcDateTime()), bindparam("end", type_=UtcDateTime())
    )


def _grown_sql(day: str, of_registry: str) -> TextClause:
    # SQLite keeps the order of a CROSS JOIN: a seek per repository reads the days asked for
    # alone, in half the time that an index over moments takes.
    return _moments(
        f"""
        SELECT s.repository_id FROM (
          SELECT h.repository_id, {day} AS day, h.stored_bytes - COALESCE(
            LAG(h.stored_bytes) OVER (PARTITION BY h.repository_id ORDER BY h.since),
            (SELECT e.stored_bytes FROM repository_history AS e
             WHERE e.repository_id = h.repository_id AND e.since <= :start
             ORDER BY e.since DESC LIMIT 1)) AS step
          FROM repository AS r CROSS JOIN repository_history AS h
          WHERE h.repository_id = r.id AND h.since > :start AND h.since <= :end
            AND {IN_COUNTED.format(registry="r.registry_id")} {of_registry}) AS s
        GROUP BY s.repository_id, s.day HAVING SUM(s.step) >= :least
        """  # noqa: S608 - constant text
    )


_GROWN = {
    (dialect, bool(of_registry)): _grown_sql(day, of_registry)
    for dialect, day in _DAY.items()
    for of_registry in (
        "",
        "AND r.registry_id = :registry",
    )
}
_HISTORIES = (
    _moments(
        """
        SELECT h.repository_id, g.name AS registry, r.name, h.since, h.stored_bytes
        FROM repository_history AS h
        JOIN repository AS r ON r.id = h.repository_id
        JOIN registry AS g ON g.id = r.registry_id
        WHERE h.repository_id IN :repositories AND h.since <= :end AND h.since >= COALESCE((
          SELECT MAX(e.since) FROM repository_history AS e
          WHERE e.repository_id = h.repository_id AND e.since <= :start), :start)
        ORDER BY h.repository_id, h.since
        """
    )
    .bindparams(bindparam("repositories", expanding=True))
    .columns(since=UtcDateTime())
)
