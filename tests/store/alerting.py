"""Events and messages about them, for tests of what is kept."""

from __future__ import annotations

from dataclasses import replace

from auditor.domain.alerts import Alert, AlertEvent, AlertKind, AlertMessage, AlertState
from tests.store.things import day


def alert(key: str = "k", **changes: object) -> Alert:
    made = Alert("large", AlertKind.IMAGE_SIZE, key, f"{key} is large", value=1.5, limit=1)
    return replace(made, **changes)  # type: ignore[arg-type]


def event(key: str = "k", at: float = 0, **changes: object) -> AlertEvent:
    found = AlertEvent(alert(key), AlertState.FIRING, 1, day(at), day(at))
    return replace(found, **changes)  # type: ignore[arg-type]


def over(key: str = "k", at: float = 0, **changes: object) -> AlertEvent:
    return event(key, at, state=AlertState.RESOLVED, resolved_at=day(at), **changes)


def message(key: str = "m1", channel: str = "ops", at: float = 0) -> AlertMessage:
    return AlertMessage(key, channel, day(at), (), {"firing": 2})
