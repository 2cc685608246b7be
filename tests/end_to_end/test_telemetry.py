"""The extras for traces and errors, for real: a collector and a Sentry on loopback."""

from __future__ import annotations

import gzip
import signal
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.end_to_end.complaints import audit
from tests.end_to_end.program import Auditor
from tests.end_to_end.rogue_registry import RogueRegistry

pytestmark = pytest.mark.real
CANARY = "c4n4ry-Value-9"
KEY = "0123456789abcdef0123456789abcdef"
DEADLINE_SECONDS = 60


@dataclass
class Listener:
    """A server that takes whatever is posted, by path."""

    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    def bodies(self, path: str) -> list[bytes]:
        return [body for where, body in list(self.taken) if where.startswith(path)]

    def spans(self) -> list[tuple[str, dict[str, str]]]:
        """Names and attributes of the spans a collector was sent."""
        found = []
        for body in self.bodies("/v1/traces"):
            request = ExportTraceServiceRequest()
            request.ParseFromString(body)
            found += [
                (span.name, {one.key: str(one.value) for one in span.attributes})
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
        return found


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            listener.taken.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(address: str) -> int:
    request = urllib.request.Request(address, headers={"Cookie": f"session={CANARY}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_collector_is_sent_each_request_without_what_was_asked(
    auditor: Auditor, rogue: RogueRegistry, processes: str
) -> None:
    audit(auditor, rogue.address)
    with listening() as collector:
        told = replace(
            auditor,
            settings={
                "AUDITOR_TELEMETRY__OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
                "OTEL_BSP_SCHEDULE_DELAY": "100",
            },
        )
        with told.serving("serve", "--port", "0", "--workers", processes) as server:
            assert ask(f"{server.address}repositories?q={CANARY}") == 200
            assert ask(f"{server.address}healthz") == 200
            assert ask(f"{server.address}{CANARY}?token={CANARY}") == 404
            until(lambda: len(collector.spans()) >= 2, "two spans")
            stopped = server.stop(signal.SIGTERM)
    assert stopped.code == 0
    names = {name for name, _ in collector.spans()}
    assert "GET /repositories" in names
    assert not any("healthz" in f"{name} {values}" for name, values in collector.spans())
    queries = [values for name, values in collector.spans() if name == "GET /repositories"]
    assert CANARY not in str(queries)
    assert not any(f"token={CANARY}" in str(values) for _, values in collector.spans())
    assert not any("Cookie" in str(values) or "session=" in str(values) for values in queries)


def test_sentry_is_sent_a_failure_without_cookies_and_queries(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    audit(auditor, rogue.address)
    with listening() as sentry:
        dsn = f"http://{KEY}@127.0.0.1:{sentry.port}/1"
        told = replace(auditor, settings={"AUDITOR_TELEMETRY__SENTRY_DSN": dsn})
        with told.serving("serve", "--port", "0") as server:
            break_database(auditor.database)
            assert ask(f"{server.address}?q={CANARY}&token={CANARY}") == 500
            until(lambda: bool(sentry.bodies("/api/1/envelope")), "an event")
            stopped = server.stop(signal.SIGTERM)
    events = b"\n".join(sentry.bodies("/api/1/envelope"))
    assert b"'nonsense' is not a valid StorageScope" in events
    assert b'"type":"sessions"' not in events
    assert b"registry-auditor@" in events
    assert f"token={CANARY}".encode() not in events
    assert f"session={CANARY}".encode() not in events
    assert KEY not in stopped.err


def break_database(path: Path) -> None:
    """A value that no release writes: nothing expects it, so it is an error of the program."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE registry SET scope = 'nonsense'")
