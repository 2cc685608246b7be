"""An HTTP server that answers exactly what a test tells it to, true or not."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.end_to_end.images.contents import Stored

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What one path answers; `repeat` sends the body that many times over.

    With `is_chunked` the length is not announced.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    repeat: int = 1
    is_chunked: bool = False

    @property
    def size_bytes(self) -> int:
        """Length of what is announced and sent."""
        return len(self.body) * self.repeat


@dataclass(slots=True)
class RogueRegistry:
    """Paths and their answers; everything else is 404. `sent_bytes` counts bodies sent."""

    answers: dict[str, Answer] = field(default_factory=dict)
    address: str = ""
    sent_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_tags(self, repository: str, *tags: str) -> None:
        """List a repository and its tags."""
        listed = json.loads(self.answers["/v2/_catalog"].body)["repositories"]
        self.answers["/v2/_catalog"] = as_json({"repositories": [*listed, repository]})
        self.answers[f"/v2/{repository}/tags/list"] = as_json({"name": repository, "tags": tags})

    def add_manifest(self, repository: str, reference: str, manifest: Stored) -> None:
        """Answer for a manifest by tag or digest and by its true digest."""
        headers = {"Content-Type": manifest.media_type, "Docker-Content-Digest": manifest.digest}
        for each in (reference, manifest.digest):
            path = f"/v2/{repository}/manifests/{each}"
            self.answers[path] = Answer(manifest.body, headers=headers)

    def add_blob(self, repository: str, blob: Stored) -> None:
        """Answer for a blob."""
        self.answers[f"/v2/{repository}/blobs/{blob.digest}"] = Answer(blob.body)

    def count(self, size_bytes: int) -> None:
        """Add to the bytes sent."""
        with self._lock:
            self.sent_bytes += size_bytes


def as_json(value: object) -> Answer:
    """A JSON answer."""
    return Answer(json.dumps(value).encode(), headers={"Content-Type": "application/json"})


@contextlib.contextmanager
def start_rogue_registry() -> Iterator[RogueRegistry]:
    """Serve an empty registry on loopback, to be filled with lies."""
    rogue = RogueRegistry()
    rogue.answers["/v2/"] = as_json({})
    rogue.answers["/v2/_catalog"] = as_json({"repositories": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(rogue)) as server:
        rogue.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield rogue
        finally:
            server.shutdown()
            thread.join()


def _handler_of(rogue: RogueRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        registry = rogue

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: RogueRegistry

    def do_GET(self) -> None:
        found = self._start()
        with contextlib.suppress(ConnectionError):
            for _ in range(found.repeat):
                self._send(found)
            if found.is_chunked:
                self.wfile.write(b"0\r\n\r\n")

    def do_HEAD(self) -> None:
        self._start()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _start(self) -> Answer:
        found = self.registry.answers.get(self.path.partition("?")[0], Answer(b"{}", 404))
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        length = ("Content-Length", str(found.size_bytes))
        self.send_header(*(("Transfer-Encoding", "chunked") if found.is_chunked else length))
        self.end_headers()
        return found

    def _send(self, found: Answer) -> None:
        for start in range(0, len(found.body), _CHUNK_BYTES):
            chunk = found.body[start : start + _CHUNK_BYTES]
            framed = b"%x\r\n%b\r\n" % (len(chunk), chunk) if found.is_chunked else chunk
            self.wfile.write(framed)
            self.registry.count(len(chunk))
