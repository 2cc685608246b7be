"""Traces to an OpenTelemetry collector, errors to Sentry: both extras, both off by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from auditor.domain.errors import SettingsError
from auditor.logs.redaction import HIDDEN, redacted, redacted_value

SERVICE = "registry-auditor"
_TRACES_PATH = "/v1/traces"
# Old and new names. Source: opentelemetry.io, "HTTP semantic convention stability migration".
_ADDRESSES = ("http.target", "http.url", "url.full")
_QUERY = "url.query"


class Span(Protocol):
    """What is used of opentelemetry.sdk.trace.Span, which is an extra."""

    @property
    def name(self) -> str: ...

    @property
    def attributes(self) -> Mapping[str, object]: ...

    def is_recording(self) -> bool:
        """Whether there is something to send."""

    def update_name(self, name: str) -> None:
        """Call it otherwise."""

    def set_attribute(self, name: str, value: str) -> None:
        """Note, or replace, an attribute."""


def start_sentry(dsn: str, *, release: str) -> None:
    """Report errors; no addresses of visitors, no bodies, no cookies, nothing unredacted.

    Raises SettingsError where the extra is not installed.
    """
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise _missing("telemetry.sentry_dsn", "sentry") from error
    cleaner: Any = clean_event  # the SDK has types of its own for events
    sentry_sdk.init(
        dsn=dsn,
        release=f"{SERVICE}@{release}",
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=None,
        auto_session_tracking=False,
        before_send=cleaner,
        before_breadcrumb=cleaner,
    )


def clean_event(event: dict[str, Any], _hint: object) -> dict[str, Any]:
    """An event, or a breadcrumb, without secrets; of a request only what names the page."""
    request = event.get("request")
    if isinstance(request, dict):
        event = event | {"request": {name: request.get(name) for name in ("method", "url")}}
    cleaned = redacted_value(event)
    return cleaned if isinstance(cleaned, dict) else {}


def trace_requests(app: object, endpoint: str, *, release: str) -> None:
    """Trace the requests that a Flask application answers, to an OTLP/HTTP collector.

    As in the log, addresses go without their query strings, and nothing unredacted.
    Raises SettingsError where the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.instrumentation.flask import FlaskInstrumentor  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing("telemetry.otlp_endpoint", "otel") from error
    resource = Resource.create({"service.name": SERVICE, "service.version": release})
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + _TRACES_PATH)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrumentor: Any = FlaskInstrumentor()
    instrumentor.instrument_app(
        app,
        tracer_provider=provider,
        excluded_urls="healthz,readyz,metrics",
        response_hook=clean_span,
    )


def clean_span(span: Span, _status: object, _headers: object) -> None:
    """Take secrets out of a span, when all is known about its request.

    Source: opentelemetry-instrumentation-flask: the hook runs after the last attribute is set.
    """
    if not span.is_recording():
        return
    span.update_name(redacted(span.name.partition("?")[0]))
    for name, value in dict(span.attributes).items():
        if isinstance(value, str):
            span.set_attribute(name, _clean_attribute(name, value))


def _clean_attribute(name: str, value: str) -> str:
    if name == _QUERY:
        return HIDDEN if value else value
    return redacted(value.partition("?")[0] if name in _ADDRESSES else value)


def _missing(key: str, extra: str) -> SettingsError:
    return SettingsError(
        f"{key} is set, and what it needs is not installed",
        next_step=f"install the extra: pip install 'registry-auditor[{extra}]', or leave it out",
    )
