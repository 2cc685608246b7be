"""One look at the rules: what began, what is over, who is told, and what is sent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from auditor.delivery.by_email import MailServer
from auditor.domain.alerts import (
    Alert,
    AlertMessage,
    AlertReport,
    AlertRule,
    Channel,
    MessageStatus,
    NoticeKind,
    Outgoing,
)
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.outlook import BudgetReport
from auditor.ledger.episodes import Settled, settle
from auditor.ledger.notices import STALE_AFTER, Bundle, bundle, plan_notices
from auditor.reports.alert_words import line_of
from auditor.settings import Settings
from auditor.store import alert_events, alert_outbox
from auditor.store.engine import Connection, Database
from auditor.usecases.budgets import budgets_of
from auditor.usecases.deliver_alerts import Deliverer, MailDesk, Sender, Sent
from auditor.usecases.judge_alerts import Judge, rules_of
from auditor.usecases.ledger import ledger_of
from auditor.usecases.owners import Owners

KEEP_EVENTS = timedelta(days=400)
_KEEP_MESSAGES = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class AlertDesk:
    """The rules and channels of a configuration, and by what they are judged and sent.

    `budgets` judges the running month; `clock` says how late it is when something is sent.
    """

    rules: tuple[AlertRule, ...]
    channels: Mapping[str, Channel]
    owners: Owners
    budgets: Callable[[], BudgetReport]
    base_url: str = ""
    mail: MailDesk | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def deliverer(self, database: Database) -> Deliverer:
        """What sends its messages."""
        sender = Sender(self.base_url, self.mail, self.clock)
        return Deliverer(database, self.channels, sender, self.clock)


def raise_alerts(database: Database, settings: Settings, now: datetime) -> AlertReport:
    """Look at every rule, tell whom it concerns, and send what waits.

    Run it as often as you like, also twice at once: who was told of an episode is not told
    again, and what could not be sent is tried again. Raises StoreError, SettingsError.
    """
    started = time.monotonic()
    desk = desk_of(database, settings, lambda: now + timedelta(seconds=time.monotonic() - started))
    return look_and_tell(database, desk, now)


def preview_alerts(database: Database, settings: Settings, now: datetime) -> AlertReport:
    """What a look would find and tell, with nothing kept and nothing sent."""
    desk = desk_of(database, settings, lambda: now)
    with database.reading() as connection:
        alerts = _judged(connection, desk, now)
        known = alert_events.load_events(connection)
    settled = settle(known, alerts, [rule.name for rule in desk.rules], now)
    return replace(_report(settled, (), now), is_dry_run=True)


def look_and_tell(database: Database, desk: AlertDesk, now: datetime) -> AlertReport:
    """The same with a desk of one's own."""
    with database.reading() as connection:
        alerts = _judged(connection, desk, now)
    with database.writing() as connection:
        alert_events.take_turn(connection)
        settled = _settle(connection, desk, alerts, now)
        _plan(connection, desk, now)
        alert_events.forget_events(connection, now - KEEP_EVENTS)
        alert_outbox.forget_messages(connection, now - _KEEP_MESSAGES)
    return _report(settled, desk.deliverer(database).deliver(), now)


def send_test(settings: Settings, channel: str, now: datetime) -> tuple[tuple[str, Sent], ...]:
    """A test message on one channel, at once: each recipient, and what became of it.

    Nothing of it is kept. Raises UnknownReferenceError for a channel that is not in the
    settings.
    """
    channels = _channels(settings)
    found = channels.get(channel)
    if found is None:
        raise UnknownReferenceError(
            f"no channel is called {channel!r}",
            next_step="add [channels.NAME] to the settings",
            candidates=tuple(sorted(channels)),
        )
    message = AlertMessage(_key(), channel, now, (), {}, is_test=True)
    sender = Sender(base_url(settings), mail_desk(settings), lambda: now)
    return tuple((one, sender.send(found, message, one)) for one in found.recipients)


def desk_of(database: Database, settings: Settings, clock: Callable[[], datetime]) -> AlertDesk:
    """The desk of a configuration. Raises SettingsError."""
    return AlertDesk(
        rules=rules_of(settings),
        channels=_channels(settings),
        owners=Owners.from_settings(settings),
        budgets=lambda: budgets_of(settings, ledger_of(database, settings, clock)).judge(),
        base_url=base_url(settings),
        mail=mail_desk(settings),
        clock=clock,
    )


def _judged(connection: Connection, desk: AlertDesk, now: datetime) -> list[Alert]:
    judge = Judge(connection, desk.owners, desk.budgets, now)
    return [alert for rule in desk.rules for alert in judge.judge(rule)]


def _settle(connection: Connection, desk: AlertDesk, alerts: list[Alert], now: datetime) -> Settled:
    known = alert_events.load_events(connection)
    settled = settle(known, alerts, [rule.name for rule in desk.rules], now)
    began = alert_events.save_events(connection, settled.began)
    for events in (settled.going_on, settled.ended, settled.ended_unseen):
        alert_events.save_events(connection, events)
    return replace(settled, began=began)


def _plan(connection: Connection, desk: AlertDesk, now: datetime) -> None:
    """Put into the outbox what channels have still to be told."""
    events = alert_events.load_events(connection, resolved_after=now - STALE_AFTER)
    marks = alert_events.load_marks(connection, events)
    rules = {rule.name: rule for rule in desk.rules}
    notices = plan_notices(events, rules, desk.channels, marks, now)
    for one in bundle(notices):
        recipients = desk.channels[one.channel].recipients
        alert_outbox.put_message(connection, _message(one, now), one.notices, recipients)


def _message(one: Bundle, now: datetime) -> AlertMessage:
    counts = {kind.value: sum(n.kind is kind for n in one.notices) for kind in NoticeKind}
    lines = tuple(map(line_of, one.told))
    return AlertMessage(_key(), one.channel, now, lines, counts, one.is_critical)


def _key() -> str:
    return secrets.token_hex(16)


def _report(
    settled: Settled, sent: tuple[tuple[Outgoing, Sent], ...], now: datetime
) -> AlertReport:
    def number(status: MessageStatus) -> int:
        return sum(result.status is status for _, result in sent)

    return AlertReport(
        at=now,
        began=settled.began,
        ended=settled.ended,
        firing=len(settled.began) + len(settled.going_on),
        sent=number(MessageStatus.SENT),
        later=number(MessageStatus.WAITING),
        refused=number(MessageStatus.REFUSED),
        unknown=number(MessageStatus.UNKNOWN),
        failures=tuple(
            f"{one.message.channel}{f' ({one.recipient})' if one.recipient else ''}: {result.detail}"
            for one, result in sent
            if result.status is not MessageStatus.SENT
        ),
    )


def _channels(settings: Settings) -> Mapping[str, Channel]:
    return {name: one.to_channel(name) for name, one in settings.channels.items()}


def base_url(settings: Settings) -> str:
    """The dashboard's public address without a slash at its end, "" where it is not known."""
    return settings.web.url.rstrip("/")


def mail_desk(settings: Settings) -> MailDesk | None:
    """The mail server of the settings, None where there is none."""
    mail = settings.mail
    if not (mail.host and mail.sender):
        return None
    server = MailServer(
        host=mail.host,
        port=mail.used_port,
        security=mail.security,
        username=mail.username,
        password=mail.password.get_secret_value(),
        timeout_seconds=mail.timeout_seconds,
    )
    return MailDesk(server, mail.sender)
