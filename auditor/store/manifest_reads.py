"""Stored manifests as a crawl needs them to go on walking."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import Platform
from auditor.store.batches import chunks
from auditor.store.tables.facts import (
    BlobRow,
    ImageConfigRow,
    ManifestChildRow,
    ManifestRow,
    MediaTypeRow,
)

_CONFIG = BlobRow.__table__.alias("config_blob")
_SUBJECT = BlobRow.__table__.alias("subject_blob")
_CONFIG_TYPE = MediaTypeRow.__table__.alias("config_type")


def load_manifests(connection: Connection, digests: Collection[Digest]) -> dict[Digest, Manifest]:
    """Those of `digests` that are stored, with kind, config, children and subject; no layers."""
    found: dict[Digest, Manifest] = {}
    for chunk in chunks(digests):
        rows = connection.execute(_manifests_query([digest.to_bytes() for digest in chunk])).all()
        children = _children(connection, [row.id for row in rows if row.kind != "image"])
        for row in rows:
            digest = Digest.from_bytes(row.digest)
            found[digest] = Manifest(
                digest=digest,
                media_type=row.media_type,
                size_bytes=row.size_bytes,
                kind=ManifestKind(row.kind),
                config=_config(row),
                children=tuple(children.get(row.id, ())),
                subject=_subject(row),
            )
    return found


def _manifests_query(digests: list[bytes]) -> Select[Any]:
    manifest, blob, media_type = ManifestRow, BlobRow, MediaTypeRow
    return (
        select(
            manifest.id,
            manifest.kind,
            blob.digest,
            blob.size_bytes,
            media_type.name.label("media_type"),
            _CONFIG.c.digest.label("config_digest"),
            _CONFIG.c.size_bytes.label("config_bytes"),
            _CONFIG_TYPE.c.name.label("config_type"),
            _SUBJECT.c.digest.label("subject_digest"),
            _SUBJECT.c.size_bytes.label("subject_bytes"),
        )
        .join(blob, blob.id == manifest.id)
        .join(media_type, media_type.id == manifest.media_type_id)
        .outerjoin(_CONFIG, _CONFIG.c.id == manifest.config_id)
        .outerjoin(_CONFIG_TYPE, _CONFIG_TYPE.c.id == manifest.config_media_type_id)
        .outerjoin(_SUBJECT, _SUBJECT.c.id == manifest.subject_id)
        .where(blob.digest.in_(digests))
    )


def _config(row: Row[Any]) -> Descriptor | None:
    if row.config_digest is None:
        return None
    return Descriptor(row.config_type, Digest.from_bytes(row.config_digest), row.config_bytes)


def _subject(row: Row[Any]) -> Descriptor | None:
    # Its media type is not kept: nothing depends on it.
    if row.subject_digest is None:
        return None
    return Descriptor("", Digest.from_bytes(row.subject_digest), row.subject_bytes)


def _children(connection: Connection, manifests: list[int]) -> dict[int, list[Descriptor]]:
    child, blob, media_type = ManifestChildRow, BlobRow, MediaTypeRow
    found: dict[int, list[Descriptor]] = {}
    if not manifests:
        return found
    query = (
        select(child.manifest_id, blob.digest, blob.size_bytes, media_type.name)
        .add_columns(child.os, child.architecture, child.variant, child.os_version)
        .join(blob, blob.id == child.child_id)
        .join(media_type, media_type.id == child.media_type_id)
        .where(child.manifest_id.in_(manifests))
        .order_by(child.manifest_id, child.position)
    )
    for manifest_id, digest, size_bytes, name, *platform in connection.execute(query):
        where = Platform(*platform) if platform[0] else None
        descriptor = Descriptor(name, Digest.from_bytes(digest), size_bytes, platform=where)
        found.setdefault(manifest_id, []).append(descriptor)
    return found


def missing_configs(connection: Connection, digests: Collection[Digest]) -> set[Digest]:
    """Those of `digests` that are not stored as image configs."""
    missing = set(digests)
    config, blob = ImageConfigRow, BlobRow
    for chunk in chunks(digests):
        query = select(blob.digest).join(config, config.id == blob.id)
        packed = [digest.to_bytes() for digest in chunk]
        rows = connection.execute(query.where(blob.digest.in_(packed))).scalars()
        missing.difference_update(Digest.from_bytes(digest) for digest in rows)
    return missing
