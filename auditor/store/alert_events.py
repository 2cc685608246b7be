"""What rules of alerts found, and whom they told: read and written as one look settles it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, case, delete, func, insert, select, text, update

from auditor.domain.alerts import (
    Alert,
    AlertEvent,
    AlertsQuery,
    AlertState,
    NoticeKind,
    NoticeMark,
)
from auditor.store.batches import chunks, table_of
from auditor.store.tables.alerts import AlertEventRow, AlertNoticeRow

_ONE_AT_A_TIME = 7_240_034
"""The number of the lock under which alerts are settled in PostgreSQL."""


def take_turn(connection: Connection) -> None:
    """Wait until nobody else settles alerts, up to the end of the transaction.

    In SQLite whoever writes is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})


def load_events(
    connection: Connection, *, resolved_after: datetime | None = None
) -> tuple[AlertEvent, ...]:
    """Every event, by rule and key; with a moment, of those that are over the later ones only."""
    query = select(table_of(AlertEventRow)).order_by(AlertEventRow.rule, AlertEventRow.key)
    if resolved_after is not None:
        query = query.where(
            (AlertEventRow.state == AlertState.FIRING.value)
            | (AlertEventRow.resolved_at > resolved_after)
        )
    return tuple(map(_event, connection.execute(query)))


def save_events(connection: Connection, events: Iterable[AlertEvent]) -> tuple[AlertEvent, ...]:
    """Keep events as they are now; those that are new come back with their ids."""
    table = table_of(AlertEventRow)
    kept = []
    for event in events:
        values = _values(event)
        event_id = event.event_id
        if event_id:
            connection.execute(update(table).where(table.c.id == event_id).values(values))
        else:
            added = insert(table).values(values).returning(table.c.id)
            event_id = connection.execute(added).scalar_one()
        kept.append(replace(event, event_id=event_id))
    return tuple(kept)


def load_marks(connection: Connection, events: Collection[AlertEvent]) -> tuple[NoticeMark, ...]:
    """Who was told of these events, of any episode."""
    found = []
    for chunk in chunks([event.event_id for event in events]):
        query = select(table_of(AlertNoticeRow)).where(AlertNoticeRow.event_id.in_(chunk))
        found += [
            NoticeMark(
                row.event_id,
                row.channel,
                row.episode,
                NoticeKind(row.kind),
                row.number,
                row.notified_at,
            )
            for row in connection.execute(query)
        ]
    return tuple(found)


def load_page(connection: Connection, query: AlertsQuery) -> tuple[AlertEvent, ...]:
    """One page of events: those that go on first, then by when they changed last."""
    is_over = case((AlertEventRow.state == AlertState.FIRING.value, 0), else_=1)
    changed = func.coalesce(AlertEventRow.resolved_at, AlertEventRow.first_at)
    statement = _matching(select(table_of(AlertEventRow)), query).order_by(
        is_over, changed.desc(), AlertEventRow.id.desc()
    )
    statement = statement.offset(query.offset)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    return tuple(map(_event, connection.execute(statement)))


def count_events(connection: Connection, query: AlertsQuery) -> int:
    """How many events match, on all pages."""
    statement = _matching(select(func.count()).select_from(AlertEventRow), query)
    return int(connection.execute(statement).scalar_one())


def forget_events(connection: Connection, before: datetime) -> None:
    """Let go of events that were over before a moment, and of who was told of them."""
    old = select(AlertEventRow.id).where(
        AlertEventRow.state == AlertState.RESOLVED.value, AlertEventRow.resolved_at < before
    )
    connection.execute(delete(table_of(AlertNoticeRow)).where(AlertNoticeRow.event_id.in_(old)))
    connection.execute(delete(table_of(AlertEventRow)).where(AlertEventRow.id.in_(old)))


def _matching(statement: Select[Any], query: AlertsQuery) -> Select[Any]:
    if query.state is not None:
        statement = statement.where(AlertEventRow.state == query.state.value)
    if query.rule:
        statement = statement.where(AlertEventRow.rule == query.rule)
    return statement


def _event(row: Row[Any]) -> AlertEvent:
    return AlertEvent(
        alert=msgspec.convert(row.body, Alert),
        state=AlertState(row.state),
        episode=row.episode,
        first_at=row.first_at,
        last_at=row.last_at,
        resolved_at=row.resolved_at,
        event_id=row.id,
    )


def _values(event: AlertEvent) -> Mapping[str, Any]:
    return {
        "rule": event.alert.rule,
        "key": event.alert.key,
        "state": event.state.value,
        "episode": event.episode,
        "severity": event.alert.severity,
        "first_at": event.first_at,
        "last_at": event.last_at,
        "resolved_at": event.resolved_at,
        "body": msgspec.to_builtins(event.alert),
    }
