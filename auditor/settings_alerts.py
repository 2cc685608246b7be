"""The sections of alerts, of the channels they go to, and of push events."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    model_validator,
)

from auditor.domain.alerts import (
    AlertKind,
    AlertRule,
    AlertScope,
    Channel,
    ChannelKind,
    QuietHours,
)
from auditor.domain.errors import UsageError
from auditor.domain.hints import PushKind
from auditor.domain.mail_address import is_mail_address
from auditor.domain.units import parse_bytes
from auditor.settings_sections import Named, Section, Strings, each

_MOST_DAYS = 366
_MOST_HOURS = 24 * _MOST_DAYS
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_URL = re.compile(r"https?://[^/?#\s@]+(?:[/?#][!-~]*)?", re.ASCII)
_SIGNING_KEY = "whsec_"
_KEY_BYTES = (24, 64)
_LEAST_TOKEN = 16
_LIMITS: dict[AlertKind, tuple[str, ...]] = {
    AlertKind.IMAGE_SIZE: ("size",),
    AlertKind.GROWTH: ("growth", "growth_percent"),
    AlertKind.CRAWL_FAILING: ("failures", "silent_hours"),
    AlertKind.FINDING: ("saving",),
}


def _read_bytes(value: object) -> object:
    """A size as people write it: `300MB`, `1.5 GiB` or a number of bytes."""
    if not isinstance(value, str):
        return value
    try:
        return parse_bytes(value)
    except UsageError as error:
        raise ValueError(str(error)) from None


def _check_hours(text: str) -> str:
    if text and not _HOURS.fullmatch(text):
        raise ValueError("write it as 22:00-07:00")
    return text


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone; write one as Europe/Zurich") from None
    return name


_Bytes = Annotated[int, BeforeValidator(_read_bytes), Field(ge=0, le=2**60)]


class AlertSettings(Section):
    """What to be warned of, and on which channels."""

    kind: AlertKind
    channels: Strings = ()
    repositories: Strings = ()
    registries: Strings = ()
    teams: Strings = ()
    size: _Bytes = 0
    growth: _Bytes = 0
    growth_percent: Annotated[float, Field(ge=0, le=1_000_000)] = 0
    window_days: Annotated[float, Field(gt=0, le=_MOST_DAYS)] = 7
    forecast: bool = True
    failures: Annotated[int, Field(ge=0, le=1000)] = 0
    silent_hours: Annotated[float, Field(ge=0, le=_MOST_HOURS)] = 0
    saving: _Bytes = 0
    remind_hours: Annotated[float, Field(ge=0, le=_MOST_HOURS)] = 0
    critical: bool = False

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        needed = _LIMITS.get(self.kind, ())
        if needed and not any(getattr(self, name) for name in needed):
            raise ValueError(f"{self.kind.value} needs {' or '.join(needed)}")
        return self

    def to_rule(self, name: str) -> AlertRule:
        """The rule as the domain knows it; `name` is its table's."""
        return AlertRule(
            name=name,
            kind=self.kind,
            channels=self.channels,
            scope=AlertScope(self.repositories, self.registries, self.teams),
            image_bytes=self.size,
            growth_bytes=self.growth,
            growth_percent=self.growth_percent,
            window_days=self.window_days,
            uses_forecast=self.forecast,
            failures=self.failures,
            silent_hours=self.silent_hours,
            saving_bytes=self.saving,
            remind_hours=self.remind_hours,
            is_critical=self.critical,
        )


class ChannelSettings(Section):
    """Where alerts go: mailboxes, a Slack-compatible webhook, or a signed webhook."""

    kind: ChannelKind
    addresses: Annotated[Strings, each(is_mail_address, "a mail address")] = ()
    webhook_url: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    quiet_hours: Annotated[str, AfterValidator(_check_hours)] = ""
    zone: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    resolved: bool = False
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.kind is ChannelKind.EMAIL:
            if not self.addresses:
                raise ValueError("email needs addresses")
            return self
        url = self.webhook_url.get_secret_value()
        if not _URL.fullmatch(url):
            raise ValueError(f"{self.kind.value} needs a webhook_url that begins with https://")
        if self.kind is ChannelKind.WEBHOOK:
            _check_signing_key(self.secret.get_secret_value())
        return self

    def to_channel(self, name: str) -> Channel:
        """The channel as the domain knows it; `name` is its table's."""
        return Channel(
            name=name,
            kind=self.kind,
            url=self.webhook_url.get_secret_value(),
            secret=self.secret.get_secret_value(),
            addresses=tuple(dict.fromkeys(self.addresses)),
            quiet_hours=self._quiet(),
            tells_resolved=self.resolved,
            timeout_seconds=self.timeout_seconds,
        )

    def _quiet(self) -> QuietHours | None:
        found = _HOURS.fullmatch(self.quiet_hours)
        if not found:
            return None
        first, second, third, fourth = map(int, found.groups())
        return QuietHours(time(first, second), time(third, fourth), ZoneInfo(self.zone))


class PushSettings(Section):
    """Who may say that something was pushed to a registry, and how it proves who it is."""

    kind: PushKind
    registry: Annotated[str, Field(min_length=1)]
    secret: SecretStr
    repositories: Strings = ()

    @model_validator(mode="after")
    def _cannot_be_guessed(self) -> Self:
        secret = self.secret.get_secret_value()
        if len(secret) < _LEAST_TOKEN or not secret.isprintable():
            raise ValueError(f"its secret needs {_LEAST_TOKEN} characters or more")
        return self


def _check_signing_key(secret: str) -> None:
    """Source: standard-webhooks, spec/standard-webhooks.md, "Signature scheme"."""
    wanted = "webhook needs a secret: whsec_ and the base64 of 24 to 64 random bytes"
    if not secret.startswith(_SIGNING_KEY):
        raise ValueError(wanted)
    try:
        key = base64.b64decode(secret.removeprefix(_SIGNING_KEY), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(wanted) from None
    if not _KEY_BYTES[0] <= len(key) <= _KEY_BYTES[1]:
        raise ValueError(wanted)


def _channels_are_known(
    alerts: Mapping[str, AlertSettings], found: ValidationInfo
) -> Mapping[str, AlertSettings]:
    for name, alert in alerts.items():
        for channel in alert.channels:
            if channel not in found.data.get("channels", {}):
                raise ValueError(f"{name}: there is no [channels.{channel}]")
    return alerts


def _registries_are_known(
    push: Mapping[str, PushSettings], found: ValidationInfo
) -> Mapping[str, PushSettings]:
    registries = found.data.get("registries", {})
    known = {*registries, *(one.address.name for one in registries.values())}
    for name, source in push.items():
        if source.registry not in known:
            raise ValueError(f"{name}: there is no [registries.{source.registry}]")
    return push


Alerts = Annotated[Named[AlertSettings], AfterValidator(_channels_are_known)]
Pushes = Annotated[Named[PushSettings], AfterValidator(_registries_are_known)]
