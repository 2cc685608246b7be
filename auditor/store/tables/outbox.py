"""Digests on their way to people, and who wants none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import RowId
from auditor.store.tables.base import Base

_OPEN = text("state IN ('waiting', 'sending')")


class OutboxRow(Base):
    """One digest for one recipient and ISO week, and what became of it; never two.

    `claim` names the attempt that is under way, or was last; only it may say how it ended.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("recipient", "audience", "week"),
        Index(
            "ix_outbox_open",
            "state",
            "next_attempt_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    recipient: Mapped[str]
    audience: Mapped[str]
    week: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    message_id: Mapped[str]
    created_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    claim: Mapped[str]
    detail: Mapped[str]


class UnsubscribedRow(Base):
    """A recipient who wants one digest no more."""

    __tablename__ = "unsubscribed"

    recipient: Mapped[str] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
