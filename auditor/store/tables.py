"""Every table, one class each. Only this room sees them.

Facts by digest (media_type, blob, size_claim, manifest, manifest_blob, manifest_child,
image_config, image) never change once written, except that a blob's size may become
known better. State with intervals (repository, tag, presence) says what was where, from
when to when. Rollups (repository_blob, scope_blob, repository_total, scope_total,
registry_total, their histories) are derived and can be rebuilt from the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from auditor.store.columns import Binary, ByteOrderedText, RowId, UtcDateTime

BODY, CONFIG, LAYER, OTHER = 0, 1, 2, 3
"""Roles of a blob in a manifest: its own body, its config, a layer, another blob."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can drop them by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        int: BigInteger,
        bytes: Binary,
        str: Text,
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class RegistryRow(Base):
    """A registry that was crawled, and what the last crawl could see of it."""

    __tablename__ = "registry"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(ByteOrderedText, unique=True)
    scope: Mapped[str]
    platform: Mapped[str]
    lists_untagged: Mapped[bool]
    lists_repositories: Mapped[bool]
    first_complete_at: Mapped[datetime | None]
    last_complete_at: Mapped[datetime | None]
    guarded_tags: Mapped[int] = mapped_column(default=0)


class StorageScopeRow(Base):
    """Repositories within which the registry stores a blob once."""

    __tablename__ = "storage_scope"
    __table_args__ = (Index("uq_storage_scope_registry_name", "registry_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    name: Mapped[str] = mapped_column(ByteOrderedText)


class RepositoryRow(Base):
    """A repository; `removed_at` when two crawls agreed that it is gone."""

    __tablename__ = "repository"
    __table_args__ = (
        Index("uq_repository_registry_name", "registry_id", "name", unique=True),
        Index(
            "ix_repository_incomplete",
            "scope_id",
            sqlite_where=text("is_incomplete"),
            postgresql_where=text("is_incomplete"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    scope_id: Mapped[int] = mapped_column(ForeignKey("storage_scope.id"))
    name: Mapped[str] = mapped_column(ByteOrderedText)
    since: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    is_incomplete: Mapped[bool] = mapped_column(default=False)
    last_crawl_id: Mapped[int]


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
    __table_args__ = (Index("ix_manifest_config", "config_id"),)

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


class TagRow(Base):
    """What a tag pointed at, from when to when; `until` is null for the current target.

    `manifest_id` is null while the tag is listed but was never readable.
    """

    __tablename__ = "tag"
    __table_args__ = (
        Index(
            "uq_tag_open",
            "repository_id",
            "name",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_tag_manifest", "manifest_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    name: Mapped[str] = mapped_column(ByteOrderedText)
    manifest_id: Mapped[int | None] = mapped_column(ForeignKey("manifest.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]


class PresenceRow(Base):
    """That a repository held a manifest, from when to when.

    `is_rooted`: the last crawl reached it from a tag, a listing or a referrer. Others
    are checked by HEAD; `checked_at` is when one of them was last found.
    """

    __tablename__ = "presence"
    __table_args__ = (
        Index(
            "uq_presence_open",
            "repository_id",
            "manifest_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_presence_manifest", "manifest_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    is_rooted: Mapped[bool]


class CrawlRow(Base):
    """One crawl of one registry and how it ended."""

    __tablename__ = "crawl"
    __table_args__ = (Index("ix_crawl_registry_started", "registry_id", "started_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str]
    repositories: Mapped[int] = mapped_column(default=0)
    tags: Mapped[int] = mapped_column(default=0)
    requests: Mapped[int] = mapped_column(default=0)
    bytes_fetched: Mapped[int] = mapped_column(default=0)
    problem_count: Mapped[int] = mapped_column(default=0)


class ProblemRow(Base):
    """Something a crawl could not read."""

    __tablename__ = "problem"

    crawl_id: Mapped[int] = mapped_column(ForeignKey("crawl.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    repository: Mapped[str]
    reference: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]


class AbsenceRow(Base):
    """A tag (or presence) the running crawl did not find; judged when it ends."""

    __tablename__ = "absence"

    crawl_id: Mapped[int] = mapped_column(ForeignKey("crawl.id"), primary_key=True)
    is_tag: Mapped[bool] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True)


class RepositoryBlobRow(Base):
    """A blob a repository reaches, through how many of its manifests, and its share of it."""

    __tablename__ = "repository_blob"
    __table_args__ = (
        CheckConstraint("manifest_count >= 0", name="manifest_count"),
        CheckConstraint("share_bytes >= 0", name="share"),
        Index("ix_repository_blob_scope", "scope_id", "blob_id"),
        {"sqlite_with_rowid": False},
    )

    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), primary_key=True)
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), primary_key=True)
    scope_id: Mapped[int] = mapped_column(ForeignKey("storage_scope.id"))
    manifest_count: Mapped[int]
    share_bytes: Mapped[int]


class ScopeBlobRow(Base):
    """A blob a storage scope keeps, by how many repositories, with the size counted for it."""

    __tablename__ = "scope_blob"
    __table_args__ = (
        CheckConstraint("repositories > 0", name="repositories"),
        {"sqlite_with_rowid": False},
    )

    scope_id: Mapped[int] = mapped_column(ForeignKey("storage_scope.id"), primary_key=True)
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), primary_key=True)
    repositories: Mapped[int]
    size_bytes: Mapped[int]
    is_image: Mapped[bool]


class DirtyBlobRow(Base):
    """A blob of a scope whose holders or size changed since the rollups were made."""

    __tablename__ = "dirty_blob"

    scope_id: Mapped[int] = mapped_column(primary_key=True)
    blob_id: Mapped[int] = mapped_column(primary_key=True)


class DirtyRepositoryRow(Base):
    """A repository whose totals are older than its state."""

    __tablename__ = "dirty_repository"

    repository_id: Mapped[int] = mapped_column(primary_key=True)


class RepositoryTotalRow(Base):
    """The figures of one repository as rankings show them."""

    __tablename__ = "repository_total"
    __table_args__ = (
        Index(
            "ix_repository_total_image",
            "image_bytes",
            postgresql_ops={"image_bytes": "DESC NULLS LAST"},
        ),
        Index(
            "ix_repository_total_growth",
            "growth_bytes",
            postgresql_ops={"growth_bytes": "DESC NULLS LAST"},
        ),
        Index("ix_repository_total_logical", "logical_bytes"),
        Index("ix_repository_total_stored", "stored_bytes"),
        Index("ix_repository_total_exclusive", "exclusive_bytes"),
        Index("ix_repository_total_fair", "fair_share_bytes"),
        Index("ix_repository_total_tags", "tags"),
        Index("ix_repository_total_registry", "registry_id"),
        Index("ix_repository_total_scope", "scope_id"),
    )

    repository_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("repository.id"), primary_key=True
    )
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    scope_id: Mapped[int] = mapped_column(ForeignKey("storage_scope.id"))
    tags: Mapped[int]
    images: Mapped[int]
    image_bytes: Mapped[int | None]
    image_tag: Mapped[str | None]
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
    exclusive_bytes: Mapped[int]
    fair_share_bytes: Mapped[int]
    growth_bytes: Mapped[int | None]


class ScopeTotalRow(Base):
    """The figures of one storage scope."""

    __tablename__ = "scope_total"

    scope_id: Mapped[int] = mapped_column(RowId, ForeignKey("storage_scope.id"), primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), index=True)
    repositories: Mapped[int]
    tags: Mapped[int]
    images: Mapped[int]
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]


class RegistryTotalRow(Base):
    """The figures of one registry: the sum over its storage scopes."""

    __tablename__ = "registry_total"

    registry_id: Mapped[int] = mapped_column(RowId, ForeignKey("registry.id"), primary_key=True)
    repositories: Mapped[int]
    tags: Mapped[int]
    images: Mapped[int]
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
    growth_as_of: Mapped[datetime | None]


class RepositoryHistoryRow(Base):
    """A repository's figures from `since` on, until the next row; only changes are kept."""

    __tablename__ = "repository_history"
    __table_args__ = (Index("ix_repository_history_since", "since"),)

    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
    exclusive_bytes: Mapped[int]
    fair_share_bytes: Mapped[int]


class RegistryHistoryRow(Base):
    """A registry's stored bytes from `since` on, until the next row."""

    __tablename__ = "registry_history"

    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
