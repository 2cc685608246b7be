"""Traces to an OpenTelemetry collector, errors to Sentry: both extras, both off by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.domain.errors import SettingsError
from auditor.logs.redaction import redacted_value

if TYPE_CHECKING:
    from flask import Flask

SERVICE = "registry-auditor"


def start_sentry(dsn: str, *, release: str) -> None:
    """Report errors; no addresses of visitors, no bodies, no cookies, nothing unredacted.

    Raises SettingsError where the extra is not installed, or the DSN is none.
    """
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra
        from sentry_sdk.integrations.argv import ArgvIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.flask import FlaskIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.logging import ignore_logger  # noqa: PLC0415
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing("telemetry.sentry_dsn", "sentry") from error
    ignore_logger("opentelemetry.*")  # a collector that is away is said in the log
    try:
        sentry_sdk.init(
            dsn=dsn,
            release=f"{SERVICE}@{release}",
            # Nothing of visitors is the default; what says so changed its name in 2.75.
            include_local_variables=False,
            max_request_body_size="never",
            traces_sample_rate=None,
            auto_session_tracking=False,
            # Only what we know of: others would be switched on by what else is installed.
            auto_enabling_integrations=False,
            # The command line, on which a secret is a word like all others.
            disabled_integrations=[ArgvIntegration()],
            integrations=[FlaskIntegration(), AtexitIntegration(callback=_say_nothing)],
            before_send=clean_event,
            before_breadcrumb=clean_event,
        )
    except BadDsn:  # its message holds the DSN
        raise SettingsError(
            "telemetry.sentry_dsn is no DSN", next_step="copy it from the project's settings"
        ) from None


def clean_event(event: Any, _hint: object) -> Any:  # noqa: ANN401 - Sentry's own, if installed
    """An event, or a breadcrumb, without secrets; of a request only what names the page."""
    request = event.get("request")
    if isinstance(request, dict):
        event = event | {"request": {name: request.get(name) for name in ("method", "url")}}
    cleaned = redacted_value(event)
    return cleaned if isinstance(cleaned, dict) else {}


def trace_requests(app: Flask, endpoint: str, *, release: str) -> None:
    """Trace the requests that a Flask application answers, to an OTLP/HTTP collector.

    As in the log, addresses go without their query strings, and nothing unredacted.
    Raises SettingsError where the extra is not installed.
    """
    try:
        from auditor.logs.traces import instrument  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise _missing("telemetry.otlp_endpoint", "otel") from error
    instrument(app, endpoint, name=SERVICE, version=release)


def _say_nothing(_pending: int, _seconds: float) -> None:
    """In place of lines on standard error about what is still to be sent."""


def _missing(key: str, extra: str) -> SettingsError:
    return SettingsError(
        f"{key} is set, and what it needs is not installed",
        next_step=f"install the extra: pip install 'registry-auditor[{extra}]', or leave it out",
    )
