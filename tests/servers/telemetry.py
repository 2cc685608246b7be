"""A collector of traces and a Sentry on loopback: they decode what they get, and keep it."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

_DEADLINE_SECONDS = 60
Kind = TypeVar("Kind", bound="Posted")


@dataclass
class Posted:
    """What came in by POST, as it was sent; `address` has no slash at its end."""

    address: str
    bodies: list[tuple[str, bytes]] = field(default_factory=list)

    def holds(self, text: str) -> bool:
        """Whether these letters are in any of it."""
        return any(text.encode() in body for _, body in self.bodies)

    def wait_for(self, count: int) -> None:
        """Wait until so many came."""
        self.wait_until(lambda: len(self.bodies) >= count)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that came."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain; {len(self.bodies)} came"
            time.sleep(0.01)


class Collector(Posted):
    """Speaks OTLP over HTTP. Source: opentelemetry.io, "OTLP Specification", OTLP/HTTP."""

    @property
    def spans(self) -> list[Span]:
        """The spans that came, in order."""
        return [
            span
            for _, body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def services(self) -> set[tuple[str, str]]:
        """Name and version of whom they came from."""
        return {
            (found["service.name"], found["service.version"])
            for _, body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for found in [{one.key: one.value.string_value for one in resource.resource.attributes}]
        }


class Sentry(Posted):
    """Takes envelopes of project 1. Source: develop.sentry.dev, "Envelopes"."""

    @property
    def dsn(self) -> str:
        """What an application is told."""
        return self.address.replace("://", "://key@") + "/1"

    @property
    def items(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and payload of every item that came."""
        return [item for path, body in self.bodies for item in _items(path, body)]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The errors among them."""
        return [payload for kind, payload in self.items if kind == "event"]


def _items(path: str, body: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    assert path == "/api/1/envelope/"
    _, _, rest = body.partition(b"\n")
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        length = header.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
        yield header["type"], json.loads(rest[:length])
        rest = rest[length:].removeprefix(b"\n")


@contextlib.contextmanager
def start_collector() -> Iterator[Collector]:
    """A collector that takes everything, until the block ends."""
    answer = ExportTraceServiceResponse().SerializeToString()
    with _listening(answer, "application/x-protobuf", Collector) as found:
        yield found


@contextlib.contextmanager
def start_sentry() -> Iterator[Sentry]:
    """A Sentry that takes everything, until the block ends."""
    with _listening(b"{}", "application/json", Sentry) as found:
        yield found


@contextlib.contextmanager
def _listening(answer: bytes, media_type: str, kind: type[Kind]) -> Iterator[Kind]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            found.bodies.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = kind(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
