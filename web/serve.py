"""Serving the dashboard with waitress, on loopback unless told otherwise."""

from __future__ import annotations

import socket
from collections.abc import Callable

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from web.uploads import MOST_SENT_BYTES

THREADS = 8
# Of what is a little too long the application says so; of what is longer nothing is kept.
_MOST_SENT_BYTES = 2 * MOST_SENT_BYTES
LOOPBACK = "127.0.0.1"


def serve(
    app: Flask,
    host: str = LOOPBACK,
    port: int = 0,
    *,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until interrupted, then return; `on_ready` gets the address once it listens.

    Port 0 takes a free one. Raises OSError where the address is taken or not ours.
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
        try:
            on_ready(address_of(host, listening.getsockname()[1]))
            server.run()
        finally:
            wasyncore.close_all(open_sockets, ignore_all=True)


def address_of(host: str, port: int) -> str:
    """The URL of the first page; an IPv6 address goes in brackets."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
