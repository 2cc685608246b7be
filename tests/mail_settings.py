"""Settings of mails and of the digest, each with where it takes effect: for the test of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage

from auditor.domain.outbox import MailState, OutboxMail
from auditor.settings import Settings
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.send_digest import DigestPost, mail_server
from auditor.usecases.send_outbox import Wanted

SUNDAY = datetime(2026, 11, 22, 20, tzinfo=UTC)
NEEDED = {
    "digest.recipients.name.address": "ann@example.com",
    "mail.host": "smtp.example",
    "mail.sender": "auditor@example.com",
    "mail.username": "auditor",
}


def _post(settings: Settings) -> tuple[DigestPost, Wanted]:
    post = DigestPost(prepare_database(settings.database_url), settings, SUNDAY)
    return post, next(post.wanted())


def wanted(settings: Settings) -> Wanted:
    """What the configured recipient is to get."""
    post, found = _post(settings)
    post.database.dispose()
    return found


def mail(settings: Settings) -> EmailMessage:
    """The mail itself."""
    post, found = _post(settings)
    times = (SUNDAY, SUNDAY, None, SUNDAY)
    row = OutboxMail(1, found.key, MailState.WAITING, 0, found.message_id, *times, "")
    made = post.compose(row)
    post.database.dispose()
    assert isinstance(made, EmailMessage)
    return made


LEAVES_AT = "<https://a.example/x/unsubscribe?"
CASES: Mapping[str, tuple[str, Callable[[Settings], object], object]] = {
    "web.url": (
        "https://a.example/x/",
        lambda one: str(mail(one)["List-Unsubscribe"]).startswith(LEAVES_AT),
        True,
    ),
    "mail.host": ("other.example", lambda one: mail_server(one).host, "other.example"),
    "mail.port": ("2525", lambda one: mail_server(one).port, 2525),
    "mail.security": ("tls", lambda one: mail_server(one).security, "tls"),
    "mail.username": ("me", lambda one: mail_server(one).username, "me"),
    "mail.password": ("s3cret", lambda one: mail_server(one).password, "s3cret"),
    "mail.sender": ("Us <us@b.example>", lambda one: mail(one)["From"], "Us <us@b.example>"),
    "mail.reply_to": ("help@b.example", lambda one: mail(one)["Reply-To"], "help@b.example"),
    "mail.timeout_seconds": ("7", lambda one: mail_server(one).timeout_seconds, 7),
    "digest.zone": ("Asia/Tokyo", lambda one: wanted(one).key.week, "2026-W48"),
    "digest.list_id": (
        *("a.b.example", lambda one: mail(one)["List-Id"]),
        "Registry digest <a.b.example>",
    ),
    "digest.quiet": ("true", lambda one: one.digest.quiet, True),
    "digest.recipients.name.address": (
        *("Bob@example.com", lambda one: wanted(one).address),
        "Bob@example.com",
    ),
    "digest.recipients.name.teams": (
        *("Payments,Web", lambda one: wanted(one).key.audience),
        "Payments",
    ),
    "digest.recipients.name.zone": ("Asia/Tokyo", lambda one: wanted(one).key.week, "2026-W48"),
}
