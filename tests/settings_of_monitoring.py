"""Settings of the service, each written unusually, and where it takes effect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import pytest
from flask import Flask

from auditor.settings import Settings
from auditor.usecases import configure_logs as module
from auditor.usecases.configure_logs import configure_logs, start_telemetry

Case = tuple[str, Callable[[Settings], object], object]


def configured(settings: Settings) -> logging.Handler:
    """The handler that the settings ask for; how the tests log stays as it is."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs(settings)
    made = next(one for one in root.handlers if one not in handlers)
    root.handlers, root.level = handlers, level
    return made


def told(settings: Settings) -> list[object]:
    """What is started to report errors and traces."""
    found: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "start_sentry", lambda dsn, **_: found.append(dsn))
        patch.setattr(module, "trace_requests", lambda _app, where, **_: found.append(where))
        start_telemetry(settings, Flask("x"), release="1")
    return found


CASES: Mapping[str, Case] = {
    "logs.level": ("info", lambda s: configured(s).level, logging.INFO),
    "logs.format": ("text", lambda s: vars(configured(s).formatter)["_form"], "text"),
    "telemetry.otlp_endpoint": ("http://c.example:4318", told, ["http://c.example:4318"]),
    "telemetry.sentry_dsn": ("https://k@s.example/1", told, ["https://k@s.example/1"]),
}
