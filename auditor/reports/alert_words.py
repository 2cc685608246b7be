"""Alerts as messages: for Slack, as mail, as signed JSON; hostile names do no harm in any."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import urlencode

from auditor.domain.alerts import (
    AlertEvent,
    AlertKind,
    AlertLine,
    AlertMessage,
    Notice,
    NoticeKind,
)
from auditor.domain.text import clean_line
from auditor.reports.json_values import moment_value

SCHEMA_VERSION = 1
_MOST_SUBJECT = 150
_MOST_LINE = 300
_MOST_SLACK = 3_500
_WORDS = {
    NoticeKind.FIRING: "new",
    NoticeKind.REMINDER: "still",
    NoticeKind.RESOLVED: "over",
}
_LONG_WORDS = {
    NoticeKind.FIRING: "New",
    NoticeKind.REMINDER: "Still going on",
    NoticeKind.RESOLVED: "Over",
}
_TEST = "This is a test: alerts arrive on this channel."


def line_of(notice: Notice) -> AlertLine:
    """An event as a message tells it."""
    event, alert = notice.event, notice.event.alert
    return AlertLine(
        kind=notice.kind,
        rule=alert.rule,
        alert_kind=alert.kind,
        key=alert.key,
        summary=clean_line(alert.summary, _MOST_LINE),
        path=path_of(event),
        registry=alert.registry,
        repository=alert.repository,
        team=alert.team,
        subject=alert.subject,
        value=alert.value,
        limit=alert.limit,
        unit=alert.unit,
        episode=event.episode,
        first_at=event.first_at,
        last_at=event.last_at,
    )


def path_of(event: AlertEvent) -> str:
    """The page of the dashboard that shows it, from its root."""
    alert = event.alert
    place = {"registry": alert.registry, "name": alert.repository}
    match alert.kind:
        case AlertKind.IMAGE_SIZE:
            return f"/image?{urlencode({**place, 'ref': alert.subject})}"
        case AlertKind.GROWTH:
            return f"/repository?{urlencode(place)}"
        case AlertKind.FINDING:
            wanted = {"registry": alert.registry, "repository": alert.repository}
            return f"/findings?{urlencode({**wanted, 'rule': alert.subject})}"
        case AlertKind.BUDGET:
            return "/budgets"
        case _:
            return "/"


def title(message: AlertMessage) -> str:
    """One line: what it is about, in one number where it is more than one thing."""
    if message.is_test:
        return "auditor: test message"
    if message.total == 1 and message.lines:
        line = message.lines[0]
        return clean_line(f"auditor: {_WORDS[line.kind]}: {line.summary}", _MOST_SUBJECT)
    rules = sorted({line.rule for line in message.lines})
    whose = rules[0] if len(rules) == 1 else f"{len(rules)} rules"
    parts = ", ".join(
        f"{message.counts[kind.value]:,} {_WORDS[kind]}"
        for kind in NoticeKind
        if message.counts.get(kind.value)
    )
    return clean_line(f"auditor: {parts} ({whose})", _MOST_SUBJECT)


def mail_of(message: AlertMessage, *, sender: str, recipient: str, base_url: str) -> EmailMessage:
    """The message as a plain mail to one recipient; `sender` is what stands in `From`."""
    mail = EmailMessage()
    mail["Subject"] = title(message)
    mail["From"] = sender
    mail["To"] = Address(addr_spec=recipient)
    mail["Date"] = message.created_at
    mail["Message-ID"] = f"<{message.key}@{mail['From'].addresses[0].domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(_text_lines(message, base_url)) + "\n")
    return mail


def slack_document(message: AlertMessage, base_url: str) -> dict[str, object]:
    """What a Slack-compatible incoming webhook takes: `text` alone, which all of them know.

    Source: docs.slack.dev, "Sending messages using incoming webhooks" and "Formatting
    message text" (what is escaped).
    """
    head = f"*{_slack_safe(title(message))}*"
    lines = [_TEST] if message.is_test else []
    lines += [f"• {_WORDS[line.kind]}: {_slack_link(line, base_url)}" for line in message.lines]
    text = "\n".join([head, *lines, *(_slack_safe(one) for one in _more(message))])
    if base_url:
        text += f"\n<{base_url}/alerts|All alerts>"
    return {"text": text[:_MOST_SLACK] if len(text) > _MOST_SLACK else text}


def webhook_document(message: AlertMessage, base_url: str) -> dict[str, object]:
    """The message for programs; fields may be added, never renamed.

    Source: standard-webhooks, spec/standard-webhooks.md, "Payload structure".
    """
    return {
        "type": "alert.test" if message.is_test else "alert",
        "timestamp": moment_value(message.created_at),
        "schema_version": SCHEMA_VERSION,
        "data": {
            "id": message.key,
            "channel": message.channel,
            "title": title(message),
            "critical": message.is_critical,
            "counts": {kind.value: message.counts.get(kind.value, 0) for kind in NoticeKind},
            "not_listed": message.total - len(message.lines),
            "url": f"{base_url}/alerts" if base_url else None,
            "alerts": [_line_document(line, base_url) for line in message.lines],
        },
    }


def webhook_body(document: dict[str, object]) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _line_document(line: AlertLine, base_url: str) -> dict[str, object]:
    return {
        "state": line.kind.value,
        "rule": line.rule,
        "kind": line.alert_kind.value,
        "key": line.key,
        "episode": line.episode,
        "summary": line.summary,
        "registry": line.registry or None,
        "repository": line.repository or None,
        "team": line.team or None,
        "subject": line.subject or None,
        "value": line.value,
        "limit": line.limit,
        "unit": line.unit,
        "first_at": moment_value(line.first_at),
        "last_at": moment_value(line.last_at),
        "url": f"{base_url}{line.path}" if base_url else None,
    }


def _text_lines(message: AlertMessage, base_url: str) -> Iterator[str]:
    if message.is_test:
        yield _TEST
    for kind in NoticeKind:
        of_kind = [line for line in message.lines if line.kind is kind]
        if of_kind:
            yield f"{_LONG_WORDS[kind]}:"
            yield ""
        for line in of_kind:
            yield f"- {line.summary}"
            yield f"  since {line.first_at:%Y-%m-%d %H:%M} UTC, rule {line.rule}"
            if base_url:
                yield f"  {base_url}{line.path}"
            yield ""
    yield from _more(message)
    if base_url:
        yield f"All alerts: {base_url}/alerts"


def _more(message: AlertMessage) -> Iterable[str]:
    left = message.total - len(message.lines)
    return [f"and {left:,} more"] if left > 0 else []


def _slack_link(line: AlertLine, base_url: str) -> str:
    text = _slack_safe(line.summary)
    return f"<{base_url}{line.path}|{text}>" if base_url else text


def _slack_safe(text: str) -> str:
    """No markup of links or mentions; a zero width space keeps `@all` from calling people."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("|", "¦").replace("@", "@\u200b")
