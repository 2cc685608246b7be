"""The outbox for machines: JSON documents and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.domain.outbox import OutboxMail, PlannedDigest, Unsubscribed
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.json_values import moment_value

MAIL_COLUMNS = (
    *("state", "recipient", "team", "week", "attempts", "changed_at", "next_attempt_at"),
    *("message_id", "detail"),
)
PLAN_COLUMNS = ("recipient", "team", "week", "subject", "state")
_NEW = "to be sent"


def mails_document(mails: Sequence[OutboxMail]) -> dict[str, object]:
    """One object per mail, in the order given; `team` "" is the whole organisation."""
    rows = [dict(zip(MAIL_COLUMNS, _mail(one), strict=True)) for one in mails]
    return {"schema_version": SCHEMA_VERSION, "mails": rows}


def unsubscribed_document(people: Sequence[Unsubscribed]) -> dict[str, object]:
    """One object per address and digest that was left."""
    return {
        "unsubscribed": [
            {"recipient": one.recipient, "team": one.audience, "since": moment_value(one.since)}
            for one in people
        ]
    }


def mail_lines(mails: Sequence[OutboxMail]) -> Iterator[str]:
    """The header and one line per mail."""
    return csv_lines(MAIL_COLUMNS, map(_mail, mails))


def plan_document(plan: Sequence[PlannedDigest]) -> dict[str, object]:
    """One object per digest of this week, sent or not."""
    rows = [dict(zip(PLAN_COLUMNS, _planned(one), strict=True)) for one in plan]
    return {"schema_version": SCHEMA_VERSION, "digests": rows}


def plan_lines(plan: Sequence[PlannedDigest]) -> Iterator[str]:
    """The header and one line per digest."""
    return csv_lines(PLAN_COLUMNS, map(_planned, plan))


def _mail(mail: OutboxMail) -> tuple[str | int | None, ...]:
    return (
        mail.state.value,
        mail.key.recipient,
        mail.key.audience,
        mail.key.week,
        mail.attempts,
        moment_value(mail.changed_at),
        moment_value(mail.next_attempt_at),
        mail.message_id,
        mail.detail,
    )


def _planned(one: PlannedDigest) -> tuple[str, ...]:
    state = one.state.value if one.state else _NEW
    return one.recipient, one.audience, one.week, one.subject, state
