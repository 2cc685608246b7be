"""Who is to be told of what: once per episode and channel, reminders, and that it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from auditor.domain.alerts import (
    AlertEvent,
    AlertRule,
    AlertState,
    Channel,
    Notice,
    NoticeKind,
    NoticeMark,
)
from auditor.ledger.quiet_hours import is_quiet

MOST_TOLD = 10
"""Events that one message tells; of the others it says how many they are."""
STALE_AFTER = timedelta(days=1)
"""Nobody is told that something is over that was over for so long."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Notices that one channel gets as one message, the weightiest first."""

    channel: str
    notices: tuple[Notice, ...]

    @property
    def told(self) -> tuple[Notice, ...]:
        """Those that are told one by one."""
        return self.notices[:MOST_TOLD]

    @property
    def is_critical(self) -> bool:
        """Whether it may be sent in quiet hours: every part of it may."""
        return all(one.is_critical for one in self.notices)


def plan_notices(
    events: Iterable[AlertEvent],
    rules: Mapping[str, AlertRule],
    channels: Mapping[str, Channel],
    marks: Iterable[NoticeMark],
    now: datetime,
) -> tuple[Notice, ...]:
    """What each channel has still to be told. Nothing for a channel in its quiet hours.

    What is critical is told then, too. In quiet hours nothing is lost: it is due afterwards,
    as far as it goes on by then, or the channel wants to know of ends.
    """
    given: dict[tuple[int, str, int], list[NoticeMark]] = {}
    for mark in marks:
        given.setdefault((mark.event_id, mark.channel, mark.episode), []).append(mark)
    return tuple(
        notice
        for event in events
        if (rule := rules.get(event.alert.rule)) is not None
        for name in dict.fromkeys(rule.channels)
        if (channel := channels.get(name)) is not None
        and (rule.is_critical or not is_quiet(channel.quiet_hours, now))
        for notice in _due(
            event, rule, channel, given.get((event.event_id, name, event.episode), []), now
        )
    )


def _due(
    event: AlertEvent,
    rule: AlertRule,
    channel: Channel,
    marks: Sequence[NoticeMark],
    now: datetime,
) -> Iterator[Notice]:
    kinds = {mark.kind for mark in marks}
    number = 1 + max((mark.number for mark in marks), default=-1)
    if event.state is AlertState.RESOLVED:
        is_fresh = event.resolved_at is not None and now - event.resolved_at < STALE_AFTER
        if channel.tells_resolved and is_fresh and NoticeKind.RESOLVED not in kinds:
            yield _notice(event, rule, channel, NoticeKind.RESOLVED, event.resolved_at)
    elif NoticeKind.FIRING not in kinds:
        yield _notice(event, rule, channel, NoticeKind.FIRING, event.first_at)
    elif rule.remind_hours and now - max(mark.at for mark in marks) >= timedelta(
        hours=rule.remind_hours
    ):
        yield _notice(event, rule, channel, NoticeKind.REMINDER, None, number)


def _notice(
    event: AlertEvent,
    rule: AlertRule,
    channel: Channel,
    kind: NoticeKind,
    at: datetime | None,
    number: int = 0,
) -> Notice:
    was_quiet = at is not None and is_quiet(channel.quiet_hours, at)
    return Notice(
        event, channel.name, kind, number, rule.is_critical, was_quiet and not rule.is_critical
    )


def bundle(notices: Iterable[Notice]) -> tuple[Bundle, ...]:
    """One message per channel and rule, however many events; one in all for what was held back."""

    def key(one: Notice) -> tuple[str, str]:
        return (one.channel, "" if one.was_held_back else one.event.alert.rule)

    def order(one: Notice) -> tuple[int, float, str]:
        return (_ORDER[one.kind], -one.event.alert.weight, one.event.alert.key)

    ordered = sorted(notices, key=lambda one: (key(one), order(one)))
    return tuple(Bundle(channel, tuple(group)) for (channel, _), group in groupby(ordered, key=key))


_ORDER = {NoticeKind.FIRING: 0, NoticeKind.REMINDER: 1, NoticeKind.RESOLVED: 2}
