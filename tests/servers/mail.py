"""Mail servers on loopback: aiosmtpd, which keeps what it gets, and one that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 taken"


@dataclass
class Mailbox:
    """What an aiosmtpd server took, and what it says instead of taking it.

    `on_recipient` and `on_text` give the answer for an address; a callable may wait, or cut
    the connection before the answer. A mail is in `taken` from the moment of the yes.
    """

    on_recipient: Mapping[str, str] = field(default_factory=dict)
    on_text: Callable[[str], str] = lambda _address: OK
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        answer = self.on_recipient.get(address, OK)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        address = envelope.rcpt_tos[0]
        answer = self.on_text(address)
        if answer in (OK, CUT_AFTER):
            content = envelope.content or b""
            message = email.message_from_bytes(
                content if isinstance(content, bytes) else content.encode(),
                policy=email.policy.default,
            )
            assert isinstance(message, EmailMessage)
            self.taken.append((address, message))
        if answer in (CUT_BEFORE, CUT_AFTER):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    @property
    def recipients(self) -> list[str]:
        """Whom a mail was taken for, in order; twice where twice."""
        return [address for address, _ in self.taken]


CUT_BEFORE = "cut the connection, and keep nothing"
CUT_AFTER = "cut the connection, and keep the mail"


@dataclass(frozen=True, slots=True)
class RunningMailServer:
    """A server that listens, and what it took."""

    port: int
    mailbox: Mailbox

    @property
    def recipients(self) -> list[str]:
        """Whom a mail was taken for."""
        return self.mailbox.recipients


class _Controller(Controller):
    """aiosmtpd's, on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def start_mail_server(
    mailbox: Mailbox | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    is_tls_from_the_start: bool = False,
    password: str = "",
    ways: Sequence[str] = ("PLAIN", "LOGIN"),
) -> Iterator[RunningMailServer]:
    """aiosmtpd; with `tls` it offers STARTTLS, with `password` it wants it from `auditor`."""
    box = mailbox or Mailbox()

    def check(_server: Any, _session: Any, _envelope: Any, _kind: str, given: Any) -> AuthResult:
        is_right = given == LoginPassword(b"auditor", password.encode())
        return AuthResult(success=is_right, handled=False)

    controller = _Controller(
        box,
        hostname="127.0.0.1",
        port=0,
        ssl_context=tls if is_tls_from_the_start else None,
        tls_context=None if is_tls_from_the_start else tls,
        authenticator=check if password else None,
        auth_required=bool(password),
        auth_require_tls=True,
        auth_exclude_mechanism={"PLAIN", "LOGIN"} - (set(ways) if password else set()),
    )
    controller.start()
    try:
        yield RunningMailServer(controller.port, box)
    finally:
        controller.stop()


@contextlib.contextmanager
def start_scripted(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where `talk` speaks with each that connects, as no honest server does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listening.accept()
                    with connection:
                        connection.settimeout(20)
                        talk(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            over.set()
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(20)
