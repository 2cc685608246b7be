"""Traces by OpenTelemetry, cleaned where they leave: to be imported where its extra is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from flask import Flask
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import AnyValue, Attributes

from auditor.logs.redaction import HIDDEN, redacted, redacted_value

_PATH = "/v1/traces"
# Probes and scrapes, and no page that has such a word in its address.
_NOT_TRACED = r"^[^/]+//[^/]+/(?:healthz|readyz|metrics)(?:\?|$)"
# Of what waits for a collector that does not answer, at the end of a process too.
_EXPORT_SECONDS = 3
# Old and new names. Source: opentelemetry.io, "HTTP semantic convention stability migration".
_ADDRESSES = ("http.target", "http.url", "url.full")
_QUERY = "url.query"


class CleanExporter(OTLPSpanExporter):
    """Sends spans without secrets.

    Here, not in a hook of the instrumentation: exceptions are noted after the last of them.
    """

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Clean spans and send them."""
        return super().export([clean_span(span) for span in spans])


def instrument(app: Flask, endpoint: str, *, name: str, version: str) -> TracerProvider:
    """Let every request but probes and scrapes make a span that goes to the collector.

    What was not sent goes when the process ends, or the provider that is returned is shut down.
    """
    resource = Resource.create({"service.name": name, "service.version": version})
    provider = TracerProvider(resource=resource)
    exporter = CleanExporter(endpoint=endpoint.rstrip("/") + _PATH, timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrument_app: Callable[..., None] = FlaskInstrumentor.instrument_app  # it has no types
    instrument_app(app, tracer_provider=provider, excluded_urls=_NOT_TRACED)
    return provider


def clean_span(span: ReadableSpan) -> ReadableSpan:
    """The span without query strings and secrets, in its events and its status too."""
    return ReadableSpan(
        name=redacted(span.name.partition("?")[0]),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_clean(span.attributes),
        events=[Event(one.name, _clean(one.attributes), one.timestamp) for one in span.events],
        kind=span.kind,
        status=Status(span.status.status_code, redacted(span.status.description or "") or None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean(attributes: Attributes) -> dict[str, AnyValue]:
    found = cast("Mapping[str, AnyValue]", attributes or {})
    return {name: _clean_attribute(name, value) for name, value in found.items()}


def _clean_attribute(name: str, value: AnyValue) -> AnyValue:
    if name == _QUERY:
        return HIDDEN if value else value
    if name in _ADDRESSES:
        value = str(value).partition("?")[0]
    return cast("AnyValue", redacted_value(value, name))
