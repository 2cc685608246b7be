"""Spans of real requests, by OpenTelemetry's own library to a collector on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.util.types import AnyValue

from auditor.logs.redaction import HIDDEN
from auditor.logs.traces import clean_span, instrument
from tests.servers.telemetry import Collector, start_collector

CANARY = "c4n4ry-Value_9"


def application() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/<path:rest>", "any", lambda rest: rest)
    app.add_url_rule("/metrics", "metrics", lambda: "")
    app.add_url_rule("/broken", "broken", broken)
    return app


def broken() -> str:
    raise RuntimeError(f"password={CANARY}")


@contextmanager
def traced() -> Iterator[tuple[FlaskClient, Collector]]:
    """A client of an application, and the collector, which has it all after the block."""
    app = application()
    with start_collector() as collector:
        provider = instrument(app, f"{collector.address}/", name="ours", version="1.2.3")
        yield app.test_client(), collector
        provider.shutdown()
        assert not collector.holds(CANARY)
        assert {path for path, _ in collector.bodies} <= {"/v1/traces"}


def attributes(span: Span) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_request_is_a_span_without_its_query_string() -> None:
    with traced() as (client, collector):
        headers = {"User-Agent": f"Bearer {CANARY}", "Authorization": f"Basic {CANARY}"}
        client.get(f"/unsubscribe?t={CANARY}", headers=headers)
    (span,) = collector.spans
    assert collector.services == {("ours", "1.2.3")}
    assert span.name == "GET /<path:rest>"
    told = attributes(span)
    assert told["http.status_code"] == 200
    assert told["http.target"] == "/unsubscribe"
    assert told["http.user_agent"] == f"Bearer {HIDDEN}"


@pytest.mark.parametrize(
    "path, is_traced",
    [
        ("/metrics", False),
        ("/metrics?a=b", False),
        ("/healthz", False),
        ("/readyz", False),
        ("/repository?name=team/metrics", True),
        ("/team/metrics", True),
        ("/metrics-of-ours", True),
    ],
)
def test_probes_and_scrapes_are_not_traced(path: str, *, is_traced: bool) -> None:
    with traced() as (client, collector):
        client.get(path)
    assert bool(collector.spans) is is_traced


def test_an_error_that_nobody_handles_is_told_without_its_secrets() -> None:
    with traced() as (client, collector):
        client.get("/broken")
    (span,) = collector.spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert span.status.message == f"RuntimeError: password={HIDDEN}"
    ((event),) = span.events
    told = {one.key: one.value.string_value for one in event.attributes}
    assert told["exception.message"] == f"password={HIDDEN}"
    assert "in broken" in told["exception.stacktrace"]


def test_every_address_of_old_and_new_names_goes_without_its_query() -> None:
    given: dict[str, AnyValue] = {
        "http.url": f"http://u:{CANARY}@h/x?t={CANARY}",
        "url.full": f"http://h/x?t={CANARY}",
        "url.query": f"t={CANARY}",
        "http.request.header.cookie": (f"session={CANARY}",),
        "http.request.header.referer": (f"http://h/?token={CANARY}",),
        "http.status_code": 200,
    }
    span = clean_span(ReadableSpan(f"GET /nowhere?token={CANARY}", attributes=given))
    assert span.name == "GET /nowhere"
    assert span.attributes == {
        "http.url": f"http://{HIDDEN}@h/x",
        "url.full": "http://h/x",
        "url.query": HIDDEN,
        "http.request.header.cookie": HIDDEN,
        "http.request.header.referer": [f"http://h/?token={HIDDEN}"],
        "http.status_code": 200,
    }
