"""The outbox as tables: what became of each digest, and who wants none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.domain.outbox import MailState, OutboxMail, PlannedDigest, Unsubscribed
from auditor.reports.phrases import count_text, time_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Column, Cut, Table

EVERYTHING = "all registries"
NEW = "to be sent"
UNKNOWN = (
    "unknown: it may have arrived, and is not sent again by itself; ask, then `auditor digest "
    "resend ADDRESS --week WEEK`."
)
_MAIL_COLUMNS = (
    Column("state"),
    Column("recipient", cut=Cut.MIDDLE, least_width=16),
    Column("digest", cut=Cut.END),
    Column("week"),
    Column("since", drop_order=1),
    Column("what happened", cut=Cut.END, least_width=20),
)
_PLAN_COLUMNS = (
    Column("recipient", cut=Cut.MIDDLE, least_width=16),
    Column("digest", cut=Cut.END),
    Column("week"),
    Column("subject", cut=Cut.END, least_width=24),
    Column("state"),
)


def mails_table(mails: Sequence[OutboxMail]) -> Table:
    """One row per mail in the order given."""
    if not mails:
        return Table(notes=("No digest was due.",))
    has_unknown = any(mail.state is MailState.UNKNOWN for mail in mails)
    return Table(
        columns=_MAIL_COLUMNS,
        rows=tuple(map(_mail, mails)),
        notes=(UNKNOWN,) if has_unknown else (),
    )


def outbox_tables(
    mails: Sequence[OutboxMail],
    counts: Mapping[MailState, int],
    unsubscribed: Sequence[Unsubscribed],
) -> list[Table]:
    """Mails with a count of all, then who has left."""
    total = sum(counts.values())
    told = ", ".join(f"{counts[state]:,} {state}" for state in MailState if state in counts)
    summary = f"{count_text(total, 'mail')}: {told}." if total else "No digest was ever sent."
    tables = [mails_table(mails)] if mails else []
    tables.append(Table(notes=(summary,)))
    if unsubscribed:
        rows = tuple(
            (visible(one.recipient), _digest(one.audience), time_text(one.since))
            for one in unsubscribed
        )
        columns = (Column("unsubscribed", cut=Cut.MIDDLE), Column("digest"), Column("since"))
        tables.append(Table(columns=columns, rows=rows))
    return tables


def plan_table(plan: Sequence[PlannedDigest]) -> Table:
    """One row per digest of this week."""
    if not plan:
        return Table(notes=("Nobody gets the digest: write a table [digest.recipients.NAME].",))
    return Table(columns=_PLAN_COLUMNS, rows=tuple(map(_planned, plan)))


def _mail(mail: OutboxMail) -> tuple[str, ...]:
    again = f"again at {time_text(mail.next_attempt_at)}" if mail.next_attempt_at else ""
    return (
        mail.state.value,
        visible(mail.key.recipient),
        _digest(mail.key.audience),
        mail.key.week,
        time_text(mail.changed_at),
        "; ".join(part for part in (visible(mail.detail), again) if part),
    )


def _planned(one: PlannedDigest) -> tuple[str, ...]:
    state = one.state.value if one.state else NEW
    return (visible(one.recipient), _digest(one.audience), one.week, visible(one.subject), state)


def _digest(audience: str) -> str:
    return visible(audience) or EVERYTHING
