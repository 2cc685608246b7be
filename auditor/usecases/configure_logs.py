"""Settings -> logs: the level, the form, and every secret that must not appear."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from auditor.logs.redaction import KNOWN
from auditor.logs.setup import Level, start_logging
from auditor.logs.telemetry import start_sentry, trace_requests
from auditor.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


def configure_logs(settings: Settings, *, is_service: bool = False) -> None:
    """Log as the settings say, and hide the secrets they hold.

    Without a level in them: warnings of a service, errors of a command, and everything
    where AUDITOR_DEBUG is set.
    """
    KNOWN.add(*secrets_of(settings))
    start_logging(_level(settings, is_service=is_service), settings.logs.format)


def start_telemetry(settings: Settings, app: Flask | None = None, *, release: str) -> None:
    """Report errors of this process where that is configured, and traces of what `app` answers.

    Raises SettingsError where the extra for it is not installed.
    """
    telemetry = settings.telemetry
    if dsn := telemetry.sentry_dsn.get_secret_value():
        start_sentry(dsn, release=release)
    if app is not None and telemetry.otlp_endpoint:
        trace_requests(app, telemetry.otlp_endpoint, release=release)


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every secret that the settings hold, passwords in addresses too."""
    return frozenset(one for one in _secrets(settings) if one)


def _level(settings: Settings, *, is_service: bool) -> Level:
    if settings.logs.level != "auto":
        return settings.logs.level
    if os.environ.get("AUDITOR_DEBUG"):
        return "debug"
    return "warning" if is_service else "error"


def _secrets(value: object) -> Iterator[str]:
    if hasattr(value, "get_secret_value"):
        yield str(value.get_secret_value())
    elif fields := getattr(type(value), "model_fields", None):
        for name in cast("Mapping[str, object]", fields):
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _secrets(inner)
    elif isinstance(value, str) and "://" in value:
        yield from _passwords(value)


def _passwords(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    # A user without a password, on the web, is a token.
    found = parts.password or (parts.username if parts.scheme in ("http", "https") else None)
    if found:
        yield found
        yield unquote(found)
    for name, _, value in (part.partition("=") for part in parts.query.split("&")):
        if "password" in name.lower():
            yield value
            yield unquote(value)
