"""What is stored of a repository, as a crawl wants to know it before it begins."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from auditor.domain.digest import Digest
from auditor.domain.observation import KnownRepository
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.places import PresenceRow, RepositoryRow, TagRow

_REMOVED_LATELY = timedelta(days=28)
"""As long as the least history that is ever kept: what is older may have been removed."""


def known_repository(
    connection: Connection,
    registry_id: int,
    repository: str,
    *,
    now: datetime,
    recheck_after: timedelta,
) -> KnownRepository:
    """What is stored about a repository, as a crawl wants to know it; empty if new."""
    query = select(RepositoryRow.id, RepositoryRow.removed_at).where(
        RepositoryRow.registry_id == registry_id, RepositoryRow.name == repository
    )
    row = connection.execute(query).first()
    if row is None:
        return KnownRepository()
    repository_id = row.id
    tags = (
        select(TagRow.name, BlobRow.digest)
        .outerjoin(BlobRow, BlobRow.id == TagRow.manifest_id)
        .where(TagRow.repository_id == repository_id, TagRow.until.is_(None))
    )
    presences = (
        select(BlobRow.digest, PresenceRow.checked_at, PresenceRow.missing_since)
        .join(BlobRow, BlobRow.id == PresenceRow.manifest_id)
        .where(PresenceRow.repository_id == repository_id, PresenceRow.until.is_(None))
        .order_by(PresenceRow.since.desc(), PresenceRow.id.desc())
    )
    manifests: list[Digest] = []
    due: set[Digest] = set()
    for packed, checked_at, missing_since in connection.execute(presences):
        digest = Digest.from_bytes(packed)
        manifests.append(digest)
        if missing_since is not None or checked_at is None or checked_at <= now - recheck_after:
            due.add(digest)
    return KnownRepository(
        tags={
            name: Digest.from_bytes(packed) if packed is not None else None
            for name, packed in connection.execute(tags)
        },
        manifests=tuple(manifests),
        due_for_recheck=frozenset(due),
        before_removal=_held_until(connection, repository_id, row.removed_at, now),
    )


def _held_until(
    connection: Connection, repository_id: int, removed_at: datetime | None, now: datetime
) -> tuple[Digest, ...]:
    """What a repository held until it was removed, if that was lately; else nothing."""
    if removed_at is None or removed_at < now - _REMOVED_LATELY:
        return ()
    query = (
        select(BlobRow.digest)
        .join(PresenceRow, PresenceRow.manifest_id == BlobRow.id)
        .where(PresenceRow.repository_id == repository_id, PresenceRow.until == removed_at)
        .order_by(BlobRow.id)
    )
    return tuple(Digest.from_bytes(packed) for packed in connection.execute(query).scalars())
