"""What is where, from when to when: registries, repositories, tags, presence, crawls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import ByteOrderedText, RowId
from auditor.store.tables.base import Base


def _ended(name: str) -> Index:
    """Rows that ended, by when: what a pruning looks for."""
    ended = text("until IS NOT NULL")
    return Index(name, "until", "id", sqlite_where=ended, postgresql_where=ended)


class RegistryRow(Base):
    """A registry that was crawled, and what the last crawl could see of it.

    `history_from`: what was before is known by months only; null where everything is kept.
    `pruned_to`: up to there nothing is left to remove. `is_reference`: its images are known as
    bases and counted nowhere; `store.counted` has the condition for queries.
    """

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
    history_from: Mapped[datetime | None]
    pruned_to: Mapped[datetime | None]
    is_reference: Mapped[bool] = mapped_column(server_default=false())


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
            "registry_id",
            "scope_id",
            # As queries write it: SQLite uses a partial index for its very words only.
            sqlite_where=text("is_incomplete = 1"),
            postgresql_where=text("is_incomplete"),
        ),
        Index("ix_repository_name", "name"),
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
        Index("ix_tag_repository_since", "repository_id", "since"),
        _ended("ix_tag_ended"),
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
        Index("ix_presence_repository_since", "repository_id", "since"),
        _ended("ix_presence_ended"),
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
