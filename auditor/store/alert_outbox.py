"""Messages about alerts, from the decision to send them to what became of them.

Who sends one claims it first, in a transaction of its own: two that try get it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from auditor.domain.alerts import (
    AlertMessage,
    ChannelState,
    MessageStatus,
    Notice,
    Outgoing,
)
from auditor.store.batches import insert_new, table_of
from auditor.store.tables.alerts import AlertMessageRow, AlertNoticeRow

_OPEN = (MessageStatus.WAITING.value, MessageStatus.SENDING.value)
_TROUBLE = (MessageStatus.REFUSED.value, MessageStatus.UNKNOWN.value, MessageStatus.WAITING.value)


def put_message(
    connection: Connection,
    message: AlertMessage,
    notices: Iterable[Notice],
    recipients: Iterable[str],
) -> None:
    """Note that these notices are given, by one message to each recipient."""
    marks = [
        {
            "event_id": notice.event.event_id,
            "channel": notice.channel,
            "episode": notice.event.episode,
            "kind": notice.kind.value,
            "number": notice.number,
            "notified_at": message.created_at,
            "message_key": message.key,
        }
        for notice in notices
    ]
    connection.execute(insert(table_of(AlertNoticeRow)), marks)
    body = msgspec.to_builtins(message)
    rows: list[Mapping[str, Any]] = [
        {
            "key": message.key,
            "channel": message.channel,
            "recipient": recipient,
            "status": MessageStatus.WAITING.value,
            "created_at": message.created_at,
            "not_before": message.created_at,
            "claimed_until": None,
            "attempts": 0,
            "ended_at": None,
            "detail": "",
            "body": body,
        }
        for recipient in recipients
    ]
    insert_new(connection, AlertMessageRow, rows)


def list_due(connection: Connection, now: datetime) -> tuple[Outgoing, ...]:
    """What can be sent now, the oldest first; also what whoever sent it left behind."""
    query = select(table_of(AlertMessageRow)).where(_is_due(now)).order_by(AlertMessageRow.id)
    return tuple(
        Outgoing(
            row.id,
            msgspec.convert(row.body, AlertMessage),
            row.recipient,
            row.attempts,
            row.status == MessageStatus.SENDING.value,
        )
        for row in connection.execute(query)
    )


def claim(connection: Connection, message_id: int, now: datetime, until: datetime) -> bool:
    """Take a message for sending; False where somebody else has."""
    table = table_of(AlertMessageRow)
    statement = (
        update(table)
        .where(table.c.id == message_id, _is_due(now))
        .values(
            status=MessageStatus.SENDING.value,
            claimed_until=until,
            attempts=table.c.attempts + 1,
        )
    )
    return bool(connection.execute(statement).rowcount)


def end(
    connection: Connection, message_id: int, status: MessageStatus, detail: str, now: datetime
) -> None:
    """Note for good what became of a message."""
    _set(connection, message_id, status=status.value, detail=detail, ended_at=now)


def put_off(connection: Connection, message_id: int, until: datetime, detail: str) -> None:
    """Have a message tried again from a moment on."""
    _set(
        connection,
        message_id,
        status=MessageStatus.WAITING.value,
        detail=detail,
        not_before=until,
    )


def load_channel_states(connection: Connection) -> tuple[ChannelState, ...]:
    """How the messages of each channel fared, and what the last one in trouble was told."""
    row = AlertMessageRow
    counts: dict[str, dict[str, int]] = {}
    query = select(row.channel, row.status, func.count().label("number"))
    for one in connection.execute(query.group_by(row.channel, row.status).order_by(row.channel)):
        counts.setdefault(one.channel, {})[one.status] = one.number
    return tuple(
        ChannelState(channel, found, *_last_trouble(connection, channel))
        for channel, found in counts.items()
    )


def forget_messages(connection: Connection, before: datetime) -> None:
    """Let go of messages that ended before a moment."""
    connection.execute(delete(table_of(AlertMessageRow)).where(AlertMessageRow.ended_at < before))


def _last_trouble(connection: Connection, channel: str) -> tuple[str, datetime | None]:
    row = AlertMessageRow
    at = func.coalesce(row.ended_at, row.not_before)
    query = (
        select(row.detail, at.label("at"))
        .where(row.channel == channel, row.status.in_(_TROUBLE), row.detail != "")
        .order_by(row.id.desc())
        .limit(1)
    )
    found = connection.execute(query).first()
    return (found.detail, found.at) if found else ("", None)


def _is_due(now: datetime) -> Any:  # noqa: ANN401 - SQLAlchemy's condition
    row = AlertMessageRow
    return or_(
        and_(row.status == MessageStatus.WAITING.value, row.not_before <= now),
        and_(row.status == MessageStatus.SENDING.value, row.claimed_until <= now),
    )


def _set(connection: Connection, message_id: int, **values: object) -> None:
    table = table_of(AlertMessageRow)
    connection.execute(
        update(table).where(table.c.id == message_id).values(claimed_until=None, **values)
    )
