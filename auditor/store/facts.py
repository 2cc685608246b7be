"""Saves what is true of a digest for ever: sizes, manifests, configs, images."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text, update

from auditor.domain.chain import chain_ids
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.image_config import HistoryEntry, ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import UNKNOWN, Platform
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.tables.facts import (
    BODY,
    CONFIG,
    LAYER,
    OTHER,
    BlobRow,
    ImageConfigRow,
    ImageRow,
    ManifestBlobRow,
    ManifestChildRow,
    ManifestRow,
    MediaTypeRow,
    SizeClaimRow,
)

_NOWHERE = Platform("", "")


@dataclass(slots=True)
class _Claims:
    """Every size one batch states for one digest."""

    measured: int | None = None
    declared: set[int] = field(default_factory=set)

    def best(self) -> int:
        return self.measured if self.measured is not None else max(self.declared)

    def all(self) -> set[int]:
        return self.declared if self.measured is None else self.declared | {self.measured}


def save_facts(
    connection: Connection, manifests: Sequence[Manifest], configs: Sequence[ImageConfig]
) -> None:
    """Store manifests and configs with every blob they name; what is there stays.

    A blob's size becomes the measured one, else the largest declared; disagreeing
    claims are kept. Repositories that hold a blob whose size changed become dirty.
    """
    ids = _save_blobs(connection, _claims(manifests, configs))
    media_types = _media_type_ids(connection, manifests)
    new = _insert_manifests(connection, manifests, ids, media_types)
    config_ids = _insert_configs(connection, configs, ids)
    _save_images(connection, new, config_ids)


def manifest_ids(connection: Connection, digests: Collection[Digest]) -> dict[Digest, int]:
    """Ids of those digests that are stored manifests."""
    found: dict[Digest, int] = {}
    for chunk in chunks(digests):
        query = (
            select(BlobRow.digest, BlobRow.id)
            .join(ManifestRow, ManifestRow.id == BlobRow.id)
            .where(BlobRow.digest.in_([digest.to_bytes() for digest in chunk]))
        )
        found.update((Digest.from_bytes(row.digest), row.id) for row in connection.execute(query))
    return found


def _claims(manifests: Iterable[Manifest], configs: Iterable[ImageConfig]) -> dict[bytes, _Claims]:
    claims: dict[str, _Claims] = {}

    def claim(digest: Digest) -> _Claims:
        return claims.setdefault(digest.text, _Claims())

    for manifest in manifests:
        claim(manifest.digest).measured = manifest.size_bytes
        for reference in _references(manifest):
            claim(reference.digest).declared.add(reference.size_bytes)
    for config in configs:
        claim(config.digest).measured = config.size_bytes
    return {Digest(text).to_bytes(): sizes for text, sizes in sorted(claims.items())}


def _references(manifest: Manifest) -> Iterable[Descriptor]:
    if manifest.config is not None:
        yield manifest.config
    yield from manifest.layers
    yield from manifest.blobs
    yield from manifest.children
    if manifest.subject is not None:
        yield manifest.subject


def _save_blobs(connection: Connection, claims: Mapping[bytes, _Claims]) -> dict[bytes, int]:
    known = _known_blobs(connection, claims)
    missing = [digest for digest in claims if digest not in known]
    insert_new(
        connection,
        BlobRow,
        [
            {
                "digest": digest,
                "size_bytes": claims[digest].best(),
                "is_measured": claims[digest].measured is not None,
            }
            for digest in missing
        ],
    )
    known |= _known_blobs(connection, missing)
    _settle_sizes(connection, claims, known)
    return {digest: row.id for digest, row in known.items()}


def _known_blobs(connection: Connection, digests: Iterable[bytes]) -> dict[bytes, Row[Any]]:
    table = table_of(BlobRow)
    return {
        row.digest: row
        for chunk in chunks(digests)
        for row in connection.execute(select(table).where(table.c.digest.in_(chunk)))
    }


def _settle_sizes(
    connection: Connection, claims: Mapping[bytes, _Claims], known: Mapping[bytes, Row[Any]]
) -> None:
    disagreements: list[dict[str, int]] = []
    updates: list[dict[str, Any]] = []
    changed: list[int] = []
    for digest, claim in claims.items():
        row = known[digest]
        sizes = claim.all() | {row.size_bytes}
        if len(sizes) > 1:
            disagreements += [{"blob_id": row.id, "size_bytes": size} for size in sorted(sizes)]
        measured = row.size_bytes if row.is_measured else claim.measured
        best = measured if measured is not None else max(sizes)
        is_measured = measured is not None
        if best != row.size_bytes or is_measured != row.is_measured:
            updates.append({"key": row.id, "best": best, "measured": is_measured})
        if best != row.size_bytes:
            changed.append(row.id)
    insert_new(connection, SizeClaimRow, disagreements)
    if updates:
        connection.execute(
            update(table_of(BlobRow))
            .where(BlobRow.id == bindparam("key"))
            .values(size_bytes=bindparam("best"), is_measured=bindparam("measured")),
            updates,
        )
    mark_blobs_dirty(connection, changed)


def mark_blobs_dirty(connection: Connection, blob_ids: Iterable[int]) -> None:
    """Have the next rollup recount these blobs in every scope that keeps them."""
    statement = text(
        "INSERT INTO dirty_blob (scope_id, blob_id) "
        "SELECT DISTINCT scope_id, blob_id FROM scope_blob "
        "WHERE scope_id IN (SELECT id FROM storage_scope) AND blob_id IN :blobs "
        "ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("blobs", expanding=True))
    for chunk in chunks(blob_ids):
        connection.execute(statement, {"blobs": chunk})
        connection.execute(_DIRTY_PULLERS, {"blobs": chunk})


# A foreign layer is in no scope, and counts all the same for what a pull downloads.
_DIRTY_PULLERS = text(
    """
    INSERT INTO dirty_repository (repository_id)
    SELECT DISTINCT p.repository_id FROM manifest_blob AS mb
    JOIN presence AS p ON p.manifest_id = mb.manifest_id AND p.until IS NULL
    WHERE mb.is_foreign AND mb.blob_id IN :blobs
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("blobs", expanding=True))


def _media_type_ids(connection: Connection, manifests: Iterable[Manifest]) -> dict[str, int]:
    names = {manifest.media_type for manifest in manifests}
    for manifest in manifests:
        names.update(reference.media_type for reference in _references(manifest))
    known = _known_media_types(connection, names)
    missing = sorted(names - set(known))
    insert_new(connection, MediaTypeRow, [{"name": name} for name in missing])
    return known | _known_media_types(connection, missing)


def _known_media_types(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    return {
        name: media_type_id
        for chunk in chunks(names)
        for name, media_type_id in connection.execute(
            select(MediaTypeRow.name, MediaTypeRow.id).where(MediaTypeRow.name.in_(chunk))
        )
    }


def _insert_manifests(
    connection: Connection,
    manifests: Sequence[Manifest],
    ids: Mapping[bytes, int],
    media_types: Mapping[str, int],
) -> list[int]:
    def id_of(digest: Digest) -> int:
        return ids[digest.to_bytes()]

    wanted = {id_of(manifest.digest): manifest for manifest in manifests}
    for chunk in chunks(list(wanted)):
        stored = connection.execute(select(ManifestRow.id).where(ManifestRow.id.in_(chunk)))
        for (manifest_id,) in stored:
            del wanted[manifest_id]
    rows, blobs, children = [], [], []
    for manifest_id, manifest in wanted.items():
        config, subject = manifest.config, manifest.subject
        rows.append(
            {
                "id": manifest_id,
                "kind": manifest.kind.value,
                "media_type_id": media_types[manifest.media_type],
                "config_id": id_of(config.digest) if config else None,
                "config_media_type_id": media_types[config.media_type] if config else None,
                "subject_id": id_of(subject.digest) if subject else None,
                "artifact_type": manifest.artifact_type,
                "annotations": dict(manifest.annotations),
            }
        )
        for role, position, blob_id, media_type, is_foreign in _blob_references(manifest, ids):
            blobs.append(
                {
                    "manifest_id": manifest_id,
                    "role": role,
                    "position": position,
                    "blob_id": blob_id,
                    "media_type_id": media_types[media_type],
                    "is_foreign": is_foreign,
                }
            )
        for position, child in enumerate(manifest.children):
            platform = child.platform or _NOWHERE
            children.append(
                {
                    "manifest_id": manifest_id,
                    "position": position,
                    "child_id": id_of(child.digest),
                    "media_type_id": media_types[child.media_type],
                    "os": platform.os,
                    "architecture": platform.architecture,
                    "variant": platform.variant,
                    "os_version": platform.os_version,
                }
            )
    insert_new(connection, ManifestRow, rows)
    insert_new(connection, ManifestBlobRow, blobs)
    insert_new(connection, ManifestChildRow, children)
    return list(wanted)


def _blob_references(
    manifest: Manifest, ids: Mapping[bytes, int]
) -> Iterable[tuple[int, int, int, str, bool]]:
    yield BODY, 0, ids[manifest.digest.to_bytes()], manifest.media_type, False
    if manifest.config is not None:
        config = manifest.config
        yield CONFIG, 0, ids[config.digest.to_bytes()], config.media_type, config.is_foreign
    for role, references in ((LAYER, manifest.layers), (OTHER, manifest.blobs)):
        for position, reference in enumerate(references):
            blob_id = ids[reference.digest.to_bytes()]
            yield role, position, blob_id, reference.media_type, reference.is_foreign


def _insert_configs(
    connection: Connection, configs: Sequence[ImageConfig], ids: Mapping[bytes, int]
) -> list[int]:
    rows: list[dict[str, Any]] = []
    for config in configs:
        platform = config.platform or _NOWHERE
        rows.append(
            {
                "id": ids[config.digest.to_bytes()],
                "created_at": config.created_at,
                "os": platform.os,
                "architecture": platform.architecture,
                "variant": platform.variant,
                "os_version": platform.os_version,
                "diff_ids": [diff_id.text for diff_id in config.diff_ids],
                "history": [_pack_history(entry) for entry in config.history],
                "labels": dict(config.labels),
            }
        )
    insert_new(connection, ImageConfigRow, rows)
    return [row["id"] for row in rows]


def _pack_history(entry: HistoryEntry) -> list[Any]:
    created = entry.created_at.isoformat() if entry.created_at else None
    return [entry.created_by, created, entry.is_empty_layer, entry.comment]


def _save_images(
    connection: Connection, new_manifests: Sequence[int], config_ids: Sequence[int]
) -> None:
    """Describe images whose manifest or config is new. Attestations turn into artifacts."""
    affected = set(new_manifests)
    for chunk in chunks(config_ids):
        query = select(ManifestRow.id).where(ManifestRow.config_id.in_(chunk))
        affected.update(connection.execute(query).scalars())
    rows, attestations = [], []
    for chunk in chunks(sorted(affected)):
        layers = _layer_digests(connection, chunk)
        for image in connection.execute(_IMAGES, {"manifests": chunk}):
            if image.os == image.architecture == UNKNOWN:
                attestations.append(image.manifest_id)
                continue
            rows.append(_image_row(image, layers.get(image.manifest_id, [])))
    for chunk in chunks(attestations):
        connection.execute(_TO_ARTIFACT, {"manifests": chunk})
        connection.execute(_DROP_IMAGES, {"manifests": chunk})
    mark_blobs_dirty(connection, attestations)
    if rows:
        described = [row["manifest_id"] for row in rows]
        for chunk in chunks(described):
            connection.execute(_DROP_IMAGES, {"manifests": chunk})
            connection.execute(_DIRTY_HOLDERS, {"manifests": chunk})
        insert_new(connection, ImageRow, rows)


def _image_row(image: Row[Any], layers: Sequence[Digest]) -> dict[str, Any]:
    diff_ids = [DiffId(text) for text in image.diff_ids or ()]
    return {
        "manifest_id": image.manifest_id,
        "os": image.os or "",
        "architecture": image.architecture or "",
        "variant": image.variant or "",
        "created_at": image.created_at,
        "layer_count": len(layers),
        "layer_chain": chain_ids(layers)[-1].to_bytes() if layers else None,
        "diff_chain": chain_ids(diff_ids)[-1].to_bytes()
        if diff_ids and len(diff_ids) == len(layers)
        else None,
    }


def _layer_digests(connection: Connection, manifests: Sequence[int]) -> dict[int, list[Digest]]:
    query = (
        select(ManifestBlobRow.manifest_id, BlobRow.digest)
        .join(BlobRow, BlobRow.id == ManifestBlobRow.blob_id)
        .where(ManifestBlobRow.manifest_id.in_(manifests), ManifestBlobRow.role == LAYER)
        .order_by(ManifestBlobRow.manifest_id, ManifestBlobRow.position)
    )
    layers: dict[int, list[Digest]] = {}
    for manifest_id, digest in connection.execute(query):
        layers.setdefault(manifest_id, []).append(Digest.from_bytes(digest))
    return layers


_IMAGES = (
    select(
        ManifestRow.id.label("manifest_id"),
        ImageConfigRow.os,
        ImageConfigRow.architecture,
        ImageConfigRow.variant,
        ImageConfigRow.created_at,
        ImageConfigRow.diff_ids,
    )
    .outerjoin(ImageConfigRow, ImageConfigRow.id == ManifestRow.config_id)
    .where(
        ManifestRow.kind == ManifestKind.IMAGE.value,
        ManifestRow.id.in_(bindparam("manifests", expanding=True)),
    )
)
_TO_ARTIFACT = (
    update(table_of(ManifestRow))
    .where(ManifestRow.id.in_(bindparam("manifests", expanding=True)))
    .values(kind=ManifestKind.ARTIFACT.value)
)
_DROP_IMAGES = (
    table_of(ImageRow)
    .delete()
    .where(ImageRow.manifest_id.in_(bindparam("manifests", expanding=True)))
)
_DIRTY_HOLDERS = text(
    "INSERT INTO dirty_repository (repository_id) "
    "SELECT DISTINCT repository_id FROM presence WHERE until IS NULL AND manifest_id IN :manifests "
    "ON CONFLICT DO NOTHING"
).bindparams(bindparam("manifests", expanding=True))
