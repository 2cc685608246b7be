"""Whether a mail server would take mails from us, without giving it one."""

from __future__ import annotations

import smtplib
import ssl
from typing import Literal

from auditor.domain.text import clean_line

_OK = 250


def greet(
    host: str,
    port: int,
    security: Literal["starttls", "tls", "none"],
    *,
    username: str = "",
    password: str = "",
    timeout_seconds: float = 20,
) -> str:
    """Connect, say EHLO, encrypt and sign in as for a mail, then leave; what went wrong, or "".

    It never raises for what the server does, and never repeats the password.
    """
    try:
        with _connected(host, port, security, timeout_seconds) as session:
            session.ehlo_or_helo_if_needed()
            if security == "starttls":
                if not session.has_extn("starttls"):
                    return "it does not offer STARTTLS"
                session.starttls(context=ssl.create_default_context())
                session.ehlo()
            if username:
                session.login(username, password)
            code, said = session.noop()
    except smtplib.SMTPAuthenticationError as error:
        return f"it does not let {clean_line(username)} in: {error.smtp_code}"
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return clean_line(f"{type(error).__name__}: {error}")
    return "" if code == _OK else clean_line(f"it answers {code} {said!r}")


def _connected(host: str, port: int, security: str, timeout_seconds: float) -> smtplib.SMTP:
    if security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=timeout_seconds, context=context)
    return smtplib.SMTP(host, port, timeout=timeout_seconds)
