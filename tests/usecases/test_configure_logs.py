from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from auditor.domain.errors import SettingsError
from auditor.logs.redaction import KNOWN, redacted
from auditor.settings import Settings, load_settings
from auditor.usecases import configure_logs as module
from auditor.usecases.configure_logs import configure_logs, secrets_of, start_telemetry

FILE = """
database_url = "postgresql+psycopg://ann:d4t%2Fbase@db/x?sslpassword=cl1ent"
[registries.a]
address = "a.example"
username = "ann"
password = "registry-canary"
[mail]
host = "mail.example"
username = "ann"
password = "mail-canary"
[telemetry]
sentry_dsn = "https://sentry-canary@sentry.example/1"
"""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    KNOWN.clear()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "auditor.toml"
    file.write_text(FILE)
    return load_settings(config_file=file, environment={}, overrides={}).settings


def level_of_ours() -> int:
    return next(
        one.level for one in logging.getLogger().handlers if type(one).__name__ == "_Handler"
    )


def test_every_secret_of_the_settings_is_known(settings: Settings) -> None:
    found = secrets_of(settings)
    for secret in ("d4t/base", "d4t%2Fbase", "cl1ent", "registry-canary", "mail-canary"):
        assert secret in found
    assert "https://sentry-canary@sentry.example/1" in found
    configure_logs(settings)
    assert "canary" not in redacted("a registry-canary and a mail-canary")


@pytest.mark.parametrize(
    "is_service,debug,level",
    [
        (False, "", logging.ERROR),
        (True, "", logging.WARNING),
        (False, "1", logging.DEBUG),
        (True, "1", logging.DEBUG),
    ],
)
def test_without_a_level_commands_log_errors_and_services_warnings(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    is_service: bool,
    debug: str,
    level: int,
) -> None:
    monkeypatch.setenv("AUDITOR_DEBUG", debug)
    configure_logs(settings, is_service=is_service)
    assert level_of_ours() == level
    asked = settings.model_copy(update={"logs": settings.logs.model_copy(update={"level": "info"})})
    configure_logs(asked, is_service=is_service)
    assert level_of_ours() == logging.INFO


def test_errors_and_traces_are_reported_where_that_is_configured(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    app = Flask("x")
    monkeypatch.setattr(module, "start_sentry", lambda dsn, release: told.append((dsn, release)))
    monkeypatch.setattr(
        module, "trace_requests", lambda app, endpoint, release: told.append((app, endpoint))
    )
    start_telemetry(settings, app, release="1")
    assert told == [("https://sentry-canary@sentry.example/1", "1")]
    telemetry = settings.telemetry.model_copy(update={"otlp_endpoint": "http://c:4318"})
    start_telemetry(settings.model_copy(update={"telemetry": telemetry}), app, release="1")
    assert told[-1] == (app, "http://c:4318")


@pytest.mark.parametrize("address", ["collector:4318", "http://ann:pw@collector:4318"])
def test_a_collector_is_an_address_without_credentials(address: str) -> None:
    with pytest.raises(SettingsError, match="otlp_endpoint"):
        load_settings(
            config_file=None,
            environment={"AUDITOR_TELEMETRY__OTLP_ENDPOINT": address},
            overrides={},
        )
