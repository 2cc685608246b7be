"""Contents that a storage scope holds more than once, in several repositories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from auditor.domain.digest import DiffId, Digest
from auditor.store.batches import chunks, insert_new
from auditor.store.tables.findings import LayerContentRow

_MOST_COPIES = 100
"""Of an image with more copies than these in a scope, none is loaded: it is everywhere."""


@dataclass(frozen=True, slots=True)
class LayerElsewhereRead:
    """A blob that other repositories of the scope hold; `repository` the first by name."""

    digest: Digest
    size_bytes: int
    diff_id: DiffId
    repository: str


@dataclass(frozen=True, slots=True)
class CopyRead:
    """An image another repository of the scope holds, with the contents of one held here."""

    repository_id: int
    repository: str
    manifest_id: int


def save_layer_contents(connection: Connection, contents: Mapping[int, DiffId]) -> bool:
    """Remember what content blobs have; what is known of a blob stays.

    Whether one came of which another blob is known: then findings of others may change.
    """
    has_twins = False
    for chunk in chunks(sorted(contents.items()), 500):
        blobs = [blob for blob, _ in chunk]
        there = set(connection.execute(_KNOWN, {"blobs": blobs}).scalars())
        new = [{"blob_id": key, "diff_id": of.to_bytes()} for key, of in chunk if key not in there]
        insert_new(connection, LayerContentRow, new)
        keys = [row["blob_id"] for row in new]
        twin = connection.execute(_TWIN, {"blobs": keys}).first() if keys else None
        has_twins = has_twins or twin is not None
    return has_twins


_KNOWN = text("SELECT blob_id FROM layer_content WHERE blob_id IN :blobs").bindparams(
    bindparam("blobs", expanding=True)
)
_TWIN = text(
    """
    SELECT 1 FROM layer_content AS mine
    JOIN layer_content AS twin ON twin.diff_id = mine.diff_id AND twin.blob_id <> mine.blob_id
    WHERE mine.blob_id IN :blobs LIMIT 1
    """
).bindparams(bindparam("blobs", expanding=True))


def load_layers_elsewhere(
    connection: Connection, repository_id: int, scope_id: int
) -> tuple[LayerElsewhereRead, ...]:
    """Blobs of other repositories with contents that this one holds in another blob too.

    Also the blobs held here of these contents, where others hold them. By digest.
    """
    values = {"repository": repository_id, "scope": scope_id}
    return tuple(
        LayerElsewhereRead(
            Digest.from_bytes(row.digest),
            row.size_bytes,
            DiffId.from_bytes(row.diff_id),
            row.repository,
        )
        for row in connection.execute(_ELSEWHERE, values)
    )


# Contents of the repository's layers of which the scope holds a second blob.
_TWICE = """
    SELECT DISTINCT mine.diff_id FROM repository_blob AS rb
    JOIN layer_content AS mine ON mine.blob_id = rb.blob_id
    JOIN layer_content AS twin ON twin.diff_id = mine.diff_id AND twin.blob_id <> mine.blob_id
    JOIN scope_blob AS sb ON sb.scope_id = rb.scope_id AND sb.blob_id = twin.blob_id
    WHERE rb.repository_id = :repository
"""
_ELSEWHERE = text(
    f"""
    SELECT b.digest, b.size_bytes, twin.diff_id, MIN(r.name) AS repository
    FROM ({_TWICE}) AS content
    JOIN layer_content AS twin ON twin.diff_id = content.diff_id
    JOIN blob AS b ON b.id = twin.blob_id
    JOIN repository_blob AS held ON held.blob_id = twin.blob_id AND held.scope_id = :scope
    JOIN repository AS r ON r.id = held.repository_id AND r.removed_at IS NULL
    WHERE held.repository_id <> :repository
    GROUP BY b.digest, b.size_bytes, twin.diff_id ORDER BY b.digest
    """  # noqa: S608 - constant text
)


def load_copies_elsewhere(
    connection: Connection, repository_id: int, scope_id: int
) -> tuple[CopyRead, ...]:
    """Images of other repositories with the contents of one held here, and other digests.

    Where there are any, all images of those contents that other repositories hold, so that
    everyone of them sees the same copies; by repository and manifest. At most 100 of one
    content: of more, none.
    """
    values = {"repository": repository_id, "scope": scope_id, "most": _MOST_COPIES}
    return tuple(
        CopyRead(row.id, row.name, row.manifest_id) for row in connection.execute(_COPIES, values)
    )


# Chains of images held here, now or ever, of which the scope holds another manifest.
_COPIED = """
    SELECT DISTINCT mine.diff_chain FROM presence AS here
    JOIN image AS mine ON mine.manifest_id = here.manifest_id
    JOIN image AS twin ON twin.diff_chain = mine.diff_chain
      AND twin.manifest_id <> mine.manifest_id
    JOIN repository_blob AS held ON held.blob_id = twin.manifest_id AND held.scope_id = :scope
    WHERE here.repository_id = :repository {now}
"""
_COPIES = text(
    f"""
    WITH copied AS ({_COPIED.format(now="AND here.until IS NULL")}),
    copies AS (
      SELECT twin.diff_chain, held.repository_id, twin.manifest_id,
        COUNT(*) OVER (PARTITION BY twin.diff_chain) AS copies
      FROM copied JOIN image AS twin ON twin.diff_chain = copied.diff_chain
      JOIN repository_blob AS held ON held.blob_id = twin.manifest_id AND held.scope_id = :scope)
    SELECT r.id, r.name, copies.manifest_id FROM copies
    JOIN repository AS r ON r.id = copies.repository_id AND r.removed_at IS NULL
    WHERE copies.copies <= :most AND r.id <> :repository
    ORDER BY r.name, copies.manifest_id
    """  # noqa: S608 - constant text
)


def count_holding_manifests(
    connection: Connection, scope_id: int, digests: Iterable[Digest]
) -> dict[Digest, int]:
    """How many manifests hold each of these blobs, each counted once per repository."""
    found: dict[Digest, int] = {}
    for chunk in chunks(sorted({digest.to_bytes() for digest in digests}), 500):
        rows = connection.execute(_HOLDING, {"scope": scope_id, "digests": chunk})
        found.update({Digest.from_bytes(row.digest): int(row.manifests) for row in rows})
    return found


_HOLDING = text(
    """
    SELECT b.digest, SUM(held.manifest_count) AS manifests
    FROM blob AS b JOIN repository_blob AS held ON held.blob_id = b.id AND held.scope_id = :scope
    WHERE b.digest IN :digests GROUP BY b.digest
    """
).bindparams(bindparam("digests", expanding=True))


def find_sharing_contents(connection: Connection, repository_id: int) -> tuple[int, ...]:
    """Other repositories whose findings may change with what this one holds; by id.

    It may be gone. They hold an image of the same contents under another digest, or are the first by name to
    hold a blob of a content that is stored twice, or was until this repository let go of it.
    """
    scope_id = connection.execute(_SCOPE, {"repository": repository_id}).scalar_one_or_none()
    values = {"repository": repository_id, "scope": scope_id}
    return tuple(
        sorted(
            {*connection.execute(_COPYING, values).scalars()}
            | {*connection.execute(_FIRST_HOLDERS, values).scalars()}
        )
    )


_SCOPE = text("SELECT scope_id FROM repository WHERE id = :repository")
_COPYING = text(
    f"""
    SELECT DISTINCT held.repository_id
    FROM ({_COPIED.format(now="")}) AS copied
    JOIN image AS twin ON twin.diff_chain = copied.diff_chain
    JOIN repository_blob AS held ON held.blob_id = twin.manifest_id AND held.scope_id = :scope
    WHERE held.repository_id <> :repository
    """  # noqa: S608 - constant text
)
# Over what the repository holds or ever held.
_FIRST_HOLDERS = text(
    """
    SELECT DISTINCT r.id FROM (
      SELECT twin.blob_id, MIN(other.name) AS name
      FROM (SELECT DISTINCT mb.blob_id FROM presence AS p
            JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id AND mb.role = 2
            WHERE p.repository_id = :repository) AS ever
      JOIN layer_content AS mine ON mine.blob_id = ever.blob_id
      JOIN layer_content AS twin ON twin.diff_id = mine.diff_id
      JOIN repository_blob AS held ON held.blob_id = twin.blob_id AND held.scope_id = :scope
      JOIN repository AS other ON other.id = held.repository_id AND other.id <> :repository
      WHERE EXISTS (SELECT 1 FROM layer_content AS more
                    WHERE more.diff_id = mine.diff_id AND more.blob_id <> mine.blob_id)
      GROUP BY twin.blob_id) AS first
    JOIN repository AS r ON r.name = first.name AND r.scope_id = :scope
    """
)
