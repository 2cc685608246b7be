from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from auditor.delivery.mail_greeting import greet
from tests.servers import processes


class Handler:
    """Says what came: nothing may."""

    taken: list[object]

    def __init__(self) -> None:
        self.taken = []

    async def handle_MAIL(self, *arguments: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append(arguments)
        return "250 OK"


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def port(handler: Handler) -> Iterator[int]:
    """An aiosmtpd without TLS that knows one user."""
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=processes.free_port(),
        authenticator=lambda *given: AuthResult(
            success=given[-1].password == b"right", handled=False
        ),
        auth_require_tls=False,
    )
    controller.start()
    yield controller.port
    controller.stop()


def test_a_server_that_would_take_mails_is_no_problem_and_gets_none(
    port: int, handler: Handler
) -> None:
    assert greet("127.0.0.1", port, "none") == ""
    assert greet("127.0.0.1", port, "none", username="me", password="right") == ""
    assert handler.taken == []


def test_a_wrong_password_is_said_without_being_repeated(port: int) -> None:
    said = greet("127.0.0.1", port, "none", username="me", password="s3cret")
    assert said == "it does not let me in: 535"


def test_what_is_not_encrypted_as_wished_is_a_problem(port: int) -> None:
    assert greet("127.0.0.1", port, "starttls") == "it does not offer STARTTLS"
    assert "SSL" in greet("127.0.0.1", port, "tls", timeout_seconds=5)


def test_nobody_there_is_a_problem() -> None:
    assert greet("127.0.0.1", 1, "none").startswith("ConnectionRefusedError")
