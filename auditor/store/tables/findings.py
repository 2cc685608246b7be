"""What the analysis found, and what it has still to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import RowId
from auditor.store.tables.base import Base


def _open(name: str, *columns: str, unique: bool = False) -> Index:
    """Among the findings there are now."""
    there = text("until IS NULL")
    return Index(name, *columns, unique=unique, sqlite_where=there, postgresql_where=there)


class ImageAnalysisRow(Base):
    """That an image was analysed, by which rules, and on which base it was found to be built.

    `ruleset` names rules and settings; an image with another one is due again. `base_id` is
    the base's manifest where it is in the database, `base_layers` how many layers are its.
    """

    __tablename__ = "image_analysis"
    __table_args__ = (
        Index(
            "ix_image_analysis_base",
            "base_id",
            sqlite_where=text("base_id IS NOT NULL"),
            postgresql_where=text("base_id IS NOT NULL"),
        ),
    )

    manifest_id: Mapped[int] = mapped_column(RowId, ForeignKey("manifest.id"), primary_key=True)
    ruleset: Mapped[str]
    base_id: Mapped[int | None] = mapped_column(ForeignKey("manifest.id"))
    base_layers: Mapped[int] = mapped_column(SmallInteger)


class ImageFindingRow(Base):
    """One finding about one image, without its words: they are made anew when shown.

    `claims` are `[layer, bytes]` pairs; together with those of the image's other findings
    they name no byte twice.
    """

    __tablename__ = "image_finding"
    __table_args__ = ({"sqlite_with_rowid": False},)

    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rule: Mapped[str]
    key: Mapped[str]
    first_layer: Mapped[int] = mapped_column(SmallInteger)
    claims: Mapped[list[Any]]


class FindingRow(Base):
    """One change for one repository, told by the newest image that shows it.

    Open until `until` is set, and then never touched again. `body` is the finding as it is
    shown. `stored_saving_bytes` may be below zero.
    """

    __tablename__ = "finding"
    __table_args__ = (
        _open("uq_finding_open", "repository_id", "rule", "key", unique=True),
        _open("ix_finding_priority", "priority_bytes", "id"),
        _open("ix_finding_pull", "pull_saving_bytes", "id"),
        _open("ix_finding_stored", "stored_saving_bytes", "id"),
        _open("ix_finding_registry_priority", "registry_id", "priority_bytes", "id"),
        _open("ix_finding_registry_pull", "registry_id", "pull_saving_bytes", "id"),
        _open("ix_finding_registry_stored", "registry_id", "stored_saving_bytes", "id"),
        Index("ix_finding_manifest", "manifest_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"))
    rule: Mapped[str]
    key: Mapped[str]
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"))
    tag: Mapped[str]
    platform: Mapped[str]
    confidence: Mapped[int] = mapped_column(SmallInteger)
    images: Mapped[int]
    pull_saving_bytes: Mapped[int]
    stored_saving_bytes: Mapped[int]
    priority_bytes: Mapped[int]
    body: Mapped[dict[str, Any]]
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class RepositoryPotentialRow(Base):
    """What all findings of a repository save together; zero where there are none.

    A repository without a row was never analysed.
    """

    __tablename__ = "repository_potential"

    repository_id: Mapped[int] = mapped_column(RowId, ForeignKey("repository.id"), primary_key=True)
    pull_saving_bytes: Mapped[int]
    stored_saving_bytes: Mapped[int]
    priority_bytes: Mapped[int]
    analysed_at: Mapped[datetime]


class LayerContentRow(Base):
    """The content of a layer as an image's config names it; the first config's word counts.

    No foreign key: a release that does not know the table forgets blobs too.
    """

    __tablename__ = "layer_content"
    __table_args__ = (Index("ix_layer_content_diff_id", "diff_id"),)

    blob_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    diff_id: Mapped[bytes]


class StaleRepositoryRow(Base):
    """A repository to be analysed again; `is_moved` where it changed itself, not its sharers."""

    __tablename__ = "stale_repository"

    repository_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_moved: Mapped[bool]


class RulesetRow(Base):
    """The rules and settings by which repositories were marked for analysis last; one row."""

    __tablename__ = "ruleset"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
