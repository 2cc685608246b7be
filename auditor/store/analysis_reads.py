"""What an analysis needs to know of images, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Row, bindparam, func, select, text
from sqlalchemy.orm import aliased

from auditor.domain.digest import DiffId, Digest
from auditor.domain.exactness import Coverage
from auditor.domain.image_config import HistoryEntry
from auditor.domain.platform import Platform
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.image_reads import history_entry
from auditor.store.tables.places import RegistryRow, RepositoryRow


@dataclass(frozen=True, slots=True)
class LayerRead:
    """A layer of an image, as its manifest refers to it; `blob` is its id."""

    blob: int
    digest: Digest
    size_bytes: int
    media_type: str
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class ImageRead:
    """One image manifest, its config and its layers, bottom first.

    `other_bytes`: manifest and config. `config` is the config's digest, the image ID.
    """

    manifest_id: int
    digest: Digest
    platform: Platform | None
    created_at: datetime | None
    annotations: Mapping[str, str]
    labels: Mapping[str, str]
    diff_ids: tuple[DiffId, ...]
    history: tuple[HistoryEntry, ...]
    other_bytes: int
    config: Digest | None
    layers: tuple[LayerRead, ...]


@dataclass(frozen=True, slots=True)
class TaggedRead:
    """A tag of a repository and the image that stands for it."""

    tag: str
    since: datetime
    manifest_id: int
    digest: Digest
    platform: Platform | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class RepositoryRead:
    """A repository to be analysed; `last_crawl_id` tells whether it is still as it was read."""

    repository_id: int
    registry_id: int
    registry: str
    name: str
    scope_id: int
    last_crawl_id: int
    is_reference: bool
    coverage: Coverage


def load_repository(connection: Connection, repository_id: int) -> RepositoryRead | None:
    """The repository, or None where it was removed."""
    return load_repositories(connection, [repository_id]).get(repository_id)


def load_repositories(
    connection: Connection, repositories: Sequence[int]
) -> dict[int, RepositoryRead]:
    """These repositories by id; those that were removed are left out."""
    others = aliased(RepositoryRow)
    incomplete = (
        select(func.count())
        .select_from(others)
        .where(
            others.scope_id == RepositoryRow.scope_id,
            others.id != RepositoryRow.id,
            others.is_incomplete,
            others.removed_at.is_(None),
        )
        .correlate(RepositoryRow)
        .scalar_subquery()
    )
    registry = RegistryRow
    query = (
        select(RepositoryRow.__table__, registry.name.label("registry"), registry.is_reference)
        .add_columns(registry.lists_untagged, registry.lists_repositories)
        .add_columns(incomplete.label("incomplete"))
        .join(registry, registry.id == RepositoryRow.registry_id)
        .where(RepositoryRow.id.in_(repositories), RepositoryRow.removed_at.is_(None))
    )
    return {row.id: _repository(row) for row in connection.execute(query)}


def _repository(row: Row[Any]) -> RepositoryRead:
    return RepositoryRead(
        repository_id=row.id,
        registry_id=row.registry_id,
        registry=row.registry,
        name=row.name,
        scope_id=row.scope_id,
        last_crawl_id=row.last_crawl_id,
        is_reference=row.is_reference,
        coverage=Coverage(
            lists_untagged=row.lists_untagged,
            lists_repositories=row.lists_repositories,
            incomplete_here=row.is_incomplete,
            incomplete_elsewhere=bool(row.incomplete),
        ),
    )


def load_repository_name(connection: Connection, repository_id: int) -> tuple[str, str]:
    """Registry and name of a repository, be it removed."""
    query = select(RegistryRow.name.label("registry"), RepositoryRow.name).join(
        RegistryRow, RegistryRow.id == RepositoryRow.registry_id
    )
    row = connection.execute(query.where(RepositoryRow.id == repository_id)).one()
    return row.registry, row.name


def load_images(connection: Connection, manifests: Collection[int]) -> tuple[ImageRead, ...]:
    """These image manifests, by id; those without an image are left out."""
    found: list[ImageRead] = []
    for chunk in chunks(sorted(manifests), 500):
        layers = _layers(connection, chunk)
        rows = connection.execute(_IMAGES, {"manifests": chunk})
        found += (_image(row, tuple(layers.get(row.manifest_id, ()))) for row in rows)
    return tuple(found)


def _layers(connection: Connection, manifests: Collection[int]) -> Mapping[int, list[LayerRead]]:
    """Layers by manifest; most are layers of many, and made once."""
    layers: dict[int, list[LayerRead]] = defaultdict(list)
    known: dict[tuple[int, int, bool], LayerRead] = {}
    for row in connection.execute(_LAYERS, {"manifests": manifests}):
        manifest_id, blob, digest, size_bytes, media_type_id, media_type, is_foreign = row
        key = blob, media_type_id, is_foreign
        layer = known.get(key)
        if layer is None:
            layer = known[key] = LayerRead(
                blob, Digest.from_bytes(digest), size_bytes, media_type, bool(is_foreign)
            )
        layers[manifest_id].append(layer)
    return layers


_IMAGE_ROWS = text(
    """
    SELECT i.manifest_id, body.digest, i.os, i.architecture, i.variant, i.created_at,
      m.annotations, config.digest AS config_digest, c.labels, c.diff_ids, c.history,
      body.size_bytes + COALESCE(config.size_bytes, 0) AS other_bytes
    FROM image AS i
    JOIN manifest AS m ON m.id = i.manifest_id
    JOIN blob AS body ON body.id = i.manifest_id
    LEFT JOIN blob AS config ON config.id = m.config_id
    LEFT JOIN image_config AS c ON c.id = m.config_id
    WHERE i.manifest_id IN :manifests ORDER BY i.manifest_id
    """
)
_IMAGES = _IMAGE_ROWS.bindparams(bindparam("manifests", expanding=True)).columns(
    created_at=UtcDateTime(), annotations=JSON(), labels=JSON(), diff_ids=JSON(), history=JSON()
)
_LAYERS = text(
    """
    SELECT mb.manifest_id, mb.blob_id, b.digest, b.size_bytes, mt.id AS media_type_id,
      mt.name AS media_type, mb.is_foreign
    FROM manifest_blob AS mb JOIN blob AS b ON b.id = mb.blob_id
    JOIN media_type AS mt ON mt.id = mb.media_type_id
    WHERE mb.manifest_id IN :manifests AND mb.role = 2
    ORDER BY mb.manifest_id, mb.position
    """
).bindparams(bindparam("manifests", expanding=True))


def _image(row: Row[Any], layers: tuple[LayerRead, ...]) -> ImageRead:
    return ImageRead(
        manifest_id=row.manifest_id,
        digest=Digest.from_bytes(row.digest),
        platform=Platform(row.os, row.architecture, row.variant) if row.os else None,
        created_at=row.created_at,
        annotations=row.annotations or {},
        labels=row.labels or {},
        diff_ids=tuple(DiffId(one) for one in row.diff_ids or ()),
        history=tuple(history_entry(entry) for entry in row.history or ()),
        other_bytes=row.other_bytes,
        config=Digest.from_bytes(row.config_digest) if row.config_digest else None,
        layers=layers,
    )


def load_tagged(
    connection: Connection, repository_id: int, platform: Platform
) -> tuple[TaggedRead, ...]:
    """The image of each tag there is now: of this platform, else the first; tags by name."""
    values = {"repository": repository_id}
    found: dict[str, TaggedRead] = {}
    fits: dict[str, bool] = {}
    for row in connection.execute(_TAGGED, values):
        of = Platform(row.os, row.architecture, row.variant) if row.os else None
        is_wanted = of is not None and of.satisfies(platform)
        if row.tag not in found or (is_wanted and not fits[row.tag]):
            digest = Digest.from_bytes(row.digest)
            found[row.tag] = TaggedRead(
                row.tag, row.since, row.manifest_id, digest, of, row.created_at
            )
            fits[row.tag] = is_wanted
    return tuple(found[tag] for tag in sorted(found))


_TAGGED = text(
    """
    WITH RECURSIVE target (name, since, manifest_id, depth, place) AS (
      SELECT t.name, t.since, t.manifest_id, 0, CAST(0 AS BIGINT) FROM tag AS t
      WHERE t.until IS NULL AND t.repository_id = :repository
      UNION
      SELECT target.name, target.since, c.child_id, target.depth + 1, c.position
      FROM target JOIN manifest_child AS c ON c.manifest_id = target.manifest_id
      WHERE target.depth < 8)
    SELECT target.name AS tag, target.since, i.manifest_id, b.digest, i.os, i.architecture,
      i.variant, i.created_at
    FROM target JOIN image AS i ON i.manifest_id = target.manifest_id
    JOIN blob AS b ON b.id = i.manifest_id
    JOIN presence AS p ON p.repository_id = :repository AND p.manifest_id = target.manifest_id
      AND p.until IS NULL
    ORDER BY target.name, target.depth, target.place, b.digest
    """
).columns(since=UtcDateTime(), created_at=UtcDateTime())


@dataclass(frozen=True, slots=True)
class MovedTag:
    """A tag that named a base once and names another image now."""

    base_id: int
    name: str
    manifest_id: int


def load_moved_tags(connection: Connection, bases: Iterable[int]) -> tuple[MovedTag, ...]:
    """What tags of these bases name now, where that is something else; `registry/name:tag`."""
    return tuple(
        MovedTag(row.base_id, f"{row.registry}/{row.repository}:{row.tag}", row.current_id)
        for chunk in chunks(sorted(set(bases)), 500)
        for row in connection.execute(_MOVED, {"manifests": chunk})
    )


# CROSS JOIN keeps SQLite from looking through every tag that ever ended.
_MOVED = text(
    """
    WITH RECURSIVE above (base_id, named_id, depth) AS (
      SELECT id, id, 0 FROM manifest WHERE id IN :manifests
      UNION
      SELECT above.base_id, c.manifest_id, above.depth + 1
      FROM above JOIN manifest_child AS c ON c.child_id = above.named_id
      WHERE above.depth < 8)
    SELECT DISTINCT above.base_id, g.name AS registry, r.name AS repository, t.name AS tag,
      now.manifest_id AS current_id
    FROM above CROSS JOIN tag AS t
    JOIN tag AS now ON now.repository_id = t.repository_id AND now.name = t.name
      AND now.until IS NULL AND now.manifest_id <> t.manifest_id
    JOIN repository AS r ON r.id = t.repository_id
    JOIN registry AS g ON g.id = r.registry_id
    WHERE t.manifest_id = above.named_id AND t.until IS NOT NULL
    ORDER BY above.base_id, registry, repository, tag
    """
).bindparams(bindparam("manifests", expanding=True))


def list_repository_names(connection: Connection) -> tuple[tuple[int, str], ...]:
    """Every repository there is, with its id: which of them hold public bases is in the name."""
    query = select(RepositoryRow.id, RepositoryRow.name).where(RepositoryRow.removed_at.is_(None))
    return tuple((row.id, row.name) for row in connection.execute(query))


def find_repository_ids(connection: Connection, name: str) -> tuple[int, ...]:
    """The repositories of this name, in any registry."""
    query = select(RepositoryRow.id).where(
        RepositoryRow.name == name, RepositoryRow.removed_at.is_(None)
    )
    return tuple(connection.execute(query.order_by(RepositoryRow.id)).scalars())


@dataclass(frozen=True, slots=True)
class PushRead:
    """When a repository came to hold an image, and by which tags; `base_layers` of its base."""

    manifest_id: int
    since: datetime
    tags: tuple[str, ...]
    current_tags: tuple[str, ...]
    base_layers: int


def load_pushes(connection: Connection, repository_id: int) -> tuple[PushRead, ...]:
    """The images a repository holds now; tags of an index are those of its images too.

    `tags`: every tag that ever pointed there, newest first.
    """
    values = {"repository": repository_id}
    tags: dict[int, dict[str, bool]] = defaultdict(dict)
    for row in connection.execute(_TAGS, values):
        named = tags[row.manifest_id]
        named[row.name] = named.get(row.name, False) or bool(row.is_open)
    return tuple(
        PushRead(
            manifest_id=row.manifest_id,
            since=row.since,
            tags=tuple(tags[row.manifest_id]),
            current_tags=tuple(name for name, is_open in tags[row.manifest_id].items() if is_open),
            base_layers=row.base_layers or 0,
        )
        for row in connection.execute(_PUSHES, values)
    )


_TAGS = text(
    """
    WITH RECURSIVE named (name, since, is_open, manifest_id, depth) AS (
      SELECT t.name, t.since, t.until IS NULL, t.manifest_id, 0 FROM tag AS t
      WHERE t.repository_id = :repository AND t.manifest_id IS NOT NULL
      UNION
      SELECT named.name, named.since, named.is_open, c.child_id, named.depth + 1
      FROM named JOIN manifest_child AS c ON c.manifest_id = named.manifest_id
      WHERE named.depth < 8)
    SELECT manifest_id, name, is_open FROM named ORDER BY manifest_id, since DESC, name
    """
)
_PUSHES = text(
    """
    SELECT p.manifest_id, p.since, a.base_layers
    FROM presence AS p JOIN image AS i ON i.manifest_id = p.manifest_id
    LEFT JOIN image_analysis AS a ON a.manifest_id = p.manifest_id
    WHERE p.repository_id = :repository AND p.until IS NULL ORDER BY p.manifest_id
    """
).columns(since=UtcDateTime())
