"""Settings of alerts, channels and push events, each set to something unusual."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import time
from typing import Protocol
from zoneinfo import ZoneInfo

from auditor.domain.alerts import AlertKind, AlertRule, Channel, ChannelKind, QuietHours
from auditor.domain.hints import PushKind, PushSource
from auditor.settings import Settings
from auditor.usecases.judge_alerts import rules_of
from auditor.usecases.take_hints import push_sources

SIGNING_KEY = f"whsec_{base64.b64encode(bytes(32)).decode()}"
OTHER_KEY = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
NEEDED: Mapping[str, str] = {
    "channels.name.kind": "webhook",
    "channels.name.webhook_url": "https://hook.example/",
    "channels.name.secret": SIGNING_KEY,
    "channels.name.addresses": "a@x.example",
    "alerts.name.kind": "growth",
    "alerts.name.growth": "5",
    "alerts.name.size": "4",
    "push.name.kind": "quay",
    "push.name.registry": "name",
    "push.name.secret": "a secret of sixteen",
}


class HasSettings(Protocol):
    @property
    def settings(self) -> Settings: ...


def channel(arrived: HasSettings) -> Channel:
    return arrived.settings.channels["name"].to_channel("name")


def alert(arrived: HasSettings) -> AlertRule:
    return rules_of(arrived.settings)[0]


def push(arrived: HasSettings) -> PushSource:
    return push_sources(arrived.settings)["name"]


CASES: Mapping[str, tuple[str, Callable[[HasSettings], object], object]] = {
    "channels.name.kind": ("email", lambda a: channel(a).kind, ChannelKind.EMAIL),
    "channels.name.addresses": (
        "b@x.example,c@x.example",
        lambda a: channel(a).addresses,
        ("b@x.example", "c@x.example"),
    ),
    "channels.name.webhook_url": (
        "https://other.example/",
        lambda a: channel(a).url,
        "https://other.example/",
    ),
    "channels.name.secret": (OTHER_KEY, lambda a: channel(a).secret, OTHER_KEY),
    "channels.name.quiet_hours": (
        "22:00-07:00",
        lambda a: channel(a).quiet_hours,
        QuietHours(time(22), time(7), ZoneInfo("UTC")),
    ),
    "channels.name.zone": ("Asia/Tokyo", lambda a: a.settings.channels["name"].zone, "Asia/Tokyo"),
    "channels.name.resolved": ("true", lambda a: channel(a).tells_resolved, True),
    "channels.name.timeout_seconds": ("3", lambda a: channel(a).timeout_seconds, 3),
    "alerts.name.kind": ("image-size", lambda a: alert(a).kind, AlertKind.IMAGE_SIZE),
    "alerts.name.channels": ("name", lambda a: alert(a).channels, ("name",)),
    "alerts.name.repositories": ("a/*,b", lambda a: alert(a).scope.repositories, ("a/*", "b")),
    "alerts.name.registries": (
        "name,x.*",
        lambda a: alert(a).scope.registries,
        ("r.example", "x.*"),
    ),
    "alerts.name.teams": ("Pay,Web", lambda a: alert(a).scope.teams, ("Pay", "Web")),
    "alerts.name.size": ("1.5GB", lambda a: alert(a).image_bytes, 1_500_000_000),
    "alerts.name.growth": ("2GB", lambda a: alert(a).growth_bytes, 2_000_000_000),
    "alerts.name.growth_percent": ("12.5", lambda a: alert(a).growth_percent, 12.5),
    "alerts.name.window_days": ("3", lambda a: alert(a).window_days, 3),
    "alerts.name.forecast": ("false", lambda a: alert(a).uses_forecast, False),
    "alerts.name.failures": ("4", lambda a: alert(a).failures, 4),
    "alerts.name.silent_hours": ("36", lambda a: alert(a).silent_hours, 36),
    "alerts.name.saving": ("100MB", lambda a: alert(a).saving_bytes, 100_000_000),
    "alerts.name.remind_hours": ("24", lambda a: alert(a).remind_hours, 24),
    "alerts.name.critical": ("true", lambda a: alert(a).is_critical, True),
    "push.name.kind": ("harbor", lambda a: push(a).kind, PushKind.HARBOR),
    "push.name.registry": (
        "r.example",
        lambda a: (a.settings.push["name"].registry, push(a).registry),
        ("r.example", "r.example"),
    ),
    "push.name.secret": (
        "another secret of more",
        lambda a: push(a).secret,
        "another secret of more",
    ),
    "push.name.repositories": ("a/**,b", lambda a: push(a).repositories, ("a/**", "b")),
}
