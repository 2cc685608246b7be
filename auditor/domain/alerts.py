"""Alerts: what is wanted to be warned of, what is wrong now, and who was told.

Sizes are bytes as stored. An event is one thing that is wrong, under a key that stays the
same for as long as it is; an episode is one stretch of time during which it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class AlertKind(StrEnum):
    """What a rule watches."""

    IMAGE_SIZE = "image-size"
    GROWTH = "growth"
    BUDGET = "budget"
    CRAWL_FAILING = "crawl-failing"
    FINDING = "finding"


class AlertState(StrEnum):
    """Whether an event goes on."""

    FIRING = "firing"
    RESOLVED = "resolved"


class NoticeKind(StrEnum):
    """Why somebody is told of an event."""

    FIRING = "firing"
    REMINDER = "reminder"
    RESOLVED = "resolved"


class MessageStatus(StrEnum):
    """What became of a message.

    `WAITING` is sent when its time comes; `SENDING` is on its way, or was when the process
    ended; `UNKNOWN` may or may not have arrived and is not sent again.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ChannelKind(StrEnum):
    """How a channel is reached."""

    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class AlertScope:
    """Whose alerts: patterns of repositories and registries, and teams; empty means all."""

    repositories: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule of the settings; of the limits those count that its kind knows.

    `image_bytes` for image-size; `growth_bytes` and `growth_percent` within `window_days`
    for growth, both where both are set; `uses_forecast` for budget; `failures` in a row or
    `silent_hours` without a complete crawl for crawl-failing; `saving_bytes` for findings,
    which are news for `window_days`. `remind_hours` 0: never again in the same episode.
    """

    name: str
    kind: AlertKind
    channels: tuple[str, ...] = ()
    scope: AlertScope = AlertScope()
    image_bytes: int = 0
    growth_bytes: int = 0
    growth_percent: float = 0.0
    window_days: float = 7.0
    uses_forecast: bool = True
    failures: int = 0
    silent_hours: float = 0.0
    saving_bytes: int = 0
    remind_hours: float = 0.0
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong now, by one rule.

    `key` is the same for the same thing next time. `severity` grows where it gets worse in a
    way that is worth another notice. `weight` sorts, the biggest first. `is_news` false:
    nobody is told that it began, only that it goes on or ends. `value` and `limit` are
    counted in `unit`: bytes, percent, failures, hours, or a currency's code.
    """

    rule: str
    kind: AlertKind
    key: str
    summary: str
    registry: str = ""
    repository: str = ""
    team: str = ""
    subject: str = ""
    value: float = 0
    limit: float = 0
    unit: str = "bytes"
    severity: int = 1
    weight: float = 0
    is_news: bool = True


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """What is known of one key of one rule; `first_at` is the beginning of its episode."""

    alert: Alert
    state: AlertState
    episode: int
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None = None
    event_id: int = 0


@dataclass(frozen=True, slots=True)
class NoticeMark:
    """That a channel was told of an episode: `number` counts the reminders of it."""

    event_id: int
    channel: str
    episode: int
    kind: NoticeKind
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """That a channel is to be told of an event, and why.

    `was_held_back`: it happened in the channel's quiet hours, which are over.
    """

    event: AlertEvent
    channel: str
    kind: NoticeKind
    number: int = 0
    is_critical: bool = False
    was_held_back: bool = False


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when to when a channel is left alone, on the clocks of a zone.

    `start` after `end` goes over midnight; both equal is never.
    """

    start: time
    end: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts go. `url` and `secret` are secrets.

    `tells_resolved`: also that something is over.
    """

    name: str
    kind: ChannelKind
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    addresses: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    tells_resolved: bool = False
    timeout_seconds: float = 10.0

    @property
    def recipients(self) -> tuple[str, ...]:
        """Those who get a message each: every address, or the one behind the URL."""
        return self.addresses if self.kind is ChannelKind.EMAIL else ("",)


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One event as a message tells it; `path` leads to it on the dashboard."""

    kind: NoticeKind
    rule: str
    alert_kind: AlertKind
    key: str
    summary: str
    path: str
    registry: str
    repository: str
    team: str
    subject: str
    value: float
    limit: float
    unit: str
    episode: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What one recipient of a channel gets at once: the weightiest events, and how many more.

    `key` names it for good: whoever gets it twice knows it by that.
    """

    key: str
    channel: str
    created_at: datetime
    lines: tuple[AlertLine, ...]
    counts: dict[str, int]
    is_critical: bool = False
    is_test: bool = False

    @property
    def total(self) -> int:
        """How many events it is about, told or only counted."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for one recipient, as the outbox keeps it."""

    message_id: int
    message: AlertMessage
    recipient: str
    attempts: int = 0
    was_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel's messages fared: how many by status, and the last trouble."""

    channel: str
    counts: dict[str, int]
    trouble: str = ""
    trouble_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertsQuery:
    """Which events to list; empty texts and None mean all."""

    state: AlertState | None = None
    rule: str = ""
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """Events, those that go on first, then the latest; `matches` counts them on all pages."""

    query: AlertsQuery
    events: tuple[AlertEvent, ...]
    matches: int
    firing: int
    rules: tuple[str, ...] = ()
    channels: tuple[ChannelState, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertReport:
    """What one look at the rules did.

    `began`, `ended` and `firing` count events; `sent` and the others count messages, one per
    recipient. `failures` says per message in words what went wrong.
    """

    at: datetime
    began: tuple[AlertEvent, ...] = ()
    ended: tuple[AlertEvent, ...] = ()
    firing: int = 0
    sent: int = 0
    later: int = 0
    refused: int = 0
    unknown: int = 0
    failures: tuple[str, ...] = ()
    is_dry_run: bool = False
