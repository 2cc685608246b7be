from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import urllib.request
from collections.abc import Callable

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


def test_what_stops_it_is_known_before_anybody_can_come(app: Flask) -> None:
    """Called at once, as by a signal that arrives with the address; nothing is raised."""
    stops: list[Callable[[], None]] = []
    serve(app, on_start=stops.append, on_ready=lambda _: stops[0]())
    assert len(stops) == 1


def test_what_is_far_too_long_is_refused_before_it_is_sent(app: Flask) -> None:
    answers: list[int] = []

    def visit(address: str) -> None:
        connection = http.client.HTTPConnection(address.split("/")[2], timeout=10)
        try:
            connection.putrequest("POST", "/reconcile")
            connection.putheader("Content-Length", str(100 * 1024 * 1024))
            connection.endheaders()
            answers.append(connection.getresponse().status)
        finally:
            connection.close()
            os.kill(os.getpid(), signal.SIGINT)

    visitors: list[threading.Thread] = []

    def on_ready(address: str) -> None:
        visitors.append(threading.Thread(target=visit, args=(address,)))
        visitors[0].start()

    serve(app, on_ready=on_ready)
    visitors[0].join(timeout=10)
    assert answers == [413]


def test_a_taken_port_is_an_error_before_anybody_is_told(app: Flask) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(app, "127.0.0.1", taken.getsockname()[1], on_ready=told.append)
    assert told == []


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert address_of("::1", 8080) == "http://[::1]:8080/"
