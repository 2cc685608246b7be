"""What becomes of a digest on its way to one recipient: states, and when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CATCH_UP = timedelta(hours=24)
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=4)
_FACTOR = 3
_MOST_FACTORS = 10


class MailState(StrEnum):
    """Where a mail stands; the ones that need a person come first.

    UNKNOWN: handed over, or perhaps not: an answer was lost, or the program died meanwhile.
    It is never sent again by itself. REFUSED: the server said no for good, or no time was
    left. WAITING: to be tried at `next_attempt_at`. SENDING: somebody is at it. SKIPPED: not
    to be sent, as after unsubscribing.
    """

    UNKNOWN = "unknown"
    REFUSED = "refused"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"


AGAIN = (MailState.UNKNOWN, MailState.REFUSED, MailState.SKIPPED)
"""States from which a person may have a mail sent again."""


@dataclass(frozen=True, slots=True)
class MailKey:
    """One digest for one recipient, once. `audience`: a team, "" for the whole organisation.

    `week` is an ISO week, `2026-W48`, in the recipient's zone.
    """

    recipient: str
    audience: str
    week: str


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A row of the outbox. `detail` says in one line what happened last."""

    mail_id: int
    key: MailKey
    state: MailState
    attempts: int
    message_id: str
    created_at: datetime
    give_up_at: datetime
    next_attempt_at: datetime | None
    changed_at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """Somebody who wants one digest no more."""

    recipient: str
    audience: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PlannedDigest:
    """One digest of this week, for a dry run. `state` None: it would be put in now."""

    recipient: str
    audience: str
    week: str
    subject: str
    state: MailState | None


def iso_week(now: datetime, zone: ZoneInfo) -> str:
    """The ISO week that `now` is in, in a zone: `2026-W48`. Source: ISO 8601."""
    year, week, _ = now.astimezone(zone).isocalendar()
    return f"{year}-W{week:02}"


def wait_before(attempts: int) -> timedelta:
    """How long to wait after so many attempts, 1 or more: 5 minutes, then three times longer."""
    factor: int = _FACTOR ** min(attempts - 1, _MOST_FACTORS)
    return min(_FIRST_WAIT * factor, _LONGEST_WAIT)
