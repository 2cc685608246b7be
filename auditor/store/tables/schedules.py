"""What is due, what runs and what ran; and who is alone at what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import RowId
from auditor.store.tables.base import Base

_WAITS = text("state = 'waiting'")
_RUNS = text("state = 'running'")


class ScheduleRow(Base):
    """One schedule of one registry, or of everything: up to when its due times are dealt with."""

    __tablename__ = "schedule"

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime]


class SchedulePauseRow(Base):
    """A kind of schedule that somebody paused."""

    __tablename__ = "schedule_pause"

    kind: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class ScheduleRunRow(Base):
    """One run. One waits and one runs at a time, of each kind and subject (a registry, or "").

    `crawl_id` refers to nothing: crawls are forgotten with the history, runs by themselves.
    """

    __tablename__ = "schedule_run"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    due_at: Mapped[datetime]
    trigger: Mapped[str]
    state: Mapped[str]
    not_before: Mapped[datetime]
    missed: Mapped[int]
    attempts: Mapped[int]
    losses: Mapped[int]
    failures: Mapped[int]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    holder: Mapped[str]
    crawl_id: Mapped[int | None]
    outcome: Mapped[str]

    __table_args__ = (
        UniqueConstraint("kind", "subject", "due_at", name="uq_schedule_run_due"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'skipped', 'lost')", name="state"
        ),
        Index(
            "ix_schedule_run_waiting",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_schedule_run_running",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_RUNS,
            postgresql_where=_RUNS,
        ),
        Index("ix_schedule_run_kind_id", "kind", "id"),
    )


class LeaseRow(Base):
    """Who is alone at something, until when; the fence counts the holders."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    fence: Mapped[int]
    since: Mapped[datetime]
    expires_at: Mapped[datetime]
