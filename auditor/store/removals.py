"""Judges what a crawl did not see any more: when it counts as gone, and from when on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, text, update

from auditor.store.backdating import Backdated, Closed
from auditor.store.batches import chunks, table_of
from auditor.store.columns import UtcDateTime
from auditor.store.state import CrawlMark, mark_repositories_dirty, uncount_manifests
from auditor.store.tables.places import AbsenceRow, PresenceRow, RepositoryRow, TagRow

_RATIO_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Removals:
    """What the end of a crawl took out of the confirmed state, or was kept from taking."""

    tags: int = 0
    repositories: int = 0
    guarded_tags: int = 0


def judge_absences(
    connection: Connection,
    mark: CrawlMark,
    *,
    saw_catalogue: bool,
    guard_ratio: float,
    accept: bool,
) -> tuple[Removals, Backdated]:
    """Note what a crawl that came to its end missed; remove what it missed twice.

    The first absence is noted, the next confirms it and dates the removal back to the
    first. `saw_catalogue`: repositories that were not visited are absent. More than
    `guard_ratio` (0 to 1) of the tags of the registry missing: nothing is noted nor
    removed, unless `accept`, which also confirms at once. What was removed is told twice:
    in numbers, and row by row.
    """
    repositories = _missing_repositories(connection, mark) if saw_catalogue else []
    tags = _absent(connection, mark, is_tag=True)
    in_missing = _open_tags(connection, [row.id for row in repositories])
    lost = len(tags) + len(in_missing)
    if lost and not accept and lost > _allowed(connection, mark, guard_ratio):
        return Removals(guarded_tags=lost), Backdated()
    absent = _absent(connection, mark, is_tag=False)
    gone_tags = _confirm_tags(connection, mark, tags, accept=accept)
    gone_manifests = _confirm_presences(connection, mark, absent, accept=accept)
    gone = _confirm_repositories(connection, mark, repositories, accept=accept)
    gone = Backdated(
        (*gone_tags, *gone.tags), (*gone_manifests, *gone.presences), gone.repositories
    )
    return Removals(tags=len(gone.tags), repositories=len(gone.repositories)), gone


def _allowed(connection: Connection, mark: CrawlMark, guard_ratio: float) -> Fraction:
    """How many tags a crawl may miss. Counts every tag: asked only where some are missing."""
    values = {"registry": mark.registry_id, "now": mark.now}
    known = connection.execute(_TAGS_BEFORE, values).scalar_one()
    # 0.29 of a hundred is 29, and not the little less that a float makes of it.
    return Fraction(guard_ratio).limit_denominator(_RATIO_STEPS) * int(known)


_TAGS_BEFORE = text(
    "SELECT COUNT(*) FROM tag JOIN repository ON repository.id = tag.repository_id "
    "WHERE repository.registry_id = :registry AND tag.since < :now "
    "AND (tag.until IS NULL OR tag.until = :now)"  # those moved by this very crawl count too
).bindparams(bindparam("now", type_=UtcDateTime()))


def _missing_repositories(connection: Connection, mark: CrawlMark) -> list[Row[Any]]:
    table = table_of(RepositoryRow)
    query = select(table).where(
        table.c.registry_id == mark.registry_id,
        table.c.removed_at.is_(None),
        table.c.last_crawl_id < mark.crawl_id,
    )
    return list(connection.execute(query))


def _absent(connection: Connection, mark: CrawlMark, *, is_tag: bool) -> list[Row[Any]]:
    table = table_of(TagRow if is_tag else PresenceRow)
    absences = select(AbsenceRow.row_id).where(
        AbsenceRow.crawl_id == mark.crawl_id, AbsenceRow.is_tag.is_(is_tag)
    )
    query = select(table).where(table.c.id.in_(absences), table.c.until.is_(None))
    return list(connection.execute(query))


def _open_tags(connection: Connection, repositories: Iterable[int]) -> list[Row[Any]]:
    return _open_rows(connection, TagRow, repositories)


def _open_rows(
    connection: Connection, row_class: type[TagRow | PresenceRow], repositories: Iterable[int]
) -> list[Row[Any]]:
    table = table_of(row_class)
    return [
        row
        for chunk in chunks(repositories)
        for row in connection.execute(
            select(table).where(table.c.repository_id.in_(chunk), table.c.until.is_(None))
        )
    ]


def _ends(mark: CrawlMark, rows: Iterable[Row[Any]], *, accept: bool) -> dict[datetime, list[Any]]:
    """Rows whose absence is confirmed, by the moment it began."""
    ends: dict[datetime, list[Any]] = defaultdict(list)
    for row in rows:
        if row.missing_since is not None:
            ends[row.missing_since].append(row)
        elif accept:
            ends[mark.now].append(row)
    return ends


def _confirm_tags(
    connection: Connection, mark: CrawlMark, rows: list[Row[Any]], *, accept: bool
) -> list[Closed]:
    _note_missing(connection, mark, TagRow, rows)
    closed: list[Closed] = []
    for until, confirmed in _ends(mark, rows, accept=accept).items():
        closed += _close(connection, TagRow, confirmed, until)
    mark_repositories_dirty(connection, {row.repository_id for row in closed})
    return closed


def _confirm_presences(
    connection: Connection, mark: CrawlMark, rows: list[Row[Any]], *, accept: bool
) -> list[Closed]:
    _note_missing(connection, mark, PresenceRow, rows)
    closed: list[Closed] = []
    for until, confirmed in _ends(mark, rows, accept=accept).items():
        closed += _close(connection, PresenceRow, confirmed, until)
        _uncount(connection, confirmed)
    return closed


def _uncount(connection: Connection, presences: Iterable[Row[Any]]) -> None:
    by_repository: dict[int, list[int]] = defaultdict(list)
    for row in presences:
        by_repository[row.repository_id].append(row.manifest_id)
    for repository_id, manifests in by_repository.items():
        uncount_manifests(connection, repository_id, manifests)


def _note_missing(
    connection: Connection,
    mark: CrawlMark,
    row_class: type[TagRow | PresenceRow | RepositoryRow],
    rows: Iterable[Row[Any]],
) -> None:
    table = table_of(row_class)
    for chunk in chunks([row.id for row in rows if row.missing_since is None]):
        connection.execute(
            update(table).where(table.c.id.in_(chunk)).values(missing_since=mark.now)
        )


def _close(
    connection: Connection,
    row_class: type[TagRow | PresenceRow],
    rows: Iterable[Row[Any]],
    until: datetime,
) -> list[Closed]:
    """End rows at `until`, or where their own absence was noted before, then."""
    table = table_of(row_class)
    earlier = func.coalesce(table.c.missing_since, until)
    closed = [Closed(row.id, row.repository_id, row.missing_since or until) for row in rows]
    for chunk in chunks([row.row_id for row in closed]):
        connection.execute(update(table).where(table.c.id.in_(chunk)).values(until=earlier))
    return closed


def _confirm_repositories(
    connection: Connection, mark: CrawlMark, rows: list[Row[Any]], *, accept: bool
) -> Backdated:
    _note_missing(connection, mark, RepositoryRow, rows)
    tags: list[Closed] = []
    presences: list[Closed] = []
    removed: list[Closed] = []
    for until, confirmed in _ends(mark, rows, accept=accept).items():
        ids = [row.id for row in confirmed]
        tags += _close(connection, TagRow, _open_tags(connection, ids), until)
        held = _open_rows(connection, PresenceRow, ids)
        presences += _close(connection, PresenceRow, held, until)
        _uncount(connection, held)
        for chunk in chunks(ids):
            connection.execute(
                update(table_of(RepositoryRow))
                .where(RepositoryRow.id.in_(chunk))
                .values(removed_at=until, is_incomplete=False)
            )
        mark_repositories_dirty(connection, ids)
        removed += [Closed(key, key, until) for key in ids]
    return Backdated(tuple(tags), tuple(presences), tuple(removed))
