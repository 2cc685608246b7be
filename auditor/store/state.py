"""What a repository holds, from when to when: tags and manifest presences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, insert, select, text, update

from auditor.domain.digest import Digest
from auditor.domain.observation import RepositoryObservation, StorageScope
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.facts import manifest_ids, save_facts
from auditor.store.tables.places import (
    AbsenceRow,
    PresenceRow,
    RepositoryRow,
    StorageScopeRow,
    TagRow,
)
from auditor.store.tables.totals import DirtyRepositoryRow


@dataclass(frozen=True, slots=True)
class CrawlMark:
    """The crawl on whose behalf something is written; `now` is the moment it stands for."""

    crawl_id: int
    registry_id: int
    scope: StorageScope
    now: datetime


def save_repositories(
    connection: Connection, mark: CrawlMark, observations: Sequence[RepositoryObservation]
) -> None:
    """Store what a crawl saw of some repositories; saying it twice changes nothing.

    Absences are only noted: `crawls.finish_crawl` judges them. A part of a repository
    (`is_complete` false) adds and never notes an absence.
    """
    save_facts(
        connection,
        [manifest for seen in observations for manifest in seen.manifests],
        [config for seen in observations for config in seen.configs],
    )
    for observation in observations:
        _save_repository(connection, mark, observation)


def _save_repository(
    connection: Connection, mark: CrawlMark, observation: RepositoryObservation
) -> None:
    repository_id, scope_id = _repository(connection, mark, observation)
    targets = [digest for digest in observation.tags.values() if digest is not None]
    ids = manifest_ids(connection, observation.reached.union(targets))
    _save_presences(connection, mark, observation, repository_id, scope_id, ids)
    _save_tags(connection, mark, observation, repository_id, ids)


def _repository(
    connection: Connection, mark: CrawlMark, observation: RepositoryObservation
) -> tuple[int, int]:
    name = observation.repository
    scope_id = scope_id_for(connection, mark.registry_id, mark.scope.name_for(name))
    query = select(RepositoryRow.__table__).where(
        RepositoryRow.registry_id == mark.registry_id, RepositoryRow.name == name
    )
    row = connection.execute(query).first()
    if row is None:
        values = {
            "registry_id": mark.registry_id,
            "scope_id": scope_id,
            "name": name,
            "since": mark.now,
            "last_crawl_id": mark.crawl_id,
            "is_incomplete": _is_incomplete(observation),
        }
        connection.execute(insert(table_of(RepositoryRow)).values(values))
        row = connection.execute(query).one()
        mark_repositories_dirty(connection, [row.id])
        return row.id, scope_id
    if row.removed_at is not None:
        mark_repositories_dirty(connection, [row.id])
    connection.execute(
        update(table_of(RepositoryRow))
        .where(RepositoryRow.id == row.id)
        .values(
            last_crawl_id=max(row.last_crawl_id, mark.crawl_id),
            removed_at=None,
            missing_since=None,
            is_incomplete=_is_incomplete(observation),
        )
    )
    return row.id, row.scope_id


def _is_incomplete(observation: RepositoryObservation) -> bool:
    """Whether there may be more than was seen; a part is put right by the whole after it."""
    is_whole = observation.is_complete and not observation.is_limited
    return bool(observation.problems) or not is_whole


def scope_id_for(connection: Connection, registry_id: int, name: str) -> int:
    """The id of a registry's storage scope of that name, made if new."""
    insert_new(connection, StorageScopeRow, [{"registry_id": registry_id, "name": name}])
    query = select(StorageScopeRow.id).where(
        StorageScopeRow.registry_id == registry_id, StorageScopeRow.name == name
    )
    return connection.execute(query).scalar_one()


def mark_repositories_dirty(connection: Connection, repositories: Iterable[int]) -> None:
    """Have the next rollup recompute these repositories' totals."""
    rows = [{"repository_id": repository_id} for repository_id in sorted(repositories)]
    insert_new(connection, DirtyRepositoryRow, rows)


def _save_presences(
    connection: Connection,
    mark: CrawlMark,
    observation: RepositoryObservation,
    repository_id: int,
    scope_id: int,
    ids: Mapping[Digest, int],
) -> None:
    present = _open_presences(connection, repository_id)
    reached = {ids[digest] for digest in observation.reached if digest in ids}
    added = sorted(reached - set(present))
    insert_new(
        connection,
        PresenceRow,
        [
            {
                "repository_id": repository_id,
                "manifest_id": manifest_id,
                "since": mark.now,
                "is_rooted": True,
            }
            for manifest_id in added
        ],
    )
    count_manifests(connection, repository_id, scope_id, added)
    seen_again = [
        row.id
        for row in present.values()
        if row.manifest_id in reached
        and (not row.is_rooted or row.missing_since is not None or row.checked_at is not None)
    ]
    _update_presences(connection, seen_again, is_rooted=True, missing_since=None, checked_at=None)
    if observation.is_complete:
        there = _save_unrooted(connection, mark, observation, present, reached)
        again = _held_before(connection, repository_id, there - set(present) - reached)
        _save_found_again(connection, mark, repository_id, again)
        count_manifests(connection, repository_id, scope_id, again)


def _save_unrooted(
    connection: Connection,
    mark: CrawlMark,
    observation: RepositoryObservation,
    present: Mapping[int, Row[Any]],
    reached: Collection[int],
) -> set[int]:
    """Save what was found and missed without a root; the manifests that were found."""
    unrooted = {key: row for key, row in present.items() if key not in reached}
    checked = manifest_ids(connection, observation.still_there | observation.gone)
    there = {checked[digest] for digest in observation.still_there if digest in checked}
    gone = {checked[digest] for digest in observation.gone if digest in checked}
    newly = [row.id for row in unrooted.values() if row.is_rooted]
    _update_presences(connection, newly, is_rooted=False)
    found = [row.id for key, row in unrooted.items() if key in there]
    _update_presences(connection, found, checked_at=mark.now, missing_since=None)
    lost = [row.id for key, row in unrooted.items() if key in gone]
    _note_absences(connection, mark, lost, is_tag=False)
    return there


def _held_before(connection: Connection, repository_id: int, manifests: Iterable[int]) -> list[int]:
    """Those of the manifests that the repository held at some time."""
    query = select(PresenceRow.manifest_id).where(PresenceRow.repository_id == repository_id)
    held = (
        key
        for chunk in chunks(sorted(manifests))
        for key in connection.execute(query.where(PresenceRow.manifest_id.in_(chunk))).scalars()
    )
    return sorted(set(held))


def _save_found_again(
    connection: Connection, mark: CrawlMark, repository_id: int, manifests: Iterable[int]
) -> None:
    """Begin presences of untagged manifests that a repository held before it was removed."""
    rows = [
        {
            "repository_id": repository_id,
            "manifest_id": manifest_id,
            "since": mark.now,
            "is_rooted": False,
            "checked_at": mark.now,
        }
        for manifest_id in manifests
    ]
    insert_new(connection, PresenceRow, rows)


def _open_presences(connection: Connection, repository_id: int) -> dict[int, Row[Any]]:
    table = table_of(PresenceRow)
    query = select(table).where(table.c.repository_id == repository_id, table.c.until.is_(None))
    return {row.manifest_id: row for row in connection.execute(query)}


def _update_presences(
    connection: Connection, row_ids: Iterable[int], **values: datetime | bool | None
) -> None:
    for chunk in chunks(row_ids):
        connection.execute(
            update(table_of(PresenceRow)).where(PresenceRow.id.in_(chunk)).values(**values)
        )


def _note_absences(
    connection: Connection, mark: CrawlMark, row_ids: Iterable[int], *, is_tag: bool
) -> None:
    rows = [{"crawl_id": mark.crawl_id, "is_tag": is_tag, "row_id": row_id} for row_id in row_ids]
    insert_new(connection, AbsenceRow, rows)


def _save_tags(
    connection: Connection,
    mark: CrawlMark,
    observation: RepositoryObservation,
    repository_id: int,
    ids: Mapping[Digest, int],
) -> None:
    table = table_of(TagRow)
    query = select(table).where(table.c.repository_id == repository_id, table.c.until.is_(None))
    current = {row.name: row for row in connection.execute(query)}
    opened: list[dict[str, Any]] = []
    closed: list[int] = []
    found_again: list[int] = []
    for name, digest in observation.tags.items():
        row = current.get(name)
        target = ids.get(digest) if digest is not None else None
        if row is not None and target in (None, row.manifest_id):
            if row.missing_since is not None:
                found_again.append(row.id)
            continue
        if row is not None:
            closed.append(row.id)
        opened.append(
            {
                "repository_id": repository_id,
                "name": name,
                "manifest_id": target,
                "since": mark.now,
            }
        )
    _update_tags(connection, closed, until=mark.now)
    _update_tags(connection, found_again, missing_since=None)
    insert_new(connection, TagRow, opened)
    if opened:
        mark_repositories_dirty(connection, [repository_id])
    if observation.is_complete:
        absent = [row.id for name, row in current.items() if name not in observation.tags]
        _note_absences(connection, mark, absent, is_tag=True)


def _update_tags(
    connection: Connection, row_ids: Iterable[int], **values: datetime | bool | None
) -> None:
    for chunk in chunks(row_ids):
        connection.execute(update(table_of(TagRow)).where(TagRow.id.in_(chunk)).values(**values))


def count_manifests(
    connection: Connection, repository_id: int, scope_id: int, manifests: Iterable[int]
) -> None:
    """Add manifests to a repository's blob counts; blobs new to it become dirty."""
    for chunk in chunks(manifests):
        values = {"repository": repository_id, "scope": scope_id, "manifests": chunk}
        connection.execute(_DIRTY_NEW_BLOBS, values)
        connection.execute(_COUNT_BLOBS, values)
        mark_repositories_dirty(connection, [repository_id])


def uncount_manifests(connection: Connection, repository_id: int, manifests: Iterable[int]) -> None:
    """Take manifests out of a repository's blob counts; blobs it loses become dirty."""
    for chunk in chunks(manifests):
        values = {"repository": repository_id, "manifests": chunk}
        connection.execute(_UNCOUNT_BLOBS, values)
        connection.execute(_DIRTY_LOST_BLOBS, values)
        connection.execute(_DROP_LOST_BLOBS, values)
        mark_repositories_dirty(connection, [repository_id])


def _with_manifests(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("manifests", expanding=True))


_DIRTY_NEW_BLOBS = _with_manifests(
    """
    INSERT INTO dirty_blob (scope_id, blob_id)
    SELECT DISTINCT CAST(:scope AS BIGINT), mb.blob_id FROM manifest_blob AS mb
    WHERE mb.manifest_id IN :manifests AND NOT mb.is_foreign
      AND NOT EXISTS (
        SELECT 1 FROM repository_blob AS rb
        WHERE rb.repository_id = :repository AND rb.blob_id = mb.blob_id)
    ON CONFLICT DO NOTHING
    """
)
_COUNT_BLOBS = _with_manifests(
    """
    INSERT INTO repository_blob (repository_id, blob_id, scope_id, manifest_count, share_bytes)
    SELECT CAST(:repository AS BIGINT), blob_id, CAST(:scope AS BIGINT),
           COUNT(DISTINCT manifest_id), 0
    FROM manifest_blob
    WHERE manifest_id IN :manifests AND NOT is_foreign
    GROUP BY blob_id
    ON CONFLICT (repository_id, blob_id) DO UPDATE
    SET manifest_count = repository_blob.manifest_count + excluded.manifest_count
    """
)
_UNCOUNT_BLOBS = _with_manifests(
    """
    UPDATE repository_blob SET manifest_count = manifest_count - lost.manifests
    FROM (
      SELECT blob_id, COUNT(DISTINCT manifest_id) AS manifests FROM manifest_blob
      WHERE manifest_id IN :manifests AND NOT is_foreign GROUP BY blob_id) AS lost
    WHERE repository_blob.repository_id = :repository AND repository_blob.blob_id = lost.blob_id
    """
)
_DIRTY_LOST_BLOBS = _with_manifests(
    """
    INSERT INTO dirty_blob (scope_id, blob_id)
    SELECT scope_id, blob_id FROM repository_blob
    WHERE repository_id = :repository AND manifest_count = 0
      AND blob_id IN (SELECT blob_id FROM manifest_blob WHERE manifest_id IN :manifests)
    ON CONFLICT DO NOTHING
    """
)
_DROP_LOST_BLOBS = _with_manifests(
    """
    DELETE FROM repository_blob
    WHERE repository_id = :repository AND manifest_count = 0
      AND blob_id IN (SELECT blob_id FROM manifest_blob WHERE manifest_id IN :manifests)
    """
)
