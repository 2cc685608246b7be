"""What alerts found and whom they told, and what registries hinted at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.columns import ByteOrderedText, RowId
from auditor.store.tables.base import Base


class AlertEventRow(Base):
    """One thing that a rule found wrong, by its key; an episode is one stretch of it.

    `body` is the alert as it was found last.
    """

    __tablename__ = "alert_event"
    __table_args__ = (
        Index("uq_alert_event_rule_key", "rule", "key", unique=True),
        Index("ix_alert_event_state", "state", "last_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    rule: Mapped[str] = mapped_column(ByteOrderedText)
    key: Mapped[str] = mapped_column(ByteOrderedText)
    state: Mapped[str]
    episode: Mapped[int]
    severity: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    body: Mapped[dict[str, Any]]


class AlertNoticeRow(Base):
    """That a channel is told of an episode: once that it began, once per reminder, once of its end.

    `notified_at` is when that was decided; what became of it stands with the message.
    """

    __tablename__ = "alert_notice"
    __table_args__ = (Index("ix_alert_notice_message", "message_key"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("alert_event.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
    episode: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    notified_at: Mapped[datetime]
    message_key: Mapped[str]


class AlertMessageRow(Base):
    """A message for one recipient of a channel, until it is sent and a while longer.

    `claimed_until`: until then somebody is sending it. The same `key` goes with every try.
    """

    __tablename__ = "alert_message"
    __table_args__ = (
        Index("uq_alert_message_key_recipient", "key", "recipient", unique=True),
        Index("ix_alert_message_status", "status", "not_before"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str]
    channel: Mapped[str] = mapped_column(ByteOrderedText)
    recipient: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int]
    ended_at: Mapped[datetime | None]
    detail: Mapped[str]
    body: Mapped[dict[str, Any]]


class PushHintRow(Base):
    """A repository that a registry said has changed, and that was not crawled since.

    By name: a hint may come before the registry's first crawl. `reference` is the last one.
    """

    __tablename__ = "push_hint"

    registry_name: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
    repository: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
    reference: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int]


class PushSeenRow(Base):
    """A body that a source sent in the last days: the same one again is a repetition."""

    __tablename__ = "push_seen"
    __table_args__ = (Index("ix_push_seen_at", "at"),)

    source: Mapped[str] = mapped_column(ByteOrderedText, primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]
