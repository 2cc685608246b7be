"""The findings of one repository: what they are made of, and how they are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from auditor.domain.digest import Digest
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.findings import FindingRow, RepositoryPotentialRow
from auditor.store.tables.totals import RepositoryTotalRow, ScopeBlobRow


@dataclass(frozen=True, slots=True)
class HeldRead:
    """A layer of an image the repository holds now.

    `manifests` of this repository, and `repositories` of the scope, reach the blob; both 0
    for foreign layers, which are stored elsewhere.
    """

    blob: int
    size_bytes: int
    manifests: int
    repositories: int


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A finding of a repository as it is kept; `confidence` 2 for high, 0 for low."""

    rule: str
    key: str
    manifest_id: int
    tag: str
    platform: str
    confidence: int
    images: int
    pull_saving_bytes: int
    stored_saving_bytes: int
    priority_bytes: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Potential:
    """What all findings of a repository save together."""

    pull_saving_bytes: int
    stored_saving_bytes: int
    priority_bytes: int


def load_held_layers(
    connection: Connection, repository_id: int
) -> Mapping[int, tuple[HeldRead, ...]]:
    """The layers of every image that the repository holds, bottom first, by manifest."""
    found: dict[int, list[HeldRead]] = defaultdict(list)
    for row in connection.execute(_HELD, {"repository": repository_id}):
        found[row.manifest_id].append(
            HeldRead(row.blob_id, row.size_bytes, row.manifests, row.repositories)
        )
    return {key: tuple(layers) for key, layers in found.items()}


_HELD = text(
    """
    SELECT mb.manifest_id, mb.blob_id, b.size_bytes,
      CASE WHEN mb.is_foreign THEN 0 ELSE COALESCE(rb.manifest_count, 0) END AS manifests,
      CASE WHEN mb.is_foreign THEN 0 ELSE COALESCE(sb.repositories, 0) END AS repositories
    FROM presence AS p
    JOIN image AS i ON i.manifest_id = p.manifest_id
    JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id AND mb.role = 2
    JOIN blob AS b ON b.id = mb.blob_id
    LEFT JOIN repository_blob AS rb ON rb.repository_id = p.repository_id
      AND rb.blob_id = mb.blob_id
    LEFT JOIN scope_blob AS sb ON sb.scope_id = rb.scope_id AND sb.blob_id = rb.blob_id
    WHERE p.repository_id = :repository AND p.until IS NULL
    ORDER BY mb.manifest_id, mb.position
    """
)


def held_in_scope(
    connection: Connection, scope_id: int, digests: Iterable[Digest]
) -> frozenset[Digest]:
    """Those of these blobs that the storage scope holds."""
    found: set[Digest] = set()
    for chunk in chunks(sorted({digest.to_bytes() for digest in digests}), 500):
        values = {"scope": scope_id, "digests": chunk}
        found.update(map(Digest.from_bytes, connection.execute(_IN_SCOPE, values).scalars()))
    return frozenset(found)


_IN_SCOPE = (
    select(BlobRow.digest)
    .join(ScopeBlobRow, ScopeBlobRow.blob_id == BlobRow.id)
    .where(
        ScopeBlobRow.scope_id == bindparam("scope"),
        BlobRow.digest.in_(bindparam("digests", expanding=True)),
    )
)


def save_findings(
    connection: Connection,
    repository_id: int,
    registry_id: int,
    rows: Sequence[KeptRow],
    now: datetime,
) -> None:
    """These are a repository's findings now: new ones open, others end, the rest is renewed."""
    table = table_of(FindingRow)
    query = select(table.c.id, table.c.rule, table.c.key).where(
        table.c.repository_id == repository_id, table.c.until.is_(None)
    )
    there = {(row.rule, row.key): row.id for row in connection.execute(query)}
    wanted = {(row.rule, row.key): row for row in rows}
    gone = [there[name] for name in there if name not in wanted]
    if gone:
        connection.execute(update(table).where(table.c.id.in_(gone)).values(until=now))
    new = [row for name, row in wanted.items() if name not in there]
    if new:
        where = {"repository_id": repository_id, "registry_id": registry_id, "since": now}
        connection.execute(
            insert(table),
            [{**where, "rule": row.rule, "key": row.key, **_values(row)} for row in new],
        )
    for name, row in wanted.items():
        if name in there:
            connection.execute(
                update(table).where(table.c.id == there[name]).values(**_values(row))
            )


def _values(row: KeptRow) -> dict[str, Any]:
    return {
        "manifest_id": row.manifest_id,
        "tag": row.tag,
        "platform": row.platform,
        "confidence": row.confidence,
        "images": row.images,
        "pull_saving_bytes": row.pull_saving_bytes,
        "stored_saving_bytes": row.stored_saving_bytes,
        "priority_bytes": row.priority_bytes,
        "body": dict(row.body),
    }


def save_potential(
    connection: Connection, repository_id: int, potential: Potential, now: datetime
) -> None:
    """What the repository's findings save together, for rankings too."""
    table = table_of(RepositoryPotentialRow)
    connection.execute(delete(table).where(table.c.repository_id == repository_id))
    values = {
        "pull_saving_bytes": potential.pull_saving_bytes,
        "stored_saving_bytes": potential.stored_saving_bytes,
    }
    insert_new(
        connection,
        RepositoryPotentialRow,
        [
            {
                "repository_id": repository_id,
                "priority_bytes": potential.priority_bytes,
                "analysed_at": now,
                **values,
            }
        ],
    )
    total = table_of(RepositoryTotalRow)
    connection.execute(
        update(total)
        .where(total.c.repository_id == repository_id)
        .values(potential_bytes=potential.priority_bytes, **values)
    )


def end_findings(connection: Connection, repositories: Iterable[int], now: datetime) -> None:
    """What was found in repositories that are gone ends."""
    for repository_id in repositories:
        save_findings(connection, repository_id, 0, (), now)
        table = table_of(RepositoryPotentialRow)
        connection.execute(delete(table).where(table.c.repository_id == repository_id))


def refresh_savings(connection: Connection) -> None:
    """Sum up per registry what all findings free; after an analysis."""
    connection.execute(_REFRESH)


_REFRESH = text(
    """
    UPDATE registry_total SET stored_saving_bytes = (
      SELECT CAST(SUM(t.stored_saving_bytes) AS BIGINT) FROM repository_total AS t
      WHERE t.registry_id = registry_total.registry_id)
    """
)
