"""Histories put right when a crawl learns that something was gone from an earlier moment on.

A removal is confirmed by the second crawl that misses something, and holds from the first.
The rows in between counted what was gone already; they are made anew for the repositories
concerned and for those that share a blob with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, TextClause, bindparam, delete, select, text

from auditor.domain.platform import Platform
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.columns import UtcDateTime
from auditor.store.past import NOTHING, OPEN_AT, PastFigures, figures_at
from auditor.store.tables.totals import RegistryHistoryRow, RepositoryHistoryRow

_Figures = Mapping[int, PastFigures]
_FIGURES = tuple(PastFigures.__dataclass_fields__)
_SUMMED = ("logical_bytes", "stored_bytes", "repositories", "tags", "images")


@dataclass(frozen=True, slots=True)
class Closed:
    """A row that a crawl ended: its id, its repository's, and from when on it was gone."""

    row_id: int
    repository_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Backdated:
    """What a crawl found gone: rows of tag, presence and repository that it ended."""

    tags: tuple[Closed, ...] = ()
    presences: tuple[Closed, ...] = ()
    repositories: tuple[Closed, ...] = ()

    def before(self, now: datetime) -> Backdated:
        """Those that ended before `now`."""
        kept = (
            tuple(closed for closed in rows if closed.until < now)
            for rows in (self.tags, self.presences, self.repositories)
        )
        return Backdated(*kept)


def rewrite_past(
    connection: Connection,
    registry_id: int,
    gone: Backdated,
    *,
    now: datetime,
    platform: Platform,
) -> None:
    """Make the histories of one registry right, from when things went until before `now`.

    Costs what was touched and the repositories that share it, at each moment in between
    at which one of them changed: usually one.
    """
    gone = gone.before(now)
    ends = [closed.until for closed in (*gone.tags, *gone.presences, *gone.repositories)]
    if not ends:
        return
    first = min(ends)
    touched = _touched(connection, gone, first)
    moments = sorted({*ends, *_changes(connection, touched, first, now)})
    removed = {closed.repository_id: closed.until for closed in gone.repositories}
    images = {moment: _lost_images(connection, gone, moment) for moment in moments}
    shifts: dict[datetime, dict[str, int]] = {}
    after: dict[datetime, _Figures] = {}
    for moment in moments:
        before = _recorded(connection, touched, moment)
        then = figures_at(connection, touched, moment, platform)
        after[moment] = _as_they_were(then, before, removed, moment)
        shifts[moment] = _shift(before, after[moment], images[moment])
    _replace_rows(connection, touched, after, now=now)
    _shift_registry(connection, registry_id, shifts, now=now)


def _as_they_were(
    figures: _Figures, recorded: _Figures, removed: Mapping[int, datetime], moment: datetime
) -> _Figures:
    """The figures, and NOTHING for repositories that were not there."""
    there = {
        key
        for key, row in recorded.items()
        if row.is_present and not (key in removed and removed[key] <= moment)
    }
    return {key: found if key in there else NOTHING for key, found in figures.items()}


def _moment(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=UtcDateTime())


def _many(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _touched(connection: Connection, gone: Backdated, first: datetime) -> list[int]:
    """Repositories whose figures may differ: those that lost something, and their sharers."""
    lost = (*gone.tags, *gone.presences, *gone.repositories)
    found = {closed.repository_id for closed in lost}
    for chunk in chunks([closed.row_id for closed in gone.presences]):
        values = {"presences": chunk, "first": first}
        found |= set(connection.execute(_SHARERS, values).scalars())
    return sorted(found)


_SHARERS = text(
    """
    SELECT DISTINCT p.repository_id
    FROM presence AS gone
    JOIN repository AS here ON here.id = gone.repository_id
    JOIN manifest_blob AS lost ON lost.manifest_id = gone.manifest_id AND NOT lost.is_foreign
    JOIN manifest_blob AS mb ON mb.blob_id = lost.blob_id AND NOT mb.is_foreign
    JOIN presence AS p ON p.manifest_id = mb.manifest_id
      AND (p.until IS NULL OR p.until >= :first)
    JOIN repository AS r ON r.id = p.repository_id AND r.scope_id = here.scope_id
    WHERE gone.id IN :presences
    """
).bindparams(_many("presences"), _moment("first"))


def _changes(
    connection: Connection, repositories: Sequence[int], first: datetime, now: datetime
) -> set[datetime]:
    """Moments after the first and before now at which something of theirs began or ended."""
    return {
        moment
        for chunk in chunks(repositories)
        for moment in connection.execute(
            _CHANGES, {"repositories": chunk, "first": first, "now": now}
        ).scalars()
    }


_CHANGES = (
    text(
        " UNION ".join(
            f"SELECT {column} AS moment FROM {table} WHERE repository_id IN :repositories "  # noqa: S608
            f"AND {column} > :first AND {column} < :now"
            for table, column in (
                ("presence", "since"),
                ("presence", "until"),
                ("tag", "since"),
                ("tag", "until"),
                ("repository_history", "since"),
            )
        )
    )
    .bindparams(_many("repositories"), _moment("first"), _moment("now"))
    .columns(moment=UtcDateTime())
)


def _recorded_sql(comparison: str) -> TextClause:
    return text(
        f"""
        SELECT h.* FROM repository_history AS h
        WHERE h.repository_id IN :repositories AND h.since = (
          SELECT MAX(since) FROM repository_history
          WHERE repository_id = h.repository_id AND since {comparison} :at)
        """  # noqa: S608 - constant text
    ).bindparams(_many("repositories"), _moment("at"))


_RECORDED, _RECORDED_BEFORE = _recorded_sql("<="), _recorded_sql("<")


def _recorded(
    connection: Connection,
    repositories: Sequence[int],
    at: datetime,
    statement: TextClause = _RECORDED,
) -> dict[int, PastFigures]:
    """What the histories say of repositories at a moment; nothing where they are silent."""
    return {
        row.repository_id: PastFigures(
            **{name: getattr(row, name) for name in _FIGURES if name != "is_present"},
            is_present=bool(row.is_present),
        )
        for chunk in chunks(repositories)
        for row in connection.execute(statement, {"repositories": chunk, "at": at})
    }


def _replace_rows(
    connection: Connection,
    repositories: Sequence[int],
    after: Mapping[datetime, _Figures],
    *,
    now: datetime,
) -> None:
    first = min(after)
    current = _recorded(connection, repositories, first, _RECORDED_BEFORE)
    table = table_of(RepositoryHistoryRow)
    for chunk in chunks(repositories):
        in_between = table.c.since >= first, table.c.since < now
        connection.execute(delete(table).where(table.c.repository_id.in_(chunk), *in_between))
    rows: list[dict[str, Any]] = []
    for moment, figures in after.items():
        for key, found in figures.items():
            if found != current.get(key, NOTHING):
                rows.append({"repository_id": key, "since": moment, **asdict(found)})
                current[key] = found
    insert_new(connection, RepositoryHistoryRow, rows)


def _shift(before: _Figures, after: _Figures, lost_images: int) -> dict[str, int]:
    """What a registry's figures change by; stored bytes by what fair shares add up to."""
    pairs = [(before.get(key, NOTHING), figures) for key, figures in after.items()]
    return {
        "logical_bytes": sum(new.logical_bytes - old.logical_bytes for old, new in pairs),
        "stored_bytes": sum(new.fair_share_bytes - old.fair_share_bytes for old, new in pairs),
        "repositories": sum(new.is_present - old.is_present for old, new in pairs),
        "tags": sum(new.tags - (old.tags or 0) for old, new in pairs),
        "images": -lost_images,
    }


def _lost_images(connection: Connection, gone: Backdated, at: datetime) -> int:
    """Images that no repository of their storage scope held any more at a moment."""
    lost: set[tuple[int, int]] = set()
    for chunk in chunks([closed.row_id for closed in gone.presences if closed.until <= at]):
        rows = connection.execute(_LOST_IMAGES, {"presences": chunk, "at": at})
        lost |= {(row.scope_id, row.manifest_id) for row in rows}
    return len(lost)


_LOST_IMAGES = text(
    f"""
    SELECT DISTINCT r.scope_id, gone.manifest_id
    FROM presence AS gone
    JOIN repository AS r ON r.id = gone.repository_id
    JOIN manifest AS m ON m.id = gone.manifest_id AND m.kind = 'image'
    WHERE gone.id IN :presences AND NOT EXISTS (
      SELECT 1 FROM presence AS p JOIN repository AS other ON other.id = p.repository_id
      WHERE p.manifest_id = gone.manifest_id AND other.scope_id = r.scope_id
        AND {OPEN_AT.format(row="p")})
    """  # noqa: S608 - constant text
).bindparams(_many("presences"), _moment("at"))


def _shift_registry(
    connection: Connection,
    registry_id: int,
    shifts: Mapping[datetime, Mapping[str, int]],
    *,
    now: datetime,
) -> None:
    """Shift the registry's rows: from each moment on, until the next."""
    first = min(shifts)
    table = table_of(RegistryHistoryRow)
    base = select(table.c.since).where(table.c.registry_id == registry_id, table.c.since <= first)
    newest = base.order_by(table.c.since.desc()).limit(1).scalar_subquery()
    query = select(table).where(table.c.registry_id == registry_id, table.c.since >= newest)
    rows = connection.execute(query.where(table.c.since < now).order_by(table.c.since)).all()
    if not rows:
        return
    boundaries = sorted({*shifts, *(row.since for row in rows if row.since > first)})
    made = [_shifted(rows, shifts, registry_id, moment) for moment in boundaries]
    connection.execute(
        delete(table).where(
            table.c.registry_id == registry_id, table.c.since >= first, table.c.since < now
        )
    )
    insert_new(connection, RegistryHistoryRow, made)


def _shifted(
    rows: Sequence[Row[Any]],
    shifts: Mapping[datetime, Mapping[str, int]],
    registry_id: int,
    moment: datetime,
) -> dict[str, Any]:
    recorded = [row for row in rows if row.since <= moment][-1]
    shift = shifts[max(begin for begin in shifts if begin <= moment)]
    was = {name: getattr(recorded, name) for name in _SUMMED}
    return {
        "registry_id": registry_id,
        "since": moment,
        **{name: None if old is None else old + shift[name] for name, old in was.items()},
    }
