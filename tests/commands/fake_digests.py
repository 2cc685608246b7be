"""Digests that were written and sent by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from auditor.domain.errors import UsageError
from auditor.domain.outbox import (
    MailKey,
    MailState,
    OutboxMail,
    PlannedDigest,
    Unsubscribed,
)
from auditor.reports.digest.as_mail import DigestForms, digest_forms
from auditor.settings import Settings
from auditor.usecases.send_digest import DigestReport, Outbox
from tests.reports import digest_samples

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
SENT = OutboxMail(
    1,
    MailKey("ann@example.com", "", "2026-W48"),
    MailState.SENT,
    1,
    "<digest.1@example.com>",
    NOW,
    NOW + timedelta(days=1),
    None,
    NOW,
    "250 taken\x1b[31m",
)
UNKNOWN = replace(
    SENT,
    mail_id=2,
    key=MailKey("bob@example.com", "Pay\x1bments", "2026-W48"),
    state=MailState.UNKNOWN,
    detail="no answer after the text",
)
WAITING = replace(UNKNOWN, state=MailState.WAITING, next_attempt_at=NOW + timedelta(minutes=5))
MAILS = (UNKNOWN, WAITING, SENT)
GONE = Unsubscribed("eve@example.com", "", NOW)


class FakeDigests:
    """Answers the commands of the digest, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.sent = DigestReport((SENT,), 0, 0, None)
        self.gone = 1

    def preview(self, settings: Settings, team: str) -> DigestForms:
        if team == "nobody":
            raise UsageError("no repository belongs to team nobody", next_step="name another")
        self.asked.append(("preview", team))
        return digest_forms(digest_samples.full(), "")

    def send(self, settings: Settings, only: str) -> DigestReport:
        self.asked.append(("send", only))
        return self.sent

    def plan(self, settings: Settings, only: str) -> tuple[PlannedDigest, ...]:
        self.asked.append(("plan", only))
        return (
            PlannedDigest("ann@example.com", "", "2026-W48", "Registries: 1 TB", None),
            PlannedDigest("b@example.com", "Pay\nments", "2026-W48", "x\x1b", MailState.SENT),
        )

    def send_again(self, settings: Settings, recipient: str, team: str, week: str) -> DigestReport:
        self.asked.append(("again", recipient, team, week))
        return self.sent

    def outbox(self, settings: Settings, limit: int | None) -> Outbox:
        self.asked.append(("outbox", str(limit)))
        counts = {MailState.UNKNOWN: 1, MailState.WAITING: 1, MailState.SENT: 1}
        return Outbox(MAILS[:limit], counts, (GONE,))

    def resubscribe(self, settings: Settings, address: str) -> int:
        self.asked.append(("back", address))
        return self.gone
