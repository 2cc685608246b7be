from __future__ import annotations

import email
from dataclasses import replace
from email.policy import default

import pytest

from auditor.domain.alerts import AlertKind, AlertMessage, Notice, NoticeKind
from auditor.reports.alert_words import (
    line_of,
    mail_of,
    path_of,
    slack_document,
    title,
    webhook_body,
    webhook_document,
)
from tests.reports.alert_samples import NOW, alert, event, events

URL = "https://auditor.example"


def message(*notices: Notice, left: int = 0) -> AlertMessage:
    counts = {kind.value: sum(one.kind is kind for one in notices) for kind in NoticeKind}
    counts["firing"] += left
    return AlertMessage("k1", "ops", NOW, tuple(map(line_of, notices)), counts)


def every_kind() -> AlertMessage:
    kinds = (NoticeKind.FIRING, NoticeKind.FIRING, NoticeKind.REMINDER, NoticeKind.FIRING)
    going_on = [Notice(one, "ops", kind) for one, kind in zip(events(), kinds, strict=False)]
    return message(*going_on, Notice(events()[4], "ops", NoticeKind.RESOLVED), left=12)


def hostile() -> AlertMessage:
    summary = "<!channel> <http://evil.example|here> @all & \r\nBcc: x@evil.example \x1b[31m\u202e"
    return message(Notice(event(alert(summary=summary)), "ops", NoticeKind.FIRING))


def test_the_title_is_the_one_thing_or_says_how_many() -> None:
    one = message(Notice(event(), "ops", NoticeKind.FIRING))
    assert title(one) == "auditor: new: team/app1:1.4 is 1.20 GB, more than 1.00 GB"
    assert title(every_kind()) == "auditor: 15 new, 1 still, 1 over (5 rules)"
    assert title(replace(one, counts={"firing": 2})) == "auditor: 2 new (large-images)"
    assert title(replace(one, is_test=True)) == "auditor: test message"
    assert (
        len(title(message(Notice(event(alert(summary="x" * 999)), "o", NoticeKind.FIRING)))) == 150
    )


@pytest.mark.parametrize(
    "number, path",
    [
        (0, "/image?registry=registry.example&name=team%2Fapp1&ref=1.4"),
        (1, "/repository?registry=registry.example&name=team%2Fapp2"),
        (2, "/budgets"),
        (3, "/findings?registry=registry.example&repository=team%2Fapp4&rule=apt-lists-kept"),
        (4, "/"),
    ],
)
def test_each_kind_has_its_page(number: int, path: str) -> None:
    assert path_of(events()[number]) == path
    assert {one.alert.kind for one in events()} == set(AlertKind)


def test_slack_gets_text_in_which_names_do_no_harm() -> None:
    text = str(slack_document(every_kind(), URL)["text"])
    assert text.startswith("*auditor: 15 new, 1 still, 1 over (5 rules)*\n• new: <https://auditor")
    assert "and 12 more" in text
    assert text.endswith("<https://auditor.example/alerts|All alerts>")
    harmless = str(slack_document(hostile(), "")["text"])
    for bad in ("<!channel", "<http", "|here", "@all", "\n Bcc", "\nBcc", "\x1b", "\u202e"):
        assert bad not in harmless
    assert "&lt;!channel&gt;" in harmless
    assert "test" in str(slack_document(replace(message(), is_test=True), URL)["text"])


def test_slack_text_has_a_bound() -> None:
    long = [Notice(event(alert(n, summary="y" * 300)), "ops", NoticeKind.FIRING) for n in range(20)]
    assert len(str(slack_document(message(*long), URL)["text"])) == 3500


def test_a_mail_says_it_in_plain_text_and_cannot_be_steered() -> None:
    mail = mail_of(
        every_kind(), sender="Auditor <a@b.example>", recipient="c@d.example", base_url=URL
    )
    parsed = email.message_from_bytes(mail.as_bytes(), policy=default)
    assert parsed["Subject"] == "auditor: 15 new, 1 still, 1 over (5 rules)"
    assert (parsed["To"], parsed["Message-ID"]) == ("c@d.example", "<k1@b.example>")
    assert parsed["Auto-Submitted"] == "auto-generated"
    text = parsed.get_content()
    for words in ("New:", "Still going on:", "Over:", "and 12 more", f"All alerts: {URL}/alerts"):
        assert words in text
    assert "since 2026-11-25 11:00 UTC, rule large-images" in text
    mail = mail_of(hostile(), sender="a@b.example", recipient="c@d.example", base_url="")
    parsed = email.message_from_bytes(mail.as_bytes(), policy=default)
    assert parsed["Bcc"] is None
    assert "\x1b" not in parsed.get_content()
    test = replace(message(), is_test=True)
    mail = mail_of(test, sender="a@b.example", recipient="c@d.example", base_url="")
    assert "alerts arrive on this channel" in mail.get_content()


def test_programs_get_every_field() -> None:
    document = webhook_document(every_kind(), URL)
    data = document["data"]
    assert isinstance(data, dict)
    assert (document["type"], document["timestamp"]) == ("alert", "2026-11-25T12:00:00Z")
    assert data["counts"] == {"firing": 15, "reminder": 1, "resolved": 1}
    assert (data["not_listed"], data["url"]) == (12, f"{URL}/alerts")
    assert data["alerts"][0] == {
        "state": "firing",
        "rule": "large-images",
        "kind": "image-size",
        "key": "registry.example/team/app1",
        "episode": 1,
        "summary": "team/app1:1.4 is 1.20 GB, more than 1.00 GB",
        "registry": "registry.example",
        "repository": "team/app1",
        "team": "Payments",
        "subject": "1.4",
        "value": 1_200_000_001,
        "limit": 1_000_000_000,
        "unit": "bytes",
        "first_at": "2026-11-25T11:00:00Z",
        "last_at": "2026-11-25T12:00:00Z",
        "url": f"{URL}/image?registry=registry.example&name=team%2Fapp1&ref=1.4",
    }
    bare = webhook_document(replace(every_kind(), is_test=True), "")
    assert bare["type"] == "alert.test"
    assert '"url":null' in webhook_body(bare).decode()
