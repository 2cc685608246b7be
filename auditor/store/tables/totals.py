"""What is derived from facts and places, brought up to date where a crawl touched it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import ByteOrderedText, RowId, WholeNumber
from auditor.store.tables.base import Base


class RepositoryBlobRow(Base):
    """A blob a repository reaches, through how many of its manifests, and its share of it."""

    __tablename__ = "repository_blob"
    __table_args__ = (
        CheckConstraint("manifest_count >= 0", name="manifest_count"),
        CheckConstraint("share_bytes >= 0", name="share"),
        Index("ix_repository_blob_holders", "blob_id", "scope_id"),
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
        Index("ix_scope_blob_blob", "blob_id"),
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
    """The figures of one repository as rankings show them.

    `name` is the repository's, for orders with many ties; null where a release before it
    wrote the row. Savings are those of `repository_potential`, null before an analysis;
    `potential_bytes` is its priority, 0 before.
    """

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
        # Many repositories have as many tags as others, so their names are part of the order.
        Index("ix_repository_total_fewest_tags", "registry_id", "tags", "name"),
        Index("ix_repository_total_least_potential", "registry_id", "potential_bytes", "name"),
        Index(
            "ix_repository_total_unnamed",
            "name",
            sqlite_where=text("name IS NULL"),
            postgresql_where=text("name IS NULL"),
        ),
        Index(
            "ix_repository_total_registry_image",
            "registry_id",
            "image_bytes",
            postgresql_ops={"image_bytes": "DESC NULLS LAST"},
        ),
        Index(
            "ix_repository_total_registry_growth",
            "registry_id",
            "growth_bytes",
            postgresql_ops={"growth_bytes": "DESC NULLS LAST"},
        ),
        Index("ix_repository_total_registry_logical", "registry_id", "logical_bytes"),
        Index("ix_repository_total_registry_stored", "registry_id", "stored_bytes"),
        Index("ix_repository_total_registry_exclusive", "registry_id", "exclusive_bytes"),
        Index("ix_repository_total_registry_fair", "registry_id", "fair_share_bytes"),
        Index("ix_repository_total_registry", "registry_id"),
        Index("ix_repository_total_scope", "scope_id"),
    )

    repository_id: Mapped[int] = mapped_column(RowId, ForeignKey("repository.id"), primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    scope_id: Mapped[int] = mapped_column(ForeignKey("storage_scope.id"))
    name: Mapped[str | None] = mapped_column(ByteOrderedText)
    tags: Mapped[int]
    images: Mapped[int]
    image_bytes: Mapped[int | None]
    image_tag: Mapped[str | None]
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
    exclusive_bytes: Mapped[int]
    fair_share_bytes: Mapped[int]
    growth_bytes: Mapped[int | None]
    pull_saving_bytes: Mapped[int | None]
    stored_saving_bytes: Mapped[int | None]
    potential_bytes: Mapped[int] = mapped_column(server_default="0")


Index(
    "ix_repository_total_most_tags",
    RepositoryTotalRow.registry_id,
    RepositoryTotalRow.tags.desc(),
    RepositoryTotalRow.name,
)
Index(
    "ix_repository_total_most_potential",
    RepositoryTotalRow.registry_id,
    RepositoryTotalRow.potential_bytes.desc(),
    RepositoryTotalRow.name,
)


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
    stored_saving_bytes: Mapped[int | None]


class RepositoryHistoryRow(Base):
    """A repository's figures from `since` on, until the next row; only changes are kept.

    `is_present` is false from when it was gone. What older releases did not keep is null.
    """

    __tablename__ = "repository_history"
    __table_args__ = (Index("ix_repository_history_since", "since"),)

    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
    exclusive_bytes: Mapped[int]
    fair_share_bytes: Mapped[int]
    tags: Mapped[int | None]
    images: Mapped[int | None]
    image_bytes: Mapped[int | None]
    image_tag: Mapped[str | None]
    is_present: Mapped[bool] = mapped_column(server_default=true())


class RegistryHistoryRow(Base):
    """A registry's figures from `since` on, until the next row."""

    __tablename__ = "registry_history"

    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    logical_bytes: Mapped[int]
    stored_bytes: Mapped[int]
    repositories: Mapped[int | None]
    tags: Mapped[int | None]
    images: Mapped[int | None]


class RepositoryMonthRow(Base):
    """What a repository kept in a month of which the history was removed, in byte-microseconds.

    `month` is its beginning. Repositories that kept nothing have no row.
    """

    __tablename__ = "repository_month"

    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), primary_key=True)
    month: Mapped[datetime] = mapped_column(primary_key=True)
    logical: Mapped[int] = mapped_column(WholeNumber)
    stored: Mapped[int] = mapped_column(WholeNumber)
    exclusive: Mapped[int] = mapped_column(WholeNumber)
    fair_share: Mapped[int] = mapped_column(WholeNumber)
