"""The sections about mail: the server, the digest, and who gets which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, model_validator

from auditor.domain.mail_address import is_mail_address, split_mailbox
from auditor.domain.text import is_clean_line
from auditor.settings_sections import Named, Section, Strings, each, no_tables

_LIST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,199}", re.ASCII)
_PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}
_MOST_TEAM_LETTERS = 100


def _check_address(text: str) -> str:
    if text and not is_mail_address(text):
        raise ValueError("write a plain address, such as ann@example.org, in ASCII letters")
    return text


def _check_mailbox(text: str) -> str:
    if text and not split_mailbox(text)[1]:
        raise ValueError('write an address, or "Name <name@example.org>", in one line')
    return text


def check_zone(name: str) -> str:
    """The name of a time zone, as it is; raises ValueError for one that is not known."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a time zone such as Europe/Berlin or UTC") from None
    return name


def _check_optional_zone(name: str) -> str:
    return check_zone(name) if name else ""


def _check_list_id(text: str) -> str:
    if text and not _LIST_ID.fullmatch(text):
        raise ValueError("write letters, digits, dots and hyphens, such as auditor.example.org")
    return text


def _is_team(name: str) -> bool:
    return bool(name) and len(name) <= _MOST_TEAM_LETTERS and is_clean_line(name)


class MailSettings(Section):
    """The server that mails are handed to, and who they are from."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: Annotated[str, AfterValidator(_check_mailbox)] = ""
    reply_to: Annotated[str, AfterValidator(_check_mailbox)] = ""
    timeout_seconds: Annotated[float, Field(ge=1, le=600)] = 60

    @model_validator(mode="after")
    def _password_is_kept_secret(self) -> Self:
        if self.security == "none" and (self.username or self.password.get_secret_value()):
            raise ValueError(
                "a password would go to the server unencrypted; "
                "set security to starttls or tls, or leave username and password out"
            )
        return self

    @property
    def used_port(self) -> int:
        """The port, the usual one for the security where none is given."""
        return self.port or _PORTS[self.security]


class RecipientSettings(Section):
    """Somebody who gets the digest: one mail per team, or one about everything for no team."""

    address: Annotated[str, Field(min_length=1), AfterValidator(_check_address)]
    teams: Annotated[Strings, each(_is_team, "a team in one line of at most 100 letters")] = ()
    zone: Annotated[str, AfterValidator(_check_optional_zone)] = ""


class DigestSettings(Section):
    """The weekly digest."""

    zone: Annotated[str, AfterValidator(check_zone)] = "UTC"
    list_id: Annotated[str, AfterValidator(_check_list_id)] = ""
    quiet: bool = False
    recipients: Named[RecipientSettings] = Field(default_factory=no_tables)

    def zone_of(self, recipient: RecipientSettings) -> ZoneInfo:
        """The recipient's zone, or the digest's."""
        return ZoneInfo(recipient.zone or self.zone)
