"""Sends what waits in the outbox, each mail at most once, whoever else is at it.

    put in -> claim (committed) -> hand over -> settle

Between claim and settle nothing is certain: who dies there leaves a mail that may have
arrived. Such mails become `unknown` and are told to people, and only people send them again.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from auditor.delivery.by_email import Delivery, MailServer
from auditor.domain.errors import AuditorError
from auditor.domain.outbox import MailKey, MailState, OutboxMail, wait_before
from auditor.domain.text import clean_line
from auditor.store import outbox
from auditor.store.engine import Database

PATIENCE = timedelta(minutes=15)
_log = logging.getLogger(__name__)
_UNSUBSCRIBED = "unsubscribed"
_STATES: Mapping[str, MailState] = {
    "sent": MailState.SENT,
    "refused": MailState.REFUSED,
    "later": MailState.WAITING,
    "unknown": MailState.UNKNOWN,
}

Deliver = Callable[[MailServer, EmailMessage, str], Delivery]
Compose = Callable[[OutboxMail], EmailMessage | str]
"""Writes a mail, or says in a few words why there is none to send."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mail that should go out: its key, where to, and its Message-ID."""

    key: MailKey
    address: str
    message_id: str


@dataclass(frozen=True, slots=True)
class SendReport:
    """What one run did: the mails it touched, as they stand now.

    `lost` were found in the middle of being sent by a process that is gone. `next_attempt_at`
    is when the next waiting mail is due, None where none waits.
    """

    mails: tuple[OutboxMail, ...]
    lost: int
    given_up: int
    next_attempt_at: datetime | None

    @property
    def failed(self) -> tuple[OutboxMail, ...]:
        """Those that did not arrive for certain."""
        fine = (MailState.SENT, MailState.SKIPPED)
        return tuple(mail for mail in self.mails if mail.state not in fine)


class Ticking:
    """A clock that starts at a moment and goes on from there."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        """The moment it is."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)


def send_outbox(
    database: Database,
    server: MailServer,
    wanted: Sequence[Wanted],
    compose: Compose,
    deliver: Deliver,
    now: datetime,
    *,
    puts_in: bool = True,
    is_everybody: bool = True,
) -> SendReport:
    """Put in what is wanted and not there yet, then send what is due, for a quarter of an hour.

    What is left then waits for the next run. A mail that cannot be written waits as one that
    was not taken does. Where `wanted` is everybody, mails of others are skipped; else they are
    left alone. `puts_in` False: nothing new.
    """
    clock = Ticking(now)
    lease = timedelta(seconds=2 * server.timeout_seconds + 60)
    with database.writing() as connection:
        lost = outbox.find_lost(connection, now - lease, now)
        given_up = outbox.give_up(connection, now)
        for one in wanted if puts_in else ():
            outbox.put_in(connection, one.key, one.message_id, now)
        due = outbox.load_due(connection, now)
    sender = _Sender(database, server, compose, deliver, clock)
    addresses = {(one.key.recipient, one.key.audience): one.address for one in wanted}
    touched = []
    for mail in due:
        if not is_everybody and (mail.key.recipient, mail.key.audience) not in addresses:
            continue
        if clock() > now + PATIENCE:
            break
        sender.send(mail, addresses.get((mail.key.recipient, mail.key.audience), ""))
        touched.append(mail.key)
    with database.reading() as connection:
        mails = tuple(
            found for key in touched if (found := outbox.load_mail(connection, key)) is not None
        )
        return SendReport(mails, lost, given_up, outbox.load_next_attempt(connection))


@dataclass(frozen=True, slots=True)
class _Sender:
    database: Database
    server: MailServer
    compose: Compose
    deliver: Deliver
    clock: Callable[[], datetime]

    def send(self, mail: OutboxMail, address: str) -> None:
        """Write it first: what fails or takes long before the claim makes nothing unknown."""
        if not address:
            self._skip(mail, "no longer a recipient")
            return
        try:
            message = self._written(mail)
        except AuditorError as error:
            self._postpone(mail, clean_line(str(error)))
            return
        except Exception as error:  # noqa: BLE001 - one digest that fails keeps no other back
            _log.exception("digest failed recipient=%s week=%s", mail.key.recipient, mail.key.week)
            self._postpone(mail, f"it could not be written: {type(error).__name__}")
            return
        if isinstance(message, str):
            self._skip(mail, message)
        else:
            self._hand_over(mail, address, message)

    def _written(self, mail: OutboxMail) -> EmailMessage | str:
        with self.database.reading() as connection:
            if outbox.is_unsubscribed(connection, mail.key.recipient, mail.key.audience):
                return _UNSUBSCRIBED
        return self.compose(mail)

    def _hand_over(self, mail: OutboxMail, address: str, message: EmailMessage) -> None:
        name = secrets.token_hex(8)
        with self.database.writing() as connection:
            if outbox.is_unsubscribed(connection, mail.key.recipient, mail.key.audience):
                outbox.skip(connection, mail.mail_id, _UNSUBSCRIBED, self.clock())
                return
            if not outbox.claim(connection, mail.mail_id, name, self.clock()):
                return
        delivery = self.deliver(self.server, message, address)
        state = _STATES[delivery.outcome]
        now = self.clock()
        again = now + wait_before(mail.attempts + 1) if state is MailState.WAITING else None
        with self.database.writing() as connection:
            outbox.settle(connection, mail.mail_id, name, state, delivery.detail, now, again)

    def _skip(self, mail: OutboxMail, reason: str) -> None:
        with self.database.writing() as connection:
            outbox.skip(connection, mail.mail_id, reason, self.clock())

    def _postpone(self, mail: OutboxMail, reason: str) -> None:
        now = self.clock()
        with self.database.writing() as connection:
            again = now + wait_before(mail.attempts + 1)
            outbox.postpone(connection, mail.mail_id, reason, now, again)
