"""The weekly digest, to everybody it is due for: settings -> digest -> outbox -> mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256
from zoneinfo import ZoneInfo

from auditor.delivery.by_email import MailServer, send_mail
from auditor.domain.errors import SettingsError, UsageError
from auditor.domain.mail_address import split_mailbox
from auditor.domain.outbox import (
    MailKey,
    MailState,
    OutboxMail,
    PlannedDigest,
    Unsubscribed,
    iso_week,
)
from auditor.domain.weekly_digest import WeeklyDigest
from auditor.reports.digest import addresses
from auditor.reports.digest.as_mail import DigestForms, Envelope, digest_forms, digest_mail
from auditor.settings import Settings
from auditor.store import outbox
from auditor.store.engine import Database
from auditor.usecases.ledger import ledger_of
from auditor.usecases.send_outbox import Deliver, SendReport, Wanted, send_outbox
from auditor.usecases.unsubscribing import Leaving, Unsubscribing, recipient_key
from auditor.usecases.web_key import load_web_key
from auditor.usecases.write_digest import DigestWriter

DigestReport = SendReport
_NOTHING_NOTABLE = "nothing notable"


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox as people see it: `counts` of all mails, `mails` those that were asked for."""

    mails: tuple[OutboxMail, ...]
    counts: dict[MailState, int]
    unsubscribed: tuple[Unsubscribed, ...]


def send_digests(
    database: Database,
    settings: Settings,
    now: datetime,
    *,
    only: str = "",
    opens: bool = True,
    deliver: Deliver = send_mail,
) -> DigestReport:
    """Send the digest of this ISO week to everybody who has not got it, as often as called.

    The week is that of `now` in each recipient's zone. `only`: to one configured name or
    address. `opens` False: nothing new, only what waits for another attempt. Without
    recipients nothing is done. Raises SettingsError without a server or a sender, UsageError
    for an unknown recipient.
    """
    post = DigestPost(database, settings, now)
    wanted = tuple(post.wanted(only))
    if not wanted and not only:
        return SendReport((), 0, 0, None)
    server = mail_server(settings)
    return send_outbox(
        database,
        server,
        wanted,
        post.compose,
        deliver,
        now,
        puts_in=opens,
        is_everybody=not only,
    )


def plan_digests(
    database: Database, settings: Settings, now: datetime, *, only: str = ""
) -> tuple[PlannedDigest, ...]:
    """What `send_digests` would do, with subjects; nothing is written. Raises as it does."""
    post = DigestPost(database, settings, now)
    return tuple(post.planned(one) for one in post.wanted(only))


def send_digest_again(
    database: Database, recipient: str, audience: str, week: str, now: datetime
) -> None:
    """Have a mail sent again that is unknown, refused or skipped. Raises UsageError."""
    with database.writing() as connection:
        key = recipient_key(recipient)
        if not outbox.send_again(connection, key, audience, week, now):
            raise UsageError(
                f"no mail to {recipient[:80]} of {week[:20]} is unknown, refused or skipped",
                next_step="see `auditor digest outbox`",
            )


def read_outbox(database: Database, limit: int | None = None) -> Outbox:
    """Mails that need a person first, then the latest, and who has left."""
    with database.reading() as connection:
        return Outbox(
            outbox.list_mails(connection, limit=limit),
            outbox.count_mails(connection),
            outbox.list_unsubscribed(connection),
        )


def mail_server(settings: Settings) -> MailServer:
    """The configured server. Raises SettingsError without host or sender."""
    mail = settings.mail
    for key, value in (("mail.host", mail.host), ("mail.sender", mail.sender)):
        if not value:
            raise SettingsError(f"{key} is not set, so no mail can be sent", next_step=f"set {key}")
    return MailServer(
        mail.host,
        mail.used_port,
        mail.security,
        mail.username,
        mail.password.get_secret_value(),
        mail.timeout_seconds,
    )


@dataclass(slots=True)
class DigestPost:
    """Writes the mails of one run; a digest that several get is written once."""

    database: Database
    settings: Settings
    now: datetime
    _zones: dict[MailKey, str] = field(default_factory=dict)
    _written: dict[tuple[str, str], WeeklyDigest] = field(default_factory=dict)

    def wanted(self, only: str = "") -> Iterator[Wanted]:
        """A mail per recipient and audience; the same address twice is one recipient.

        Raises UsageError where `only` names nobody.
        """
        chosen = {
            name: one
            for name, one in self.settings.digest.recipients.items()
            if only in ("", name, one.address)
        }
        if only and not chosen:
            raise UsageError(
                f"{only[:80]} is no recipient of the digest",
                next_step="write a table [digest.recipients.NAME], or see `auditor config show`",
            )
        for one in chosen.values():
            zone = self.settings.digest.zone_of(one)
            for audience in one.teams or ("",):
                key = MailKey(recipient_key(one.address), audience, iso_week(self.now, zone))
                if key not in self._zones:
                    self._zones[key] = zone.key
                    yield Wanted(key, one.address, self._message_id(key))

    def planned(self, one: Wanted) -> PlannedDigest:
        """What is known of a wanted mail, and its subject."""
        with self.database.reading() as connection:
            found = outbox.load_mail(connection, one.key)
            is_gone = outbox.is_unsubscribed(connection, one.key.recipient, one.key.audience)
        state = found.state if found else (MailState.SKIPPED if is_gone else None)
        subject = self._forms(one.key).subject
        return PlannedDigest(one.address, one.key.audience, one.key.week, subject, state)

    def compose(self, mail: OutboxMail) -> EmailMessage | str:
        """The mail of a row of the outbox, or why there is none to send."""
        digest = self._digest(mail.key)
        if self.settings.digest.quiet and not digest.is_notable:
            return _NOTHING_NOTABLE
        envelope = Envelope(
            self.settings.mail.sender,
            mail.key.recipient,
            mail.message_id,
            self.settings.mail.reply_to,
            self.settings.digest.list_id,
            self._way_out(mail.key),
        )
        return digest_mail(self._forms(mail.key), envelope, self.now)

    def _forms(self, key: MailKey) -> DigestForms:
        return digest_forms(self._digest(key), self.settings.web.url, self._way_out(key))

    def _digest(self, key: MailKey) -> WeeklyDigest:
        zone = self._zones.get(key, self.settings.digest.zone)
        wanted = (key.audience, zone)
        if wanted not in self._written:
            writer = DigestWriter.over(ledger_of(self.database, self.settings), self.settings)
            self._written[wanted] = writer.write(key.audience, zone, self.now)
        return self._written[wanted]

    def _way_out(self, key: MailKey) -> str:
        if not self.settings.web.url:
            return ""
        unsubscribing = Unsubscribing(self.database, lambda: load_web_key(self.settings))
        token = unsubscribing.token(Leaving(key.recipient, key.audience))
        return f"{self.settings.web.url}{addresses.unsubscribe(token)}"

    def _message_id(self, key: MailKey) -> str:
        """The same for the same digest, so that even two copies are one to a mail program."""
        domain = split_mailbox(self.settings.mail.sender)[1].partition("@")[2] or "localhost"
        name = sha256(f"{key.recipient}\0{key.audience}\0{key.week}".encode()).hexdigest()[:32]
        return f"<digest.{name}@{domain}>"


def preview_digest(
    database: Database, settings: Settings, audience: str, zone: str, now: datetime
) -> DigestForms:
    """The digest of a team, or for "" of everything, as it would be sent now.

    Raises UsageError for a team without repositories.
    """
    writer = DigestWriter.over(ledger_of(database, settings), settings)
    digest = writer.write(audience, ZoneInfo(zone or settings.digest.zone).key, now)
    return digest_forms(digest, settings.web.url)
