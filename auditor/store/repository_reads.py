"""Why one repository is as big as it is: its tags, blobs and neighbours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, text

from auditor.domain.digest import Digest
from auditor.domain.manifest import ManifestKind
from auditor.domain.platform import Platform
from auditor.domain.views import HistoryPoint, SizeConflict, TagView
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.manifest_graph import nearest_first
from auditor.store.past import NOW, OPEN_AT, is_open
from auditor.store.tables.facts import (
    BlobRow,
    ImageRow,
    ManifestBlobRow,
    ManifestChildRow,
    ManifestRow,
)
from auditor.store.tables.places import PresenceRow, TagRow
from auditor.store.tables.totals import RepositoryHistoryRow

_MANIFESTS_COMPARED = 5_000


@dataclass(frozen=True, slots=True)
class _Node:
    """A manifest in a repository: its kind, its children in order and its own blobs."""

    digest: bytes
    kind: str
    children: tuple[int, ...]
    blobs: frozenset[int]


def count_tags(connection: Connection, repository_id: int, at: datetime | None = None) -> int:
    """How many tags the repository has now, or had `at` a moment."""
    query = (
        select(func.count())
        .select_from(TagRow)
        .where(TagRow.repository_id == repository_id, is_open(TagRow, at))
    )
    return int(connection.execute(query).scalar_one())


def load_tags(
    connection: Connection,
    repository_id: int,
    wanted: Platform,
    *,
    offset: int,
    limit: int,
    at: datetime | None = None,
) -> tuple[TagView, ...]:
    """One page of a repository's tags: newest first by config date, else by first sight.

    Those of now, or of `at` a moment.
    """
    values = {"repository": repository_id, "offset": offset, "limit": limit, "at": at or NOW}
    rows = connection.execute(_TAG_PAGE, values).all()
    roots = [row.manifest_id for row in rows if row.manifest_id]
    graph = _load_graph(connection, repository_id, roots, at)
    images = _load_images(connection, graph)
    pulls = _pull_bytes(connection, images)
    only_here = _bytes_by_single_tag(connection, repository_id, at)
    return tuple(_tag(row, graph, images, pulls, only_here, wanted) for row in rows)


_TAGS = text(
    f"""
    SELECT t.name, t.manifest_id, t.since, t.missing_since, b.digest, m.kind,
      COALESCE(i.created_at, (
        SELECT MAX(ci.created_at) FROM manifest_child AS c
        JOIN image AS ci ON ci.manifest_id = c.child_id
        WHERE c.manifest_id = t.manifest_id)) AS created_at
    FROM tag AS t
    LEFT JOIN blob AS b ON b.id = t.manifest_id
    LEFT JOIN manifest AS m ON m.id = t.manifest_id
    LEFT JOIN image AS i ON i.manifest_id = t.manifest_id
    WHERE t.repository_id = :repository AND {OPEN_AT.format(row="t")}
    ORDER BY COALESCE(i.created_at, (
        SELECT MAX(ci.created_at) FROM manifest_child AS c
        JOIN image AS ci ON ci.manifest_id = c.child_id
        WHERE c.manifest_id = t.manifest_id), t.since) DESC, t.name
    LIMIT :limit OFFSET :offset
    """  # noqa: S608 - constant text
)
_TAG_PAGE = _TAGS.bindparams(bindparam("at", type_=UtcDateTime())).columns(
    since=UtcDateTime(), missing_since=UtcDateTime(), created_at=UtcDateTime()
)


def _tag(
    row: Row[Any],
    graph: Mapping[int, _Node],
    images: Mapping[int, Platform],
    pulls: Mapping[int, int],
    only_here: Mapping[str, int] | None,
    wanted: Platform,
) -> TagView:
    members = [key for key in _closure(graph, row.manifest_id) if key in images]
    chosen = next((key for key in members if images[key].satisfies(wanted)), None)
    if chosen is None and len(members) == 1:
        chosen = members[0]
    return TagView(
        tag=row.name,
        digest=Digest.from_bytes(row.digest) if row.digest is not None else None,
        kind=row.kind or "",
        platforms=tuple(images[key] for key in members if images[key].os),
        pull_bytes=pulls.get(chosen) if chosen is not None else None,
        added_bytes=only_here.get(row.name, 0) if only_here is not None else None,
        since=row.since,
        created_at=row.created_at,
        is_missing=row.missing_since is not None,
    )


def _closure(graph: Mapping[int, _Node], start: int | None) -> list[int]:
    """The manifest and everything below it that is here, nearest first."""
    if start is None or start not in graph:
        return []
    children = {key: node.children for key, node in graph.items()}
    digests = {key: node.digest for key, node in graph.items()}
    return [key for key in nearest_first(start, children, digests) if key in graph]


def _load_graph(
    connection: Connection, repository_id: int, roots: Collection[int], at: datetime | None
) -> dict[int, _Node]:
    """What the repository holds, or held `at` a moment, of what lies below the roots."""
    graph: dict[int, _Node] = {}
    level = set(roots)
    while level:
        held = _held_among(connection, repository_id, level, at)
        graph |= _load_nodes(connection, held)
        level = {child for key in held for child in graph[key].children} - set(graph)
    return graph


def _held_among(
    connection: Connection, repository_id: int, manifests: Iterable[int], at: datetime | None
) -> set[int]:
    held = select(PresenceRow.manifest_id).where(
        PresenceRow.repository_id == repository_id, is_open(PresenceRow, at)
    )
    return {
        key
        for chunk in chunks(manifests)
        for key in connection.execute(held.where(PresenceRow.manifest_id.in_(chunk))).scalars()
    }


def _load_nodes(connection: Connection, keys: Iterable[int]) -> dict[int, _Node]:
    found: dict[int, tuple[bytes, str]] = {}
    children: dict[int, list[int]] = defaultdict(list)
    blobs: dict[int, set[int]] = defaultdict(set)
    for chunk in chunks(keys):
        manifest, child, blob = ManifestRow, ManifestChildRow, ManifestBlobRow
        query = (
            select(manifest.id, BlobRow.digest, manifest.kind)
            .join(BlobRow, BlobRow.id == manifest.id)
            .where(manifest.id.in_(chunk))
        )
        found.update((key, (digest, kind)) for key, digest, kind in connection.execute(query))
        listed = select(child.manifest_id, child.child_id).where(child.manifest_id.in_(chunk))
        for key, child_id in connection.execute(listed.order_by(child.position)):
            children[key].append(child_id)
        stored = select(blob.manifest_id, blob.blob_id).where(
            blob.manifest_id.in_(chunk), blob.is_foreign.is_(False)
        )
        for key, blob_id in connection.execute(stored):
            blobs[key].add(blob_id)
    return {
        key: _Node(digest, kind, tuple(children[key]), frozenset(blobs[key]))
        for key, (digest, kind) in found.items()
    }


def _load_images(connection: Connection, keys: Iterable[int]) -> dict[int, Platform]:
    """Platform of each image among `keys`; empty parts where its config was not readable."""
    found: dict[int, Platform] = {}
    image = ImageRow
    for chunk in chunks(keys):
        query = select(image.manifest_id, image.os, image.architecture, image.variant)
        for key, *platform in connection.execute(query.where(image.manifest_id.in_(chunk))):
            found[key] = Platform(*platform)
    return found


def _pull_bytes(connection: Connection, manifests: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in chunks(manifests):
        rows = connection.execute(_PULL_BYTES, {"manifests": chunk})
        found.update((row.manifest_id, row.pull_bytes) for row in rows)
    return found


_PULL_BYTES = text(
    """
    SELECT manifest_id, CAST(SUM(size_bytes) AS BIGINT) AS pull_bytes FROM (
      SELECT DISTINCT mb.manifest_id, mb.blob_id, b.size_bytes
      FROM manifest_blob AS mb JOIN blob AS b ON b.id = mb.blob_id
      WHERE mb.manifest_id IN :manifests) AS parts
    GROUP BY manifest_id
    """
).bindparams(bindparam("manifests", expanding=True))


def _bytes_by_single_tag(
    connection: Connection, repository_id: int, at: datetime | None
) -> dict[str, int] | None:
    """Bytes that exactly one tag of the repository reaches; None for very large ones."""
    presence, tag = PresenceRow, TagRow
    held = select(presence.manifest_id).where(
        presence.repository_id == repository_id, is_open(PresenceRow, at)
    )
    manifests = connection.execute(held.limit(_MANIFESTS_COMPARED + 1)).scalars().all()
    if len(manifests) > _MANIFESTS_COMPARED:
        return None
    graph = _load_nodes(connection, manifests)
    listed = select(tag.name, tag.manifest_id).where(
        tag.repository_id == repository_id, is_open(TagRow, at)
    )
    reach = {name: set(_closure(graph, key)) for name, key in connection.execute(listed)}
    taggers = Counter(key for closure in reach.values() for key in closure)
    holders: Counter[int] = Counter()
    for key, node in graph.items():
        if taggers[key] == 0:
            holders.update(node.blobs)
    for closure in reach.values():
        holders.update({blob for key in closure for blob in graph[key].blobs})
    single = [blob for blob, count in holders.items() if count == 1]
    sizes = _blob_sizes(connection, single)
    return {
        name: sum(sizes.get(blob, 0) for blob in {b for key in closure for b in graph[key].blobs})
        for name, closure in reach.items()
    }


def _blob_sizes(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    blob = BlobRow
    return {
        key: size
        for chunk in chunks(keys)
        for key, size in connection.execute(
            select(blob.id, blob.size_bytes).where(blob.id.in_(chunk))
        )
    }


def count_untagged_images(
    connection: Connection, repository_id: int, at: datetime | None = None
) -> int:
    """Images the repository holds, or held `at` a moment, that no tag reaches any more."""
    query = (
        select(PresenceRow.manifest_id)
        .join(ManifestRow, ManifestRow.id == PresenceRow.manifest_id)
        .where(
            PresenceRow.repository_id == repository_id,
            is_open(PresenceRow, at),
            ManifestRow.kind == ManifestKind.IMAGE.value,
        )
    )
    tagged = select(TagRow.manifest_id).where(
        TagRow.repository_id == repository_id, is_open(TagRow, at)
    )
    roots = {key for key in connection.execute(tagged).scalars() if key is not None}
    reached = _load_graph(connection, repository_id, roots, at)
    return sum(key not in reached for key in connection.execute(query).scalars())


def load_repository_history(
    connection: Connection, repository_id: int, at: datetime | None = None
) -> tuple[HistoryPoint, ...]:
    """Stored bytes of a repository until now or `at`, one point per change, oldest first."""
    history = RepositoryHistoryRow
    query = (
        select(history.since, history.stored_bytes)
        .where(history.repository_id == repository_id, history.since <= (at or NOW))
        .order_by(history.since)
    )
    return tuple(HistoryPoint(at, stored) for at, stored in connection.execute(query))


def load_conflicts(connection: Connection, repository_id: int) -> tuple[SizeConflict, ...]:
    """Blobs of the repository whose size was stated differently, by digest."""
    rows = connection.execute(_CONFLICTS, {"repository": repository_id})
    claims: dict[bytes, list[int]] = defaultdict(list)
    used: dict[bytes, tuple[int, bool]] = {}
    for row in rows:
        claims[row.digest].append(row.claim)
        used[row.digest] = row.size_bytes, bool(row.is_measured)
    return tuple(
        SizeConflict(Digest.from_bytes(digest), size, tuple(claims[digest]), is_measured)
        for digest, (size, is_measured) in used.items()
    )


_CONFLICTS = text(
    """
    SELECT b.digest, b.size_bytes, b.is_measured, c.size_bytes AS claim
    FROM blob AS b JOIN size_claim AS c ON c.blob_id = b.id
    WHERE b.id IN (
      SELECT rb.blob_id FROM repository_blob AS rb JOIN blob AS o ON o.id = rb.blob_id
      WHERE rb.repository_id = :repository
        AND EXISTS (SELECT 1 FROM size_claim AS s WHERE s.blob_id = rb.blob_id)
      ORDER BY o.digest LIMIT 100)
    ORDER BY b.digest, c.size_bytes
    """
)
