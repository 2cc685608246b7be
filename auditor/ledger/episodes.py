"""What is wrong against what was known to be: episodes begin, go on and end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.domain.alerts import Alert, AlertEvent, AlertState


@dataclass(frozen=True, slots=True)
class Settled:
    """Events after a look at the rules: what began, goes on and ended.

    `ended_unseen`: their rule is gone, so nobody knows; they are closed without a word.
    """

    began: tuple[AlertEvent, ...] = ()
    going_on: tuple[AlertEvent, ...] = ()
    ended: tuple[AlertEvent, ...] = ()
    ended_unseen: tuple[AlertEvent, ...] = ()


def settle(
    known: Iterable[AlertEvent], alerts: Iterable[Alert], rules: Collection[str], now: datetime
) -> Settled:
    """The events that follow from what was known and what is wrong now.

    What was not known, or was over, begins an episode where it is news; so does what got worse.
    What is not wrong any more is over. The order of `alerts` changes nothing; of two with
    one key the heavier counts. Nothing follows from a look that is older than what is known.
    """
    before = {(event.alert.rule, event.alert.key): event for event in known}
    if any(
        max(event.last_at, event.resolved_at or event.last_at) > now for event in before.values()
    ):
        return Settled()
    wrong = {(one.rule, one.key): one for one in sorted(alerts, key=lambda one: one.weight)}
    began, going_on = [], []
    for key in sorted(wrong):
        event = before.get(key)
        is_firing = event is not None and event.state is AlertState.FIRING
        if event and is_firing and wrong[key].severity <= event.alert.severity:
            alert = replace(wrong[key], severity=event.alert.severity)
            going_on.append(replace(event, alert=alert, last_at=now))
        elif wrong[key].is_news or is_firing:
            began.append(_begun(event, wrong[key], now))
    over = [
        replace(event, state=AlertState.RESOLVED, resolved_at=now)
        for key, event in sorted(before.items())
        if event.state is AlertState.FIRING and key not in wrong
    ]
    return Settled(
        tuple(began),
        tuple(going_on),
        tuple(event for event in over if event.alert.rule in rules),
        tuple(event for event in over if event.alert.rule not in rules),
    )


def _begun(event: AlertEvent | None, alert: Alert, now: datetime) -> AlertEvent:
    episode = event.episode + 1 if event else 1
    event_id = event.event_id if event else 0
    return AlertEvent(alert, AlertState.FIRING, episode, now, now, None, event_id)
