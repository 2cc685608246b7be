"""A receiver of webhooks on loopback that answers as it is told and keeps what it got."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Got:
    """One POST, header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What it answers from now on, and what it got. `hangs` never ends an answer."""

    address: str
    status: int = 200
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    got: list[Got] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): text for name, text in self.headers.items()}
            made.got.append(Got(self.path, headers, body))
            self.send_response(made.status)
            for name, text in made.headers.items():
                self.send_header(name, text)
            if made.hangs:
                self.flush_headers()
                with contextlib.suppress(OSError):
                    while not made.stopped.wait(0.05):
                        self.wfile.write(b"x: y\r\n")
                return
            self.send_header("content-length", str(len(made.answer)))
            self.end_headers()
            self.wfile.write(made.answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            made.stopped.set()
            server.shutdown()
            thread.join()
