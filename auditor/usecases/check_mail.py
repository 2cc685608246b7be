"""The check of the mail server: everything short of a mail."""

from __future__ import annotations

from typing import Literal, Protocol

from auditor.delivery.mail_greeting import greet
from auditor.usecases.checked import FAILED, OK, Finding

_PATIENCE_SECONDS = 20


class Secret(Protocol):
    """A password that does not print itself."""

    def get_secret_value(self) -> str:
        """The password."""


class MailPlace(Protocol):
    """What the section `[mail]` of the settings holds."""

    @property
    def host(self) -> str: ...
    @property
    def used_port(self) -> int: ...
    @property
    def security(self) -> Literal["starttls", "tls", "none"]: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> Secret: ...


def check_mail(mail: MailPlace) -> Finding:
    """Whether the server would take mails from us: EHLO, TLS, password. No mail is sent."""
    place = f"{mail.host}:{mail.used_port}"
    problem = greet(
        mail.host,
        mail.used_port,
        mail.security,
        username=mail.username,
        password=mail.password.get_secret_value(),
        timeout_seconds=_PATIENCE_SECONDS,
    )
    if problem:
        return Finding("mail", FAILED, f"{place}: {problem}", "see [mail] in the settings")
    how = "unencrypted" if mail.security == "none" else f"by {mail.security.upper()}"
    who = f", as {mail.username}" if mail.username else ""
    return Finding("mail", OK, f"{place} answers {how}{who}")
