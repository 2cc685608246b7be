"""Facts by digest: never changed once written, but for sizes that become better known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import RowId
from auditor.store.tables.base import Base

BODY, CONFIG, LAYER, OTHER = 0, 1, 2, 3
"""Roles of a blob in a manifest: its own body, its config, a layer, another blob."""


class MediaTypeRow(Base):
    """A media type by a small number: millions of rows refer to a few dozen."""

    __tablename__ = "media_type"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class BlobRow(Base):
    """Any stored bytes by digest, manifests included; one size per digest."""

    __tablename__ = "blob"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    size_bytes: Mapped[int]
    is_measured: Mapped[bool]


class SizeClaimRow(Base):
    """Sizes that were claimed for a blob, only where two claims disagree."""

    __tablename__ = "size_claim"

    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(primary_key=True)


class ManifestRow(Base):
    """A manifest's own facts; its id is that of its body's blob."""

    __tablename__ = "manifest"
    __table_args__ = (
        Index("ix_manifest_config", "config_id"),
        Index(
            "ix_manifest_subject",
            "subject_id",
            sqlite_where=text("subject_id IS NOT NULL"),
            postgresql_where=text("subject_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, ForeignKey("blob.id"), primary_key=True)
    kind: Mapped[str]
    media_type_id: Mapped[int] = mapped_column(ForeignKey("media_type.id"))
    config_id: Mapped[int | None] = mapped_column(ForeignKey("blob.id"))
    config_media_type_id: Mapped[int | None] = mapped_column(ForeignKey("media_type.id"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("blob.id"))
    artifact_type: Mapped[str]
    annotations: Mapped[dict[str, Any]]


class ManifestBlobRow(Base):
    """One reference of a manifest to stored bytes, its own body among them."""

    __tablename__ = "manifest_blob"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        Index("ix_manifest_blob_blob", "blob_id"),
        {"sqlite_with_rowid": False},
    )

    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"), primary_key=True)
    role: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"))
    media_type_id: Mapped[int] = mapped_column(ForeignKey("media_type.id"))
    is_foreign: Mapped[bool]


class ManifestChildRow(Base):
    """One manifest listed by an index; the child itself may never have been readable."""

    __tablename__ = "manifest_child"
    __table_args__ = (
        Index("ix_manifest_child_child", "child_id"),
        {"sqlite_with_rowid": False},
    )

    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("blob.id"))
    media_type_id: Mapped[int] = mapped_column(ForeignKey("media_type.id"))
    os: Mapped[str]
    architecture: Mapped[str]
    variant: Mapped[str]
    os_version: Mapped[str]


class ImageConfigRow(Base):
    """An image config; its id is that of its blob. `diff_ids` and `history` in build order."""

    __tablename__ = "image_config"

    id: Mapped[int] = mapped_column(RowId, ForeignKey("blob.id"), primary_key=True)
    created_at: Mapped[datetime | None]
    os: Mapped[str]
    architecture: Mapped[str]
    variant: Mapped[str]
    os_version: Mapped[str]
    diff_ids: Mapped[list[Any]]
    history: Mapped[list[Any]]
    labels: Mapped[dict[str, Any]]


class ImageRow(Base):
    """What identifies an image among others: platform, date and layer chains."""

    __tablename__ = "image"
    __table_args__ = (
        Index("ix_image_layer_chain", "layer_chain"),
        Index("ix_image_diff_chain", "diff_chain"),
    )

    manifest_id: Mapped[int] = mapped_column(RowId, ForeignKey("manifest.id"), primary_key=True)
    os: Mapped[str]
    architecture: Mapped[str]
    variant: Mapped[str]
    created_at: Mapped[datetime | None]
    layer_count: Mapped[int]
    layer_chain: Mapped[bytes | None]
    diff_chain: Mapped[bytes | None]


class LooseManifestRow(Base):
    """A manifest that something let go of; whether anything still needs it is yet to be seen."""

    __tablename__ = "loose_manifest"

    manifest_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
