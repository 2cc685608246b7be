from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest

from auditor.delivery import by_email
from auditor.reports.digest.as_mail import (
    MOST_HTML_BYTES,
    DigestForms,
    Envelope,
    digest_forms,
    digest_mail,
)
from tests.reports import digest_samples as samples

ENVELOPE = Envelope("Auditor <auditor@example.com>", "ann@example.com", "<a@example.com>")
MOST_BYTES = 100_000


def arrived(forms: DigestForms, envelope: Envelope = ENVELOPE) -> EmailMessage:
    """The mail as the other side reads it."""
    wire = by_email._wire_text(digest_mail(forms, envelope, samples.END))
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    unstuffed = wire.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    return email.message_from_bytes(unstuffed, policy=email.policy.default)


@pytest.mark.parametrize("length", [1, 10, 200])
def test_however_long_and_hostile_names_are_it_is_short(length: int) -> None:
    forms = digest_forms(samples.hostile(length=length), samples.URL, samples.LEAVE)
    assert len(forms.html.encode()) < MOST_BYTES
    assert len(digest_mail(forms, ENVELOPE, samples.END).as_bytes()) < 2 * MOST_BYTES
    assert forms.subject.isprintable()


def test_rows_are_left_out_before_it_gets_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = digest_forms(samples.full(), samples.URL)
    assert len(usual.html.encode()) < MOST_HTML_BYTES
    monkeypatch.setattr("auditor.reports.digest.as_mail.MOST_HTML_BYTES", len(usual.html) - 1)
    fewer = digest_forms(samples.full(), samples.URL)
    assert len(fewer.html) < len(usual.html)
    assert fewer.text.count("payments/") < usual.text.count("payments/")


def test_a_subject_cannot_become_a_header() -> None:
    forms = replace(
        digest_forms(samples.quiet(), ""), subject="Pay\r\nBcc: eve@example.com =?utf-8?q?=0A?="
    )
    message = arrived(forms)
    assert message["Bcc"] is None
    assert "\n" not in str(message["Subject"])
    assert [address.addr_spec for address in message["To"].addresses] == ["ann@example.com"]


@pytest.mark.parametrize("field", ["sender", "recipient", "reply_to"])
def test_an_address_that_is_none_makes_no_mail(field: str) -> None:
    bad = replace(ENVELOPE, **{field: "ann@example.com\r\nBcc: eve@example.com"})
    with pytest.raises(ValueError, match="not an address"):
        digest_mail(digest_forms(samples.quiet(), ""), bad, samples.END)


def test_one_can_leave_by_one_click_over_https_only() -> None:
    forms = digest_forms(samples.quiet(), "")
    long = "https://auditor.example.com/unsubscribe?token=" + "a" * 400
    message = arrived(forms, replace(ENVELOPE, unsubscribe_url=long))
    assert message["List-Unsubscribe"] == f"<{long}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = by_email._wire_text(
        digest_mail(forms, replace(ENVELOPE, unsubscribe_url=long), samples.END)
    )
    assert f"List-Unsubscribe: <{long}>\r\n".encode() in raw
    plain = arrived(forms, replace(ENVELOPE, unsubscribe_url="http://a/unsubscribe?token=b"))
    assert plain["List-Unsubscribe-Post"] is None
    assert arrived(forms)["List-Unsubscribe"] is None
    both = replace(ENVELOPE, unsubscribe_url=long, reply_to="Help <help@example.com>")
    found = arrived(forms, both)
    assert found["List-Unsubscribe"].endswith("<mailto:help@example.com?subject=unsubscribe>")
    assert found["Reply-To"] == "Help <help@example.com>"


def test_headers_say_that_nobody_wrote_it() -> None:
    message = arrived(digest_forms(samples.full(), samples.URL))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<a@example.com>"
    assert message["Date"] == "Mon, 23 Nov 2026 06:30:00 +0000"
    assert message["List-Id"] == "Registry digest <digest.example.com>"
    named = arrived(digest_forms(samples.quiet(), ""), replace(ENVELOPE, list_id="a.b.example"))
    assert named["List-Id"] == "Registry digest <a.b.example>"


def test_both_parts_arrive_as_they_were_written_and_the_picture_is_found() -> None:
    forms = digest_forms(samples.full(), samples.URL, samples.LEAVE)
    message = arrived(forms)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == forms.text
    assert html.get_content().replace("\r\n", "\n").strip() == forms.html.strip()
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert picture.get_content() == forms.spark
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in forms.html
    assert 'src="data:image/png;base64,' in forms.standalone_html
    assert "cid:" not in forms.standalone_html
