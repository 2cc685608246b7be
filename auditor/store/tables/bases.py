"""On which bases repositories build, and what moving them to another one frees."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import ByteOrderedText, RowId
from auditor.store.tables.base import Base


class RepositoryBaseRow(Base):
    """A base that a current image of a repository is built on; written with its findings.

    `chain` is that of the base's layer digests: the stored blobs. `manifest_id` is the newest
    such image, whose lowest `layer_count` layers they are; `images` counts all that the
    repository holds on it. `releases`: positions of base layers that no other manifest of
    the repository reaches. `builds`: one of its images compiles.
    """

    __tablename__ = "repository_base"
    __table_args__ = (
        Index("ix_repository_base_chain", "registry_id", "chain", "repository_id"),
        Index("ix_repository_base_manifest", "manifest_id"),
        {"sqlite_with_rowid": False},
    )

    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), primary_key=True)
    chain: Mapped[bytes] = mapped_column(primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"))
    layer_count: Mapped[int] = mapped_column(Integer)
    images: Mapped[int]
    releases: Mapped[list[Any]]
    builds: Mapped[bool]


class BaseUseRow(Base):
    """A base in use in a registry, with the best swap that is known; what pages show.

    `name` is the one to show, empty where none is known. `freed_bytes` of the swap, 0 without
    one. `body` holds all names, the swap, its first steps and its totals.
    """

    __tablename__ = "base_use"
    __table_args__ = (
        Index("ix_base_use_freed", "freed_bytes", "repositories", "chain"),
        Index("ix_base_use_repositories", "repositories", "size_bytes", "chain"),
        Index("ix_base_use_size", "size_bytes", "repositories", "chain"),
        Index("ix_base_use_registry_freed", "registry_id", "freed_bytes", "repositories", "chain"),
        Index(
            "ix_base_use_registry_repositories",
            "registry_id",
            "repositories",
            "size_bytes",
            "chain",
        ),
        Index("ix_base_use_registry_size", "registry_id", "size_bytes", "repositories", "chain"),
        Index("ix_base_use_family", "family"),
        Index("ix_base_use_chain", "chain"),
    )

    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), primary_key=True)
    chain: Mapped[bytes] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(ByteOrderedText)
    family: Mapped[str] = mapped_column(ByteOrderedText)
    size_bytes: Mapped[int]
    repositories: Mapped[int]
    images: Mapped[int]
    freed_bytes: Mapped[int]
    body: Mapped[dict[str, Any]]


class BaseNameRow(Base):
    """A name of a base in use."""

    __tablename__ = "base_name"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), primary_key=True)
    chain: Mapped[bytes] = mapped_column(primary_key=True)


class BaseLayerRow(Base):
    """A layer that the plan of a base in use was made with: its own, or the other base's."""

    __tablename__ = "base_layer"
    __table_args__ = (
        Index("ix_base_layer_use", "registry_id", "chain"),
        {"sqlite_with_rowid": False},
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), primary_key=True)
    chain: Mapped[bytes] = mapped_column(primary_key=True)


class BaseFamilyRow(Base):
    """All versions of one base in use, over the registries that count.

    `versions` counts them; `excess_bytes` is what having several costs. `body` lists the
    most used ones.
    """

    __tablename__ = "base_family"
    __table_args__ = (Index("ix_base_family_excess", "excess_bytes", "family"),)

    family: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
    versions: Mapped[int]
    repositories: Mapped[int]
    stored_bytes: Mapped[int]
    excess_bytes: Mapped[int]
    body: Mapped[dict[str, Any]]


class DirtyBaseRow(Base):
    """A base of a registry of which users, holders, names or alternatives have changed."""

    __tablename__ = "dirty_base"

    registry_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    chain: Mapped[bytes] = mapped_column(primary_key=True)


class DirtyBaseFamilyRow(Base):
    """A family of bases of which the versions have to be counted anew."""

    __tablename__ = "dirty_base_family"

    family: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
