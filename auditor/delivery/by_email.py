"""One mail to one recipient over SMTP, and an honest word on what became of it.

A mail is out of our hands from the moment its last line may have reached the server: an
answer that is lost after that is `unknown`, and never a reason to send again by itself.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

from auditor.delivery.smtp_session import SmtpSession, SmtpsSession
from auditor.domain.errors import SettingsError
from auditor.domain.mail_address import is_mail_address
from auditor.domain.text import clean_line

Security = Literal["starttls", "tls", "none"]
Outcome = Literal["sent", "refused", "later", "unknown"]
_DOT = re.compile(rb"^\.", re.MULTILINE)
_OK, _ABOVE_OK, _FAILED, _LAST = 200, 300, 500, 600
_LONGEST_LINE = 998
_SIGNED_IN, _GIVE, _GO_ON = 235, 334, 354


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and who we are there.

    `timeout_seconds` is for a whole mail, from the connection to the last answer. Raises
    SettingsError for a password that would go over an open line.
    """

    host: str
    port: int
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 60

    def __post_init__(self) -> None:
        if self.security == "none" and self.username:
            raise SettingsError(
                "mail.security is none, and a password would go to the mail server unencrypted",
                next_step="set mail.security to starttls or tls, or leave mail.username out",
            )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail.

    `sent`: the server took it. `refused`: it never will. `later`: it did not now and has
    nothing of it. `unknown`: it may or may not have it. `detail` is one line, for people.
    """

    outcome: Outcome
    detail: str


class _NotNowError(Exception):
    """The server cannot be used as it is; nothing was handed over."""


def send_mail(server: MailServer, message: EmailMessage, recipient: str) -> Delivery:
    """Hand one mail over for one recipient; its sender is the address in `From`.

    Whatever the server does becomes a `Delivery`, not an exception: a permanent no (5xx) to
    this sender, recipient or text is `refused`; trouble before anybody was named (no
    connection, no TLS, a wrong password) and any 4xx is `later`; a connection that ends
    between the last line and its answer is `unknown`.
    Source: RFC 5321, sections 4.2.1 and 4.5.3.2.
    """
    sender = _sender_of(message)
    if not (is_mail_address(recipient) and is_mail_address(sender)):
        return Delivery("refused", "the address of sender or recipient is not usable")
    text = _wire_text(message)
    session: SmtpSession | None = None
    try:
        session = _connected(server)
        judged = _named(session, sender, recipient)
        return judged or _handed_over(session, text)
    except _NotNowError as trouble:
        return Delivery("later", str(trouble))
    except smtplib.SMTPResponseException as error:
        return Delivery("later", _said(error.smtp_code, error.smtp_error))
    except (OSError, smtplib.SMTPException) as error:
        return Delivery("later", clean_line(f"{server.host}: {error}"))
    except ValueError as error:  # a host name, a command or an answer that cannot be written
        return Delivery("later", f"{clean_line(server.host)}: {type(error).__name__}")
    finally:
        _hang_up(session)


def _sender_of(message: EmailMessage) -> str:
    addresses = getattr(message["From"], "addresses", ())
    return str(addresses[0].addr_spec) if addresses else ""


def _wire_text(message: EmailMessage) -> bytes:
    """The mail as SMTP wants it: CRLF, seven bits, leading dots doubled, a dot at the end.

    Headers are folded as late as the standard allows: folded early, the address in
    `List-Unsubscribe` would become an encoded word, which no mail program follows.
    """
    text = message.as_bytes(policy=SMTP.clone(cte_type="7bit", max_line_length=_LONGEST_LINE))
    ending = b"" if text.endswith(b"\r\n") else b"\r\n"
    return _DOT.sub(b"..", text) + ending + b".\r\n"


def _connected(server: MailServer) -> SmtpSession:
    """A session in which mails can be handed over. Raises _NotNowError, OSError."""
    context = ssl.create_default_context()
    session = (
        SmtpsSession(server.timeout_seconds, context.wrap_socket)
        if server.security == "tls"
        else SmtpSession(server.timeout_seconds)
    )
    try:
        # smtplib checks the certificate against this name, which `connect` does not set.
        session._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001
        _accepted(*session.connect(server.host, server.port), "greeting")
        session.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            _start_tls(session, context)
        if server.username:
            _sign_in(session, server.username, server.password)
    except BaseException:
        _hang_up(session)
        raise
    return session


def _start_tls(session: SmtpSession, context: ssl.SSLContext) -> None:
    if not session.has_extn("starttls"):
        raise _NotNowError("the mail server does not offer STARTTLS; nothing was sent")
    _accepted(*session.starttls(context=context), "STARTTLS")
    session.ehlo_or_helo_if_needed()


def _sign_in(session: SmtpSession, username: str, password: str) -> None:
    """One try: smtplib's own goes on to the next way after a no, and knows ASCII only.

    Source: RFC 4616 (PLAIN); LOGIN has no standard, and servers that offer it alone exist.
    """
    offered = str(session.esmtp_features.get("auth", "")).upper().split()
    if "PLAIN" in offered:
        words = [("AUTH PLAIN " + _base64(f"\0{username}\0{password}"), _SIGNED_IN)]
    elif "LOGIN" in offered:
        words = [
            ("AUTH LOGIN", _GIVE),
            (_base64(username), _GIVE),
            (_base64(password), _SIGNED_IN),
        ]
    else:
        raise _NotNowError("the mail server takes no password in a way we know: PLAIN or LOGIN")
    for word, expected in words:
        code, answer = session.docmd(word)
        if code != expected:
            raise _NotNowError(f"signing in: {_said(code, answer)}")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _accepted(code: int, answer: bytes, step: str) -> None:
    if not _OK <= code < _ABOVE_OK:
        raise _NotNowError(f"{step}: {_said(code, answer)}")


def _named(session: SmtpSession, sender: str, recipient: str) -> Delivery | None:
    """The no to sender, recipient or the wish to send; None where text may follow."""
    for step, command in (("MAIL", f"FROM:<{sender}>"), ("RCPT", f"TO:<{recipient}>")):
        code, answer = session.docmd(step, command)
        if not _OK <= code < _ABOVE_OK:
            return _no(code, answer, step)
    code, answer = session.docmd("DATA")
    return None if code == _GO_ON else _no(code, answer, "DATA")


def _handed_over(session: SmtpSession, text: bytes) -> Delivery:
    # Where this fails, the last line is not on its way, and without it nothing is accepted.
    session.send(text)
    try:
        code, answer = session.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Delivery("unknown", clean_line(f"no answer after the text: {error}"))
    if _OK <= code < _ABOVE_OK:
        return Delivery("sent", _said(code, answer))
    if code < _ABOVE_OK:
        return Delivery("unknown", f"an answer that is none after the text: {_said(code, answer)}")
    return _no(code, answer, "text")


def _no(code: int, answer: bytes, step: str) -> Delivery:
    is_final = _FAILED <= code < _LAST
    return Delivery("refused" if is_final else "later", f"{step}: {_said(code, answer)}")


def _said(code: int, answer: bytes | str) -> str:
    text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
    return clean_line(f"{code} {text}")


def _hang_up(session: SmtpSession | None) -> None:
    """Say so and close without waiting: the answer could only take time."""
    if session is not None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            session.send(b"QUIT\r\n")
        session.close()
