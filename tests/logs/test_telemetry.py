"""What leaves for Sentry and for a collector of traces; tests/end_to_end has them for real."""

from __future__ import annotations

import sys

import pytest

from auditor.domain.errors import SettingsError
from auditor.logs.redaction import HIDDEN
from auditor.logs.telemetry import clean_event, clean_span, start_sentry, trace_requests

CANARY = "c4n4ry-Value_9"


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
