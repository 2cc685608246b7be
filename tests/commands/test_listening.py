from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from flask import Flask

from auditor.commands.listening import serve_at
from auditor.domain.errors import UsageError


class Told(Exception):  # noqa: N818 - no error: the end of a test
    """The address is known; the server is not wanted any longer."""


def tell(address: str) -> None:
    raise Told(address)


@pytest.mark.parametrize(
    "host, start",
    [("127.0.0.1", "http://127.0.0.1:"), ("[::1]", "http://[::1]:"), ("::1", "http://[::1]:")],
)
def test_the_address_is_announced_as_a_browser_takes_it(host: str, start: str) -> None:
    with pytest.raises(Told) as caught:
        serve_at(Flask("any"), host, 0, tell)
    assert str(caught.value).startswith(start)
    assert not str(caught.value).endswith(":0/")


@pytest.mark.parametrize(
    "host, reason",
    [
        ("no-such-host.invalid", "Name or service not known|name resolution"),
        ("ü" * 70, "it is no name of a host"),
        ("203.0.113.7", "Cannot assign requested address"),
    ],
)
def test_a_name_that_is_no_address_of_ours_is_a_usage_error(host: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        serve_at(Flask("any"), host, 0, tell)
    assert caught.value.message.startswith(f"cannot listen on {host} port 0: ")
    assert "--host" in caught.value.next_step


def test_a_port_that_is_taken_is_a_usage_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}: Address already in use;"):
            serve_at(Flask("any"), "127.0.0.1", port, tell)


def fail(error: Exception) -> Callable[[str], None]:
    def announce(address: str) -> None:
        raise error

    return announce


def test_what_goes_wrong_later_is_not_blamed_on_the_address() -> None:
    with pytest.raises(OSError, match="No space left"):
        serve_at(Flask("any"), "127.0.0.1", 0, fail(OSError("No space left on device")))
