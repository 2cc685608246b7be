from __future__ import annotations

import os
import signal
import socket
import threading
import urllib.request

import pytest
from flask import Flask

from web.serve import address_of, serve


def test_it_serves_on_loopback_until_interrupted(app: Flask) -> None:
    addresses: list[str] = []
    answers: list[tuple[int, str | None]] = []

    def visit() -> None:
        try:
            with urllib.request.urlopen(f"{addresses[0]}repositories", timeout=10) as response:
                answers.append((response.status, response.headers["Server"]))
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    visitor = threading.Thread(target=visit)

    def on_ready(address: str) -> None:
        addresses.append(address)
        visitor.start()

    serve(app, on_ready=on_ready)
    visitor.join(timeout=10)
    assert addresses[0].startswith("http://127.0.0.1:")
    assert answers == [(200, None)]


def test_a_taken_port_is_an_error_before_anybody_is_told(app: Flask) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(app, "127.0.0.1", taken.getsockname()[1], on_ready=told.append)
    assert told == []


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert address_of("::1", 8080) == "http://[::1]:8080/"
