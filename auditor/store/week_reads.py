"""What a week brought: repositories that grew, findings that came and went."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, TextClause, and_, bindparam, exists, select, text
from sqlalchemy.orm import aliased

from auditor.domain.digest import Digest
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.counted import IN_COUNTED, IS_COUNTED
from auditor.store.finding_reads import FindingPlace
from auditor.store.tables.findings import FindingRow
from auditor.store.tables.places import RegistryRow, RepositoryRow


@dataclass(frozen=True, slots=True)
class GrownInWeek:
    """A repository and its stored bytes at both ends; 0 before where it is new."""

    registry: str
    repository: str
    before_bytes: int
    after_bytes: int


def iterate_growers(
    connection: Connection, start: datetime, end: datetime, least_bytes: int
) -> Iterator[GrownInWeek]:
    """Repositories that store at least so much more at `end` than at `start`, the most first.

    Of counted registries that were known at `start`: what was there before the first crawl
    is no growth.
    """
    values = {"start": start, "end": end, "least": least_bytes}
    for row in connection.execute(_GROWERS, values):
        yield GrownInWeek(row.registry, row.name, row.before_bytes, row.after_bytes)


def load_held_before(
    connection: Connection,
    registry: str,
    repository: str,
    digests: Sequence[Digest],
    moment: datetime,
) -> frozenset[Digest]:
    """Which of these blobs some manifest of the repository kept at a moment."""
    held: set[Digest] = set()
    for chunk in chunks([digest.to_bytes() for digest in digests]):
        values = {"registry": registry, "repository": repository, "moment": moment}
        rows = connection.execute(_HELD, {**values, "digests": chunk})
        held.update(Digest.from_bytes(row.digest) for row in rows)
    return frozenset(held)


def load_new_findings(
    connection: Connection, start: datetime, end: datetime, rules: Collection[str] = ()
) -> tuple[FindingPlace, ...]:
    """Findings there are now and were not at `start`, the biggest first; of all rules for none."""
    row = FindingRow
    query = _places().where(row.until.is_(None), row.since > start, row.since <= end)
    if rules:
        query = query.where(row.rule.in_(rules))
    return _found(connection, query.where(~_same(row).where(_open_at(start)).exists()))


def load_resolved_findings(
    connection: Connection, start: datetime, end: datetime
) -> tuple[FindingPlace, ...]:
    """Findings there were at `start` and are not now, the biggest first."""
    row = FindingRow
    query = _places().where(row.since <= start, row.until > start, row.until <= end)
    return _found(connection, query.where(~_same(row).where(_OTHER.until.is_(None)).exists()))


def has_findings_before(connection: Connection, moment: datetime) -> bool:
    """Whether any finding was known at a moment: something had been analysed."""
    query = select(exists().where(FindingRow.since <= moment))
    return bool(connection.execute(query).scalar_one())


_OTHER = aliased(FindingRow)


def _same(row: type[FindingRow]) -> Select[Any]:
    """Other rows of the same finding: it may end and come again."""
    return select(_OTHER.id).where(
        _OTHER.repository_id == row.repository_id,
        _OTHER.rule == row.rule,
        _OTHER.key == row.key,
        _OTHER.id != row.id,
    )


def _open_at(moment: datetime) -> Any:  # noqa: ANN401 - a condition
    return and_(_OTHER.since <= moment, _OTHER.until > moment)


def _places() -> Select[Any]:
    return (
        select(FindingRow.id, FindingRow.registry_id, RepositoryRow.name)
        .add_columns(RegistryRow.name.label("registry"))
        .join(RepositoryRow, RepositoryRow.id == FindingRow.repository_id)
        .join(RegistryRow, RegistryRow.id == FindingRow.registry_id)
        .where(IS_COUNTED)
        .order_by(FindingRow.priority_bytes.desc(), FindingRow.id)
    )


def _found(connection: Connection, query: Select[Any]) -> tuple[FindingPlace, ...]:
    return tuple(map(_place, connection.execute(query)))


def _place(row: Row[Any]) -> FindingPlace:
    return FindingPlace(row.id, row.registry_id, row.registry, row.name)


def _timed(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=UtcDateTime()) for name in names))


_AT = """COALESCE((
  SELECT e.stored_bytes FROM repository_history AS e
  WHERE e.repository_id = r.id AND e.since <= :{moment}
  ORDER BY e.since DESC LIMIT 1), 0)"""
_GROWERS = _timed(
    f"""
    SELECT * FROM (
      SELECT g.name AS registry, r.name, {_AT.format(moment="start")} AS before_bytes,
        {_AT.format(moment="end")} AS after_bytes
      FROM repository AS r JOIN registry AS g ON g.id = r.registry_id
      WHERE r.id IN (
          SELECT h.repository_id FROM repository_history AS h
          WHERE h.since > :start AND h.since <= :end)
        AND g.first_complete_at <= :start AND {IN_COUNTED.format(registry="r.registry_id")}
    ) AS s
    WHERE s.after_bytes - s.before_bytes >= :least
    ORDER BY s.after_bytes - s.before_bytes DESC, s.registry, s.name
    """,  # noqa: S608 - constant text
    "start",
    "end",
)
_HELD = _timed(
    """
    SELECT DISTINCT b.digest FROM presence AS p
    JOIN repository AS r ON r.id = p.repository_id AND r.name = :repository
    JOIN registry AS g ON g.id = r.registry_id AND g.name = :registry
    JOIN manifest_blob AS m ON m.manifest_id = p.manifest_id
    JOIN blob AS b ON b.id = m.blob_id
    WHERE p.since <= :moment AND (p.until IS NULL OR p.until > :moment) AND b.digest IN :digests
    """,
    "moment",
).bindparams(bindparam("digests", expanding=True))
