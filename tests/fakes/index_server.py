"""A web server on loopback that serves what a test puts there, and notes what it was asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

from auditor.indexes.fetching import IndexClient

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MakeClient = Callable[..., IndexClient]
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass
class Page:
    """What lies at a path. `statuses` are answered first, one per request, with `headers`."""

    body: bytes = b""
    type: str = "application/octet-stream"
    status: int = 200
    etag: str = ""
    last_modified: str = ""
    has_ranges: bool = True
    has_head: bool = True
    announces_length: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    cut_to: int | None = None
    answer: Callable[[], object] | None = None


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]


class IndexServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _Handler)
        self.host = host
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.now_at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.server_port}"

    def put(self, path: str, body: bytes | str, **more: object) -> Page:
        content = body.encode() if isinstance(body, str) else body
        page = Page(content, **more)  # type: ignore[arg-type]
        self.pages[path] = page
        return page

    def redirect(self, path: str, target: str) -> None:
        self.pages[path] = Page(status=302, headers={"Location": target})

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that stops reading is no error here."""

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def sent(self, name: str) -> list[str]:
        """The values of a header, of every request that had it."""
        return [one.headers[name] for one in self.asked if name in one.headers]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: IndexServer

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Not on the terminal of the tests."""

    def _answer(self) -> None:
        server = self.server
        with server.lock:
            server.now_at_once += 1
            server.most_at_once = max(server.most_at_once, server.now_at_once)
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.asked.append(Asked(self.command, self.path, headers))
        try:
            self._answer_with(server.pages.get(self.path, Page(status=404)))
        finally:
            with server.lock:
                server.now_at_once -= 1

    def _answer_with(self, page: Page) -> None:
        if page.answer:
            page.answer()
        if page.statuses:
            self._send(page, page.statuses.pop(0), b"busy")
        elif page.status != 200:
            self._send(page, page.status, page.body)
        elif self.command == "HEAD" and not page.has_head:
            self._send(page, 405, b"")
        elif self._is_unchanged(page):
            self._send(page, 304, b"")
        elif page.has_ranges and (span := self._span(len(page.body))):
            start, end = span
            place = f"bytes {start}-{end - 1}/{len(page.body)}"
            self._send(page, 206, page.body[start:end], {"Content-Range": place})
        else:
            self._send(page, 200, page.body)

    def _is_unchanged(self, page: Page) -> bool:
        asked = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        return bool(
            (page.etag and asked[0] == page.etag)
            or (page.last_modified and asked[1] == page.last_modified)
        )

    def _span(self, length: int) -> tuple[int, int] | None:
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not found or not length:
            return None
        if not found[1]:
            return max(0, length - int(found[2])), length
        end = int(found[2]) + 1 if found[2] else length
        return int(found[1]), min(end, length)

    def _send(
        self, page: Page, status: int, body: bytes, more: Mapping[str, str] = NO_HEADERS
    ) -> None:
        self.send_response(status)
        headers = {"Content-Type": page.type, **page.headers, **more}
        headers |= {"ETag": page.etag} if page.etag else {}
        headers |= {"Last-Modified": page.last_modified} if page.last_modified else {}
        for name, value in headers.items():
            self.send_header(name, value)
        if page.announces_length or status != 200:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD" or status == 304:
            return
        self.wfile.write(body if page.cut_to is None else body[: page.cut_to])
        if page.cut_to is not None or not page.announces_length:
            self.close_connection = True


@contextmanager
def index_server(host: str = "127.0.0.1") -> Iterator[IndexServer]:
    """A running server, empty at first."""
    with IndexServer(host) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
