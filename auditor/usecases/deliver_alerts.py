"""Sends what waits in the outbox of alerts: store -> reports -> delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.delivery.by_email import MailServer, send_mail
from auditor.delivery.by_webhook import send_webhook, sign
from auditor.domain.alerts import (
    AlertMessage,
    Channel,
    ChannelKind,
    MessageStatus,
    Outgoing,
)
from auditor.ledger.quiet_hours import is_quiet
from auditor.reports import alert_words
from auditor.store import alert_outbox as outbox
from auditor.store.engine import Database

CLAIM = timedelta(minutes=15)
"""Who has not said by then what became of a message does not send it any more."""
MOST_ATTEMPTS = 12
_FIRST_WAIT = timedelta(minutes=1)
_MOST_WAIT = timedelta(hours=1)
_NO_MAIL_SERVER = "there is no mail server: set mail.host and mail.sender"
_GONE = "the channel is in the settings no more"
_CUT_OFF = "whoever sent it was stopped; it may have arrived, and is not sent again"


@dataclass(frozen=True, slots=True)
class MailDesk:
    """By whom mails are sent, and who they are from."""

    server: MailServer
    sender: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one try; `wait_seconds` where a receiver asked for it."""

    status: MessageStatus
    detail: str
    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Makes a message fit its channel and hands it over; links begin with `base_url`."""

    base_url: str
    mail: MailDesk | None
    clock: Callable[[], datetime]

    def send(self, channel: Channel, message: AlertMessage, recipient: str) -> Sent:
        """Send one message, and say what became of it."""
        if channel.kind is ChannelKind.EMAIL:
            return self._mail(message, recipient)
        if channel.kind is ChannelKind.SLACK:
            document, headers = alert_words.slack_document(message, self.base_url), {}
            body = alert_words.webhook_body(document)
        else:
            body = alert_words.webhook_body(alert_words.webhook_document(message, self.base_url))
            headers = dict(sign(channel.secret, f"msg_{message.key}", self.clock(), body))
        answer = send_webhook(channel.url, body, headers, timeout_seconds=channel.timeout_seconds)
        return Sent(_STATUS[answer.outcome], answer.detail, answer.wait_seconds)

    def _mail(self, message: AlertMessage, recipient: str) -> Sent:
        if self.mail is None:
            return Sent(MessageStatus.WAITING, _NO_MAIL_SERVER)
        mail = alert_words.mail_of(
            message, sender=self.mail.sender, recipient=recipient, base_url=self.base_url
        )
        delivery = send_mail(self.mail.server, mail, recipient)
        return Sent(_STATUS[delivery.outcome], delivery.detail)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Sends messages on the configured channels, each claimed before it goes out."""

    database: Database
    channels: Mapping[str, Channel]
    sender: Sender
    clock: Callable[[], datetime]

    def deliver(self) -> tuple[tuple[Outgoing, Sent], ...]:
        """Send all that is due, one by one; what nobody could take is tried again later.

        A mail whose sending was cut off is `unknown` and not sent again. A webhook is, with
        the id it had: its receiver can tell.
        """
        now = self.clock()
        with self.database.reading() as connection:
            due = outbox.list_due(connection, now)
        return tuple((one, result) for one in due if (result := self._deliver_one(one)) is not None)

    def _deliver_one(self, one: Outgoing) -> Sent | None:
        """Send one message; None where it is not to be sent now, or somebody else has it."""
        channel = self.channels.get(one.message.channel)
        now = self.clock()
        if channel and not one.message.is_critical and is_quiet(channel.quiet_hours, now):
            return None
        with self.database.writing() as connection:
            if not outbox.claim(connection, one.message_id, now, now + CLAIM):
                return None
        result = _final(one, self._sent(channel, one))
        self._note(one, result)
        return result

    def _sent(self, channel: Channel | None, one: Outgoing) -> Sent:
        if channel is None:
            return Sent(MessageStatus.REFUSED, _GONE)
        if one.was_interrupted and channel.kind is ChannelKind.EMAIL:
            return Sent(MessageStatus.UNKNOWN, _CUT_OFF)
        return self.sender.send(channel, one.message, one.recipient)

    def _note(self, one: Outgoing, result: Sent) -> None:
        now = self.clock()
        with self.database.writing() as connection:
            if result.status is MessageStatus.WAITING:
                until = now + _wait(one.attempts, result.wait_seconds)
                outbox.put_off(connection, one.message_id, until, result.detail)
            else:
                outbox.end(connection, one.message_id, result.status, result.detail, now)


def _final(one: Outgoing, result: Sent) -> Sent:
    """The same, but that nothing is tried for ever."""
    if result.status is MessageStatus.WAITING and one.attempts + 1 >= MOST_ATTEMPTS:
        return Sent(MessageStatus.REFUSED, f"{result.detail}; given up")
    return result


def _wait(attempts: int, asked_seconds: float | None) -> timedelta:
    usual = min(_FIRST_WAIT * (1 << min(attempts, 10)), _MOST_WAIT)
    return max(usual, timedelta(seconds=min(asked_seconds or 0, _MOST_WAIT.total_seconds())))


_STATUS = {
    "sent": MessageStatus.SENT,
    "refused": MessageStatus.REFUSED,
    "later": MessageStatus.WAITING,
    "unknown": MessageStatus.UNKNOWN,
}
