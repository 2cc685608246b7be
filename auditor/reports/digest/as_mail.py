"""A digest as a mail: both parts, the picture, and the headers of a list one can leave."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from auditor.domain.mail_address import split_mailbox
from auditor.domain.weekly_digest import WeeklyDigest
from auditor.reports.digest.as_html import digest_html
from auditor.reports.digest.as_text import digest_text
from auditor.reports.digest.spark import spark_png
from auditor.reports.digest.words import digest_page, name_line

MOST_HTML_BYTES = 90_000
_ROWS = (5, 3, 1)
_SPARK_ID = "spark@digest"


@dataclass(frozen=True, slots=True)
class DigestForms:
    """A digest in every form that leaves the house.

    `html` shows the picture at `cid:`, `standalone_html` holds it. `spark` is the PNG.
    """

    subject: str
    text: str
    html: str
    standalone_html: str
    spark: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from and for, and where to go to leave; "" for what is not known."""

    sender: str
    recipient: str
    message_id: str
    reply_to: str = ""
    list_id: str = ""
    unsubscribe_url: str = ""


def digest_forms(digest: WeeklyDigest, base_url: str, unsubscribe_url: str = "") -> DigestForms:
    """Text and HTML of a digest; with fewer rows where long names would make it too long."""
    spark = spark_png(digest.points, digest.end)
    forms: DigestForms | None = None
    for most_rows in _ROWS:
        page = digest_page(digest, base_url, most_rows=most_rows)
        shown = spark if page.parts else b""
        source = f"cid:{_SPARK_ID}" if shown else ""
        html = digest_html(page, spark=source, unsubscribe_url=unsubscribe_url)
        data = f"data:image/png;base64,{b64encode(shown).decode()}"
        forms = DigestForms(
            page.subject,
            digest_text(page, unsubscribe_url),
            html,
            html.replace(source, data) if source else html,
            shown,
        )
        if len(html.encode()) <= MOST_HTML_BYTES:
            break
    assert forms is not None  # noqa: S101 - there are rows to try
    return forms


def digest_mail(forms: DigestForms, envelope: Envelope, now: datetime) -> EmailMessage:
    """The mail of one recipient. Raises ValueError for addresses that are none.

    Source: RFC 2369 and RFC 8058 (List-Unsubscribe), RFC 2919 (List-Id), RFC 3834
    (Auto-Submitted).
    """
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = _mailbox(envelope.sender)
    message["To"] = _mailbox(envelope.recipient)
    message["Subject"] = name_line(forms.subject, 120)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = envelope.message_id
    if envelope.reply_to:
        message["Reply-To"] = _mailbox(envelope.reply_to)
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"Registry digest <{envelope.list_id or _domain(envelope.sender)}>"
    _add_way_out(message, envelope)
    message.set_content(forms.text, cte="quoted-printable")
    message.add_alternative(forms.html, subtype="html", cte="quoted-printable")
    if forms.spark:
        html_part = message.get_payload()[1]  # type: ignore[index]
        html_part.add_related(  # type: ignore[union-attr]
            forms.spark,
            maintype="image",
            subtype="png",
            cid=f"<{_SPARK_ID}>",
            disposition="inline",
            filename="stored.png",
        )
    return message


def _add_way_out(message: EmailMessage, envelope: Envelope) -> None:
    """One click only over https, as the RFC has it; else by writing to whoever sends."""
    ways = []
    if envelope.unsubscribe_url:
        ways.append(f"<{envelope.unsubscribe_url}>")
    address = split_mailbox(envelope.reply_to)[1]
    if address:
        ways.append(f"<mailto:{address}?subject=unsubscribe>")
    if ways:
        message["List-Unsubscribe"] = ", ".join(ways)
    if envelope.unsubscribe_url.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _mailbox(text: str) -> Address:
    name, address = split_mailbox(text)
    if not address:
        raise ValueError(f"not an address: {text[:80]!r}")
    return Address(name, addr_spec=address)


def _domain(sender: str) -> str:
    return f"digest.{split_mailbox(sender)[1].partition('@')[2].strip('[]')}"
