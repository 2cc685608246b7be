"""Serving the dashboard with waitress, on loopback unless told otherwise."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from web.uploads import MOST_SENT_BYTES

THREADS = 8
# Of what is a little too long the application says so; of what is longer nothing is kept.
_MOST_SENT_BYTES = 2 * MOST_SENT_BYTES
_WAIT_SECONDS = 1
LOOPBACK = "127.0.0.1"


def serve(
    app: Flask,
    host: str = LOOPBACK,
    port: int = 0,
    *,
    on_ready: Callable[[str], None],
    on_start: Callable[[Callable[[], None]], object] = lambda _stop: None,
) -> None:
    """Serve until interrupted, then return; `on_ready` gets the address once it listens.

    Before that, `on_start` gets what ends the serving, also from a signal's handler: an
    exception raised there can be lost in a place that lets none out. Port 0 takes a free
    one. Raises OSError where the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here: waitress leaves its sockets open when an address is taken.
    with socket.create_server((host, port), family=family) as listening:
        open_sockets: dict[int, object] = {}
        # No `Server` header: a version says nothing to users and something to attackers.
        server = create_server(
            app,
            map=open_sockets,
            sockets=[listening],
            threads=THREADS,
            ident="",
            max_request_body_size=_MOST_SENT_BYTES,
        )
        stopping = threading.Event()

        def stop() -> None:
            stopping.set()
            server.pull_trigger()  # which ends the wait for the next request

        try:
            on_start(stop)
            on_ready(address_of(host, listening.getsockname()[1]))
            with contextlib.suppress(KeyboardInterrupt):
                while not stopping.is_set():
                    wasyncore.loop(_WAIT_SECONDS, use_poll=True, map=open_sockets, count=1)
        finally:
            server.task_dispatcher.shutdown()
            wasyncore.close_all(open_sockets, ignore_all=True)


def address_of(host: str, port: int) -> str:
    """The URL of the first page; an IPv6 address goes in brackets."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
