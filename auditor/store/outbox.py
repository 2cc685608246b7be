"""The outbox: every step of a mail is one transaction, so that no crash sends it twice.

The order is the promise: `claim` is committed before anything goes to the mail server, and
only the claim that was given may say how it ended. Whoever dies in between leaves a row in
`sending`, which `find_lost` turns into `unknown`, not into another attempt.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Row,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.sql.dml import Update

from auditor.domain.outbox import AGAIN, CATCH_UP, MailKey, MailState, OutboxMail, Unsubscribed
from auditor.store.batches import insert_new, table_of
from auditor.store.tables.outbox import OutboxRow, UnsubscribedRow

_MAIL = table_of(OutboxRow)
_GONE = table_of(UnsubscribedRow)
_ORDER = {state.value: position for position, state in enumerate(MailState)}


def put_in(connection: Connection, key: MailKey, message_id: str, now: datetime) -> None:
    """A mail to be sent from `now` on for a day; nothing where the key is there already."""
    row = {
        "recipient": key.recipient,
        "audience": key.audience,
        "week": key.week,
        "state": MailState.WAITING.value,
        "attempts": 0,
        "message_id": message_id,
        "created_at": now,
        "give_up_at": now + CATCH_UP,
        "next_attempt_at": now,
        "changed_at": now,
        "claim": "",
        "detail": "",
    }
    insert_new(connection, OutboxRow, [row])


def load_due(connection: Connection, now: datetime) -> tuple[OutboxMail, ...]:
    """Mails that wait and whose time has come, the longest waiting first."""
    query = (
        select(_MAIL)
        .where(_MAIL.c.state == MailState.WAITING.value, _MAIL.c.next_attempt_at <= now)
        .order_by(_MAIL.c.next_attempt_at, _MAIL.c.id)
    )
    return tuple(map(_mail, connection.execute(query)))


def load_mail(connection: Connection, key: MailKey) -> OutboxMail | None:
    """The mail of this key, None where there is none."""
    row = connection.execute(select(_MAIL).where(*_is(key))).first()
    return _mail(row) if row else None


def load_next_attempt(connection: Connection) -> datetime | None:
    """When the next mail is to be tried; None where none waits."""
    query = select(_MAIL.c.next_attempt_at).where(_MAIL.c.state == MailState.WAITING.value)
    return connection.execute(query.order_by(_MAIL.c.next_attempt_at).limit(1)).scalar_one_or_none()


def list_mails(
    connection: Connection, states: Collection[MailState] = (), limit: int | None = None
) -> tuple[OutboxMail, ...]:
    """Mails by state, those that need a person first, then the latest; of all states for none."""
    query = select(_MAIL).order_by(
        case(_ORDER, value=_MAIL.c.state), _MAIL.c.changed_at.desc(), _MAIL.c.id.desc()
    )
    if states:
        query = query.where(_MAIL.c.state.in_([state.value for state in states]))
    return tuple(map(_mail, connection.execute(query.limit(limit))))


def count_mails(connection: Connection) -> dict[MailState, int]:
    """How many mails are in each state; states without any are left out."""
    query = select(_MAIL.c.state, func.count()).group_by(_MAIL.c.state)
    return {MailState(state): count for state, count in connection.execute(query)}


def claim(connection: Connection, mail_id: int, name: str, now: datetime) -> bool:
    """Whether the mail is now ours to send: it waited, its time had come, and nobody has it.

    To be committed before anything is sent. `name` is of this attempt alone.
    """
    change = (
        update(_MAIL)
        .where(
            _MAIL.c.id == mail_id,
            _MAIL.c.state == MailState.WAITING.value,
            _MAIL.c.next_attempt_at <= now,
        )
        .values(
            state=MailState.SENDING.value,
            claim=name,
            attempts=_MAIL.c.attempts + 1,
            next_attempt_at=None,
            changed_at=now,
        )
    )
    return _changed(connection, change) == 1


def settle(
    connection: Connection,
    mail_id: int,
    name: str,
    state: MailState,
    detail: str,
    now: datetime,
    next_attempt_at: datetime | None = None,
) -> bool:
    """Say how the attempt `name` ended; False where it is no longer this mail's last.

    Also for one that was given up for lost meanwhile: its own word is better than none.
    """
    may_change = (MailState.SENDING.value, MailState.UNKNOWN.value)
    change = (
        update(_MAIL)
        .where(_MAIL.c.id == mail_id, _MAIL.c.claim == name, _MAIL.c.state.in_(may_change))
        .values(state=state.value, detail=detail, changed_at=now, next_attempt_at=next_attempt_at)
    )
    return _changed(connection, change) == 1


def skip(connection: Connection, mail_id: int, detail: str, now: datetime) -> None:
    """Do not send a mail that waits."""
    _end_waiting(connection, MailState.SKIPPED, detail, now, _MAIL.c.id == mail_id)


def postpone(
    connection: Connection, mail_id: int, detail: str, now: datetime, next_attempt_at: datetime
) -> None:
    """Try a mail that waits later, since it could not even be written."""
    connection.execute(
        update(_MAIL)
        .where(_MAIL.c.id == mail_id, _MAIL.c.state == MailState.WAITING.value)
        .values(
            detail=detail,
            changed_at=now,
            next_attempt_at=next_attempt_at,
            attempts=_MAIL.c.attempts + 1,
        )
    )


def give_up(connection: Connection, now: datetime) -> int:
    """End the wait of mails whose day is over; how many there were."""
    detail = "not sent within 24 hours; before that: " + _MAIL.c.detail
    return _end_waiting(connection, MailState.REFUSED, detail, now, _MAIL.c.give_up_at <= now)


def find_lost(connection: Connection, begun_before: datetime, now: datetime) -> int:
    """Mails whose sender is gone become unknown; how many there were."""
    change = (
        update(_MAIL)
        .where(_MAIL.c.state == MailState.SENDING.value, _MAIL.c.changed_at < begun_before)
        .values(
            state=MailState.UNKNOWN.value,
            detail="the program ended while it was sending; the mail may have arrived",
            changed_at=now,
        )
    )
    return _changed(connection, change)


def send_again(
    connection: Connection, recipient: str, audience: str, week: str, now: datetime
) -> int:
    """Have a mail sent that is unknown, refused or skipped, as a person wants; 1 or 0."""
    change = (
        update(_MAIL)
        .where(
            *_is(MailKey(recipient, audience, week)),
            _MAIL.c.state.in_([state.value for state in AGAIN]),
        )
        .values(
            state=MailState.WAITING.value,
            detail="to be sent again by hand",
            next_attempt_at=now,
            give_up_at=now + CATCH_UP,
            changed_at=now,
            claim="",
        )
    )
    return _changed(connection, change)


def unsubscribe(connection: Connection, recipient: str, audience: str, now: datetime) -> None:
    """Send this digest to this address no more; what waits is skipped when its turn comes."""
    row = {"recipient": recipient, "audience": audience, "since": now}
    insert_new(connection, UnsubscribedRow, [row])


def resubscribe(connection: Connection, recipient: str, audience: str | None = None) -> int:
    """Take that back, for one digest or all; for how many it was in force."""
    change = delete(_GONE).where(_GONE.c.recipient == recipient)
    if audience is not None:
        change = change.where(_GONE.c.audience == audience)
    result: CursorResult[Any] = connection.execute(change)
    return result.rowcount


def list_unsubscribed(connection: Connection) -> tuple[Unsubscribed, ...]:
    """Who wants which digest no more, by address."""
    query = select(_GONE).order_by(_GONE.c.recipient, _GONE.c.audience)
    return tuple(
        Unsubscribed(row.recipient, row.audience, row.since) for row in connection.execute(query)
    )


def is_unsubscribed(connection: Connection, recipient: str, audience: str) -> bool:
    """Whether this address wants this digest no more."""
    query = select(_GONE.c.since).where(
        _GONE.c.recipient == recipient, _GONE.c.audience == audience
    )
    return connection.execute(query).first() is not None


def _end_waiting(
    connection: Connection,
    state: MailState,
    detail: str | ColumnElement[str],
    now: datetime,
    where: ColumnElement[bool],
) -> int:
    change = (
        update(_MAIL)
        .where(_MAIL.c.state == MailState.WAITING.value, where)
        .values(state=state.value, detail=detail, changed_at=now, next_attempt_at=None)
    )
    return _changed(connection, change)


def _changed(connection: Connection, change: Update) -> int:
    result: CursorResult[Any] = connection.execute(change)
    return result.rowcount


def _is(key: MailKey) -> tuple[Any, ...]:
    columns = _MAIL.c
    return (
        columns.recipient == key.recipient,
        columns.audience == key.audience,
        columns.week == key.week,
    )


def _mail(row: Row[Any]) -> OutboxMail:
    return OutboxMail(
        mail_id=row.id,
        key=MailKey(row.recipient, row.audience, row.week),
        state=MailState(row.state),
        attempts=row.attempts,
        message_id=row.message_id,
        created_at=row.created_at,
        give_up_at=row.give_up_at,
        next_attempt_at=row.next_attempt_at,
        changed_at=row.changed_at,
        detail=row.detail,
    )
