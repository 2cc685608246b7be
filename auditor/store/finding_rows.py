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


@dataclass(frozen=True, slots=True)
class RepositoryResult:
    """What the analysis of one repository gave; `potential` None for one nobody is told of."""

    repository_id: int
    registry_id: int
    rows: Sequence[KeptRow] = ()
    potential: Potential | None = None


def save_repositories(
    connection: Connection, results: Sequence[RepositoryResult], now: datetime
) -> None:
    """What was found in these repositories, which are different ones, is what there is now."""
    _save_findings(connection, results, now)
    _save_potentials(connection, results, now)


def _save_findings(
    connection: Connection, results: Sequence[RepositoryResult], now: datetime
) -> None:
    """New findings open, others end, the rest is renewed."""
    table = table_of(FindingRow)
    query = select(table.c.id, table.c.repository_id, table.c.rule, table.c.key).where(
        table.c.repository_id.in_([one.repository_id for one in results]), table.c.until.is_(None)
    )
    there = {(row.repository_id, row.rule, row.key): row.id for row in connection.execute(query)}
    new: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for one in results:
        where = {"repository_id": one.repository_id, "registry_id": one.registry_id, "since": now}
        for row in {(row.rule, row.key): row for row in one.rows}.values():
            finding_id = there.pop((one.repository_id, row.rule, row.key), None)
            if finding_id is None:
                new.append({**where, "rule": row.rule, "key": row.key, **_values(row)})
            else:
                known.append({"finding_id": finding_id, **_values(row)})
    for gone in chunks(there.values()):
        connection.execute(update(table).where(table.c.id.in_(gone)).values(until=now))
    if new:
        connection.execute(insert(table), new)
    if known:
        connection.execute(update(table).where(table.c.id == bindparam("finding_id")), known)


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


def _save_potentials(
    connection: Connection, results: Sequence[RepositoryResult], now: datetime
) -> None:
    """What the repositories' findings save together, for rankings too."""
    table, total = table_of(RepositoryPotentialRow), table_of(RepositoryTotalRow)
    keys = [one.repository_id for one in results]
    connection.execute(delete(table).where(table.c.repository_id.in_(keys)))
    found = [
        {
            "repository_id": one.repository_id,
            "pull_saving_bytes": one.potential.pull_saving_bytes,
            "stored_saving_bytes": one.potential.stored_saving_bytes,
            "priority_bytes": one.potential.priority_bytes,
            "analysed_at": now,
        }
        for one in results
        if one.potential is not None
    ]
    insert_new(connection, RepositoryPotentialRow, found)
    if found:
        statement = update(total).where(total.c.repository_id == bindparam("key"))
        connection.execute(
            statement.values(
                pull_saving_bytes=bindparam("pull"),
                stored_saving_bytes=bindparam("stored"),
                potential_bytes=bindparam("priority"),
            ),
            [
                {
                    "key": row["repository_id"],
                    "pull": row["pull_saving_bytes"],
                    "stored": row["stored_saving_bytes"],
                    "priority": row["priority_bytes"],
                }
                for row in found
            ],
        )


def refresh_savings(connection: Connection) -> None:
    """Sum up per registry what all findings free, and when that was; after an analysis."""
    connection.execute(_REFRESH)


_REFRESH = text(
    """
    UPDATE registry_total SET
      stored_saving_bytes = (
        SELECT CAST(SUM(t.stored_saving_bytes) AS BIGINT) FROM repository_total AS t
        WHERE t.registry_id = registry_total.registry_id),
      analysed_at = (
        SELECT MAX(o.analysed_at) FROM repository_potential AS o
        JOIN repository AS r ON r.id = o.repository_id
        WHERE r.registry_id = registry_total.registry_id)
    """
)
