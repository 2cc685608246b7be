"""One image as stored: manifest, config, layers in order, and candidates for its base."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextualSelect, bindparam, select, text

from auditor.domain.digest import ChainId, DiffId, Digest
from auditor.domain.image_config import HistoryEntry, ImageConfig
from auditor.domain.platform import Platform
from auditor.domain.views import SizeConflict
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.manifest_graph import load_below
from auditor.store.past import NOW, OPEN_AT, is_open
from auditor.store.tables.facts import BlobRow, ImageConfigRow, ImageRow, ManifestRow, MediaTypeRow
from auditor.store.tables.places import TagRow


@dataclass(frozen=True, slots=True)
class StoredTarget:
    """What a tag or digest of a repository names: a manifest of any kind."""

    registry_id: int
    repository_id: int
    manifest_id: int
    digest: Digest
    kind: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as its manifest refers to it, and how many repositories of the scope hold it."""

    digest: Digest
    size_bytes: int
    media_type: str
    is_foreign: bool
    repositories: int


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image manifest with its config; `platform` and `config` None where unreadable."""

    manifest_id: int
    digest: Digest
    media_type: str
    manifest_bytes: int
    annotations: Mapping[str, str]
    config_digest: Digest | None
    config_bytes: int
    config: ImageConfig | None
    layers: tuple[StoredLayer, ...]


@dataclass(frozen=True, slots=True)
class StoredBase:
    """A whole image whose layer chain was asked for; `names` are `registry/repository:tag`."""

    manifest_id: int
    digest: Digest
    names: tuple[str, ...]
    layer_count: int
    size_bytes: int
    layer_chain: ChainId | None
    diff_chain: ChainId | None


def find_by_tag(
    connection: Connection, registry: str, repository: str, tag: str, at: datetime | None = None
) -> StoredTarget | None:
    """What the tag points at now, or `at` a moment; None if unknown or never readable."""
    return _target(connection, _BY_TAG, registry, repository, at=at or NOW, tag=tag)


def find_by_digest(
    connection: Connection,
    registry: str,
    repository: str,
    digest: Digest,
    at: datetime | None = None,
) -> StoredTarget | None:
    """The manifest with this digest in this repository now, or `at` a moment; else None."""
    packed = digest.to_bytes()
    return _target(connection, _BY_DIGEST, registry, repository, at=at or NOW, digest=packed)


def _target(
    connection: Connection,
    query: TextualSelect,
    registry: str,
    repository: str,
    **wanted: str | bytes | datetime,
) -> StoredTarget | None:
    values = {"registry": registry, "repository": repository, **wanted}
    row = connection.execute(query, values).first()
    if row is None:
        return None
    return StoredTarget(
        registry_id=row.registry_id,
        repository_id=row.repository_id,
        manifest_id=row.manifest_id,
        digest=Digest.from_bytes(row.digest),
        kind=row.kind,
        since=row.since,
    )


def _dated(sql: str) -> TextualSelect:
    moment = bindparam("at", type_=UtcDateTime())
    return text(sql).bindparams(moment).columns(since=UtcDateTime())


_BY_TAG = _dated(
    f"""
    SELECT r.registry_id, r.id AS repository_id, m.id AS manifest_id, b.digest, m.kind, t.since
    FROM registry AS g JOIN repository AS r ON r.registry_id = g.id
    JOIN tag AS t ON t.repository_id = r.id AND {OPEN_AT.format(row="t")}
    JOIN manifest AS m ON m.id = t.manifest_id JOIN blob AS b ON b.id = m.id
    WHERE g.name = :registry AND r.name = :repository AND t.name = :tag
    """  # noqa: S608 - constant text
)
_BY_DIGEST = _dated(
    f"""
    SELECT r.registry_id, r.id AS repository_id, m.id AS manifest_id, b.digest, m.kind, p.since
    FROM registry AS g JOIN repository AS r ON r.registry_id = g.id
    JOIN blob AS b ON b.digest = :digest JOIN manifest AS m ON m.id = b.id
    JOIN presence AS p ON p.repository_id = r.id AND p.manifest_id = m.id
      AND {OPEN_AT.format(row="p")}
    WHERE g.name = :registry AND r.name = :repository
    """  # noqa: S608 - constant text
)


def images_below(connection: Connection, manifest_id: int) -> tuple[tuple[int, Platform], ...]:
    """Images an index reaches, nearest first, once each, with their platforms.

    The manifest itself when it is an image. Children that were never readable are left out.
    """
    below = load_below(connection, manifest_id)
    found: dict[int, Platform] = {}
    row = ImageRow
    for chunk in chunks(below):
        query = select(row.manifest_id, row.os, row.architecture, row.variant)
        for key, *platform in connection.execute(query.where(row.manifest_id.in_(chunk))):
            found[key] = Platform(*platform)
    return tuple((key, found[key]) for key in below if key in found)


def load_image(
    connection: Connection, target: StoredTarget, manifest_id: int, at: datetime | None = None
) -> StoredImage:
    """One image of a repository: its layers bottom first, as often as the manifest lists them.

    In how many repositories each layer is: now, or `at` a moment.
    """
    row = connection.execute(_IMAGE, {"manifest": manifest_id}).one()
    values: dict[str, Any] = {"manifest": manifest_id, "repository": target.repository_id}
    layers = connection.execute(_LAYERS_AT if at else _LAYERS, values | ({"at": at} if at else {}))
    config_digest = Digest.from_bytes(row.config_digest) if row.config_digest else None
    return StoredImage(
        manifest_id=manifest_id,
        digest=Digest.from_bytes(row.digest),
        media_type=row.media_type,
        manifest_bytes=row.manifest_bytes,
        annotations=row.annotations,
        config_digest=config_digest,
        config_bytes=row.config_bytes or 0,
        config=_config(row, config_digest),
        layers=tuple(
            StoredLayer(
                digest=Digest.from_bytes(layer.digest),
                size_bytes=layer.size_bytes,
                media_type=layer.media_type,
                is_foreign=bool(layer.is_foreign),
                repositories=layer.repositories or 0,
            )
            for layer in layers
        ),
    )


_MANIFEST = ManifestRow
_IMAGE = (
    select(
        BlobRow.digest,
        BlobRow.size_bytes.label("manifest_bytes"),
        MediaTypeRow.name.label("media_type"),
        _MANIFEST.annotations,
        ImageConfigRow.__table__,
        (_CONFIG_BLOB := BlobRow.__table__.alias("config_blob")).c.digest.label("config_digest"),
        _CONFIG_BLOB.c.size_bytes.label("config_bytes"),
    )
    .select_from(_MANIFEST)
    .join(BlobRow, BlobRow.id == _MANIFEST.id)
    .join(MediaTypeRow, MediaTypeRow.id == _MANIFEST.media_type_id)
    .outerjoin(_CONFIG_BLOB, _CONFIG_BLOB.c.id == _MANIFEST.config_id)
    .outerjoin(ImageConfigRow, ImageConfigRow.id == _MANIFEST.config_id)
    .where(_MANIFEST.id == bindparam("manifest"))
)
_LAYERS_OF = """
    SELECT b.digest, b.size_bytes, mt.name AS media_type, mb.is_foreign,
      ({repositories}) AS repositories
    FROM manifest_blob AS mb
    JOIN blob AS b ON b.id = mb.blob_id
    JOIN media_type AS mt ON mt.id = mb.media_type_id
    JOIN repository AS r ON r.id = :repository
    WHERE mb.manifest_id = :manifest AND mb.role = 2
    ORDER BY mb.position
    """
_COUNTED = """
    SELECT sb.repositories FROM scope_blob AS sb
    WHERE sb.scope_id = r.scope_id AND sb.blob_id = mb.blob_id
    """
_COUNTED_AT = f"""
    SELECT COUNT(DISTINCT p.repository_id) FROM manifest_blob AS o
    JOIN presence AS p ON p.manifest_id = o.manifest_id AND {OPEN_AT.format(row="p")}
    JOIN repository AS h ON h.id = p.repository_id AND h.scope_id = r.scope_id
    WHERE o.blob_id = mb.blob_id AND NOT o.is_foreign
    """  # noqa: S608 - constant text
_LAYERS = text(_LAYERS_OF.format(repositories=_COUNTED))
_LAYERS_AT = text(_LAYERS_OF.format(repositories=_COUNTED_AT)).bindparams(
    bindparam("at", type_=UtcDateTime())
)


def _config(row: Row[Any], digest: Digest | None) -> ImageConfig | None:
    if row.id is None or digest is None:
        return None
    return ImageConfig(
        digest=digest,
        size_bytes=row.config_bytes,
        platform=Platform(row.os, row.architecture, row.variant, row.os_version)
        if row.os
        else None,
        created_at=row.created_at,
        diff_ids=tuple(DiffId(diff_id) for diff_id in row.diff_ids),
        history=tuple(history_entry(entry) for entry in row.history),
        labels=row.labels,
    )


def history_entry(packed: list[Any]) -> HistoryEntry:
    """A build step as `image_config.history` holds it."""
    created_by, created, is_empty_layer, comment = packed
    created_at = datetime.fromisoformat(created) if created else None
    return HistoryEntry(created_by, created_at, is_empty_layer, comment)


def load_tags_of(
    connection: Connection,
    repository_id: int,
    manifests: Collection[int],
    at: datetime | None = None,
) -> tuple[str, ...]:
    """Tags that point at one of these manifests now, or did `at` a moment, sorted."""
    tag = TagRow
    query = select(tag.name).where(tag.repository_id == repository_id, is_open(TagRow, at))
    return tuple(
        sorted(
            name
            for chunk in chunks(manifests)
            for name in connection.execute(query.where(tag.manifest_id.in_(chunk))).scalars()
        )
    )


def load_image_conflicts(connection: Connection, manifest_id: int) -> tuple[SizeConflict, ...]:
    """Blobs of the image whose size was stated differently, by digest."""
    claims: dict[bytes, list[int]] = defaultdict(list)
    used: dict[bytes, tuple[int, bool]] = {}
    for row in connection.execute(_CONFLICTS, {"manifest": manifest_id}):
        claims[row.digest].append(row.claim)
        used[row.digest] = row.size_bytes, bool(row.is_measured)
    return tuple(
        SizeConflict(Digest.from_bytes(digest), size, tuple(claims[digest]), is_measured)
        for digest, (size, is_measured) in used.items()
    )


_CONFLICTS = text(
    """
    SELECT DISTINCT b.digest, b.size_bytes, b.is_measured, c.size_bytes AS claim
    FROM manifest_blob AS mb JOIN size_claim AS c ON c.blob_id = mb.blob_id
    JOIN blob AS b ON b.id = mb.blob_id
    WHERE mb.manifest_id = :manifest ORDER BY b.digest, claim
    """
)


def find_bases_by_chain(
    connection: Connection, chains: Collection[ChainId], *, over_diff_ids: bool
) -> tuple[StoredBase, ...]:
    """Known images whose whole layer chain is one of `chains`, in any registry, past or present."""
    column = ImageRow.diff_chain if over_diff_ids else ImageRow.layer_chain
    found: list[int] = []
    for chunk in chunks(chains):
        packed = [chain.to_bytes() for chain in chunk]
        query = select(ImageRow.manifest_id).where(column.in_(packed))
        found += connection.execute(query).scalars()
    return _bases(connection, found)


def find_manifest_id(connection: Connection, digest: Digest) -> int | None:
    """The id of the manifest with this digest, of whatever kind; None if unseen."""
    query = select(_MANIFEST.id).join(BlobRow, BlobRow.id == _MANIFEST.id)
    return connection.execute(query.where(BlobRow.digest == digest.to_bytes())).scalar_one_or_none()


def find_base_by_digest(
    connection: Connection, digest: Digest, platform: Platform | None
) -> StoredBase | None:
    """The image with this digest, or of this platform in the index with it; None if unseen."""
    manifest_id = find_manifest_id(connection, digest)
    if manifest_id is None:
        return None
    images = images_below(connection, manifest_id)
    fitting = [key for key, found in images if platform is None or found.satisfies(platform)]
    bases = _bases(connection, fitting[:1])
    return bases[0] if bases else None


def _bases(connection: Connection, manifests: Collection[int]) -> tuple[StoredBase, ...]:
    names = _names_of(connection, manifests)
    rows = (
        row
        for chunk in chunks(manifests)
        for row in connection.execute(_BASES, {"manifests": chunk})
    )
    return tuple(
        StoredBase(
            manifest_id=row.manifest_id,
            digest=Digest.from_bytes(row.digest),
            names=names.get(row.manifest_id, ()),
            layer_count=row.layer_count,
            size_bytes=row.size_bytes,
            layer_chain=ChainId.from_bytes(row.layer_chain) if row.layer_chain else None,
            diff_chain=ChainId.from_bytes(row.diff_chain) if row.diff_chain else None,
        )
        for row in rows
    )


_BASES = text(
    """
    SELECT i.manifest_id, i.layer_count, i.layer_chain, i.diff_chain, b.digest,
      (SELECT CAST(SUM(size_bytes) AS BIGINT) FROM blob WHERE id IN (
         SELECT blob_id FROM manifest_blob WHERE manifest_id = i.manifest_id)) AS size_bytes
    FROM image AS i JOIN blob AS b ON b.id = i.manifest_id
    WHERE i.manifest_id IN :manifests
    """
).bindparams(bindparam("manifests", expanding=True))


def _names_of(connection: Connection, manifests: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Every tag, past or present, that named each manifest itself or an index above it."""
    names: dict[int, set[str]] = defaultdict(set)
    for chunk in chunks(manifests):
        for row in connection.execute(_NAMES, {"manifests": chunk}):
            names[row.manifest_id].add(f"{row.registry}/{row.repository}:{row.tag}")
    return {key: tuple(sorted(found)) for key, found in names.items()}


_NAMES = text(
    """
    WITH RECURSIVE above (manifest_id, named_id, depth) AS (
      SELECT id, id, 0 FROM manifest WHERE id IN :manifests
      UNION
      SELECT above.manifest_id, c.manifest_id, above.depth + 1
      FROM above JOIN manifest_child AS c ON c.child_id = above.named_id
      WHERE above.depth < 8
    )
    SELECT DISTINCT above.manifest_id, g.name AS registry, r.name AS repository, t.name AS tag
    FROM above
    JOIN tag AS t ON t.manifest_id = above.named_id
    JOIN repository AS r ON r.id = t.repository_id
    JOIN registry AS g ON g.id = r.registry_id
    """
).bindparams(bindparam("manifests", expanding=True))
