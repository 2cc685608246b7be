"""Extras that are not installed here: stand-ins note what they are given.

Sources: docs.sentry.io, Python, "Options"; opentelemetry-python, "OTLP exporter" and
"OpenTelemetry Flask Instrumentation".
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from auditor.domain.errors import SettingsError
from auditor.logs.redaction import HIDDEN
from auditor.logs.telemetry import clean_event, clean_span, start_sentry, trace_requests

CANARY = "c4n4ry-Value_9"


class Noted(dict[str, Any]):
    """What the stand-ins were called with, by their name."""

    def called(self, name: str) -> Any:
        def note(*arguments: object, **named: object) -> Any:
            self[name] = (arguments, named)
            return Part(self, name)

        return note


class Part:
    """Any object of a stand-in."""

    def __init__(self, noted: Noted, name: str) -> None:
        self._noted, self._name = noted, name

    def __getattr__(self, name: str) -> Any:
        return self._noted.called(f"{self._name}.{name}")


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **contents: object) -> None:
    module = ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)


def test_sentry_is_told_nothing_about_people(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Noted()
    stand_in(monkeypatch, "sentry_sdk", init=noted.called("init"))
    start_sentry("https://key@sentry.example/1", release="1.2.3")
    _, options = noted["init"]
    assert options["release"] == "registry-auditor@1.2.3"
    assert options["send_default_pii"] is options["include_local_variables"] is False
    assert options["before_send"] is options["before_breadcrumb"] is clean_event


def test_an_event_holds_no_secret_and_of_a_request_the_page_only() -> None:
    event = {
        "message": f"Bearer {CANARY}",
        "request": {
            "url": f"https://h/x?token={CANARY}",
            "method": "GET",
            "headers": {"Cookie": CANARY},
            "data": CANARY,
        },
        "breadcrumbs": [{"data": {"password": CANARY}}],
    }
    cleaned = clean_event(event, None)
    assert CANARY not in str(cleaned)
    assert cleaned["request"] == {"method": "GET", "url": f"https://h/x?token={HIDDEN}"}


def test_the_frames_of_an_error_stay_frames() -> None:
    """The SDK hands over plain data, and Sentry groups errors by their frames."""
    frame = {"function": "crawl", "lineno": 3, "pre_context": ["a", "b"]}
    event = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [frame]}}]}}
    assert clean_event(event, None) == event


def test_requests_are_traced_to_the_collector_but_not_probes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Noted()
    top = "opentelemetry"
    for name in ("exporter", "exporter.otlp", "exporter.otlp.proto", "instrumentation", "sdk"):
        stand_in(monkeypatch, f"{top}.{name}")
    stand_in(monkeypatch, top)
    stand_in(monkeypatch, f"{top}.exporter.otlp.proto.http")
    stand_in(
        monkeypatch,
        f"{top}.exporter.otlp.proto.http.trace_exporter",
        OTLPSpanExporter=noted.called("exporter"),
    )
    stand_in(monkeypatch, f"{top}.instrumentation.flask", FlaskInstrumentor=noted.called("flask"))
    stand_in(monkeypatch, f"{top}.sdk.resources", Resource=Part(noted, "resource"))
    stand_in(monkeypatch, f"{top}.sdk.trace", TracerProvider=noted.called("provider"))
    stand_in(monkeypatch, f"{top}.sdk.trace.export", BatchSpanProcessor=noted.called("processor"))
    app = object()
    trace_requests(app, "http://collector:4318/", release="1.2.3")
    assert noted["exporter"][1] == {"endpoint": "http://collector:4318/v1/traces"}
    assert noted["resource.create"][0][0]["service.version"] == "1.2.3"
    (instrumented,), options = noted["flask.instrument_app"]
    assert instrumented is app
    assert "metrics" in options["excluded_urls"]
    assert options["response_hook"] is clean_span


class Span:
    """What opentelemetry.sdk.trace.Span offers of its own."""

    def __init__(self, name: str, attributes: dict[str, object]) -> None:
        self.name, self.attributes, self.recording = name, attributes, True

    def is_recording(self) -> bool:
        return self.recording

    def update_name(self, name: str) -> None:
        self.name = name

    def set_attribute(self, name: str, value: object) -> None:
        self.attributes[name] = value


def attributes() -> dict[str, object]:
    return {
        "http.target": f"/unsubscribe?t={CANARY}",
        "http.url": f"http://u:{CANARY}@h/unsubscribe?t={CANARY}",
        "url.full": f"http://h/x?t={CANARY}",
        "url.query": f"t={CANARY}",
        "http.user_agent": f"Bearer {CANARY}",
        "http.status_code": 200,
    }


def test_a_trace_tells_no_query_string_and_no_secret() -> None:
    span = Span(f"GET /nowhere?token={CANARY}", attributes())
    clean_span(span, "200 OK", [])
    assert CANARY not in f"{span.name} {span.attributes}"
    assert span.name == "GET /nowhere"
    assert span.attributes["http.target"] == "/unsubscribe"
    assert span.attributes["http.status_code"] == 200


def test_a_request_that_is_not_traced_has_nothing_to_clean() -> None:
    span = Span("GET /", attributes())
    span.recording = False
    clean_span(span, "200 OK", [])
    assert span.attributes == attributes()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sentry_sdk", "opentelemetry"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError) as caught:
        start_sentry("https://key@sentry.example/1", release="1")
    assert "registry-auditor[sentry]" in caught.value.next_step
    with pytest.raises(SettingsError) as caught:
        trace_requests(object(), "http://collector:4318", release="1")
    assert "registry-auditor[otel]" in caught.value.next_step
