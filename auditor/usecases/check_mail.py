"""The check of the mail server: everything short of a mail."""

from __future__ import annotations

from auditor.delivery.mail_greeting import greet
from auditor.settings_mail import MailSettings
from auditor.usecases.checked import FAILED, OK, Finding

_PATIENCE_SECONDS = 20


def check_mail(mail: MailSettings) -> Finding:
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
