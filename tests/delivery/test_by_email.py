"""Against aiosmtpd, a real server; what it cannot do wrong, a script does."""

from __future__ import annotations

import socket
import ssl
import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
import trustme

from auditor.delivery.by_email import Delivery, MailServer, send_mail
from auditor.domain.errors import SettingsError
from tests.servers.mail import (
    CUT_AFTER,
    CUT_BEFORE,
    OK,
    Mailbox,
    start_mail_server,
    start_scripted,
)

ANN = "ann@example.com"


def letter(text: str = "Hello.\n") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Auditor <auditor@example.com>"
    message["To"] = ANN
    message["Subject"] = "Größe: 1.2 TB"
    message.set_content(text)
    return message


def open_server(port: int, *, timeout_seconds: float = 20) -> MailServer:
    return MailServer("127.0.0.1", port, "none", timeout_seconds=timeout_seconds)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> trustme.CA:
    """A certificate authority that this process trusts."""
    authority = trustme.CA()
    path = f"{tmp_path}/authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", path)
    return authority


def tls_of(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_mail_arrives_as_it_was_written() -> None:
    text = ".a dot at the start\n..two\nFrom here\nÄpfel, 日本\n" + "long " * 400 + "\n.\nend\n"
    with start_mail_server() as server:
        delivery = send_mail(open_server(server.port), letter(text), ANN)
        [(address, message)] = server.mailbox.taken
    assert delivery == Delivery("sent", "250 taken")
    assert address == ANN
    assert message["Subject"] == "Größe: 1.2 TB"
    assert message.get_content().replace("\r\n", "\n") == text


def test_every_line_fits_the_wire_and_holds_seven_bits() -> None:
    lines: list[bytes] = []

    class Lines(Mailbox):
        async def handle_DATA(self, server, session, envelope) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001, N802
            lines.extend(envelope.original_content.split(b"\r\n"))
            return OK

    with start_mail_server(Lines()) as server:
        send_mail(open_server(server.port), letter("ä" * 5000), ANN)
    assert max(map(len, lines)) <= 998
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize(
    "answer, outcome",
    [
        ("450 mailbox busy", "later"),
        ("550 no such user", "refused"),
        ("354 what", "later"),
    ],
)
def test_a_recipient_that_is_not_taken_is_told_from_one_that_is_not_taken_now(
    answer: str, outcome: str
) -> None:
    with start_mail_server(Mailbox({ANN: answer})) as server:
        delivery = send_mail(open_server(server.port), letter(), ANN)
    assert delivery == Delivery(outcome, f"RCPT: {answer}")  # type: ignore[arg-type]
    assert server.recipients == []


@pytest.mark.parametrize(
    "answer, outcome",
    [
        ("452 disk full", "later"),
        ("552 too big", "refused"),
        (CUT_BEFORE, "unknown"),
        (CUT_AFTER, "unknown"),
        ("what?", "unknown"),
    ],
)
def test_an_answer_to_the_text_is_believed_and_none_is_unknown(answer: str, outcome: str) -> None:
    with start_mail_server(Mailbox(on_text=lambda _: answer)) as server:
        delivery = send_mail(open_server(server.port), letter(), ANN)
    assert delivery.outcome == outcome
    assert server.recipients == ([ANN] if answer == CUT_AFTER else [])


def test_nobody_listening_is_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    delivery = send_mail(open_server(port), letter(), ANN)
    assert delivery.outcome == "later"
    assert "refused" in delivery.detail


@pytest.mark.parametrize(
    "bad",
    [
        *("ann@example.com\r\nRCPT TO:<eve@example.com>", "ann @example.com", "ann", ""),
        *("a@b@c", "<ann@example.com>", "änn@example.com", "ann@exa\nmple.com", "a" * 65 + "@b"),
    ],
)
def test_an_address_that_could_be_a_command_is_sent_to_nobody(bad: str) -> None:
    with start_mail_server() as server:
        delivery = send_mail(open_server(server.port), letter(), bad)
    assert delivery.outcome == "refused"
    assert server.recipients == []


def test_a_mail_without_a_sender_is_not_sent() -> None:
    message = letter()
    del message["From"]
    assert send_mail(open_server(1), message, ANN).outcome == "refused"


class TestEncryption:
    def test_starttls_with_a_certificate_we_trust(self, authority: trustme.CA) -> None:
        with start_mail_server(tls=tls_of(authority), password="gehëim") as server:
            for password, outcome in (("gehëim", "sent"), ("wrong", "later"), ("wröng", "later")):
                at = MailServer("localhost", server.port, "starttls", "auditor", password)
                delivery = send_mail(at, letter(), ANN)
                assert delivery.outcome == outcome, delivery
                assert password not in delivery.detail
            assert server.recipients == [ANN]

    def test_a_server_that_offers_only_login_is_signed_in_to(self, authority: trustme.CA) -> None:
        tls = tls_of(authority)
        with start_mail_server(tls=tls, password="pass", ways=["LOGIN"]) as server:
            for password, outcome in (("pass", "sent"), ("wrong", "later")):
                at = MailServer("localhost", server.port, "starttls", "auditor", password)
                assert send_mail(at, letter(), ANN).outcome == outcome

    def test_a_server_that_takes_no_password_gets_none(self, authority: trustme.CA) -> None:
        with start_mail_server(tls=tls_of(authority)) as server:
            at = MailServer("localhost", server.port, "starttls", "auditor", "pass")
            delivery = send_mail(at, letter(), ANN)
        assert (delivery.outcome, server.recipients) == ("later", [])

    def test_tls_from_the_start(self, authority: trustme.CA) -> None:
        tls = tls_of(authority)
        with start_mail_server(tls=tls, is_tls_from_the_start=True) as server:
            at = MailServer("localhost", server.port, "tls")
            assert send_mail(at, letter(), ANN).outcome == "sent"

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_a_certificate_of_another_is_refused(
        self, authority: trustme.CA, security: str
    ) -> None:
        tls = tls_of(authority, "other.example")
        with start_mail_server(tls=tls, is_tls_from_the_start=security == "tls") as server:
            at = MailServer("localhost", server.port, security)  # type: ignore[arg-type]
            delivery = send_mail(at, letter(), ANN)
            assert delivery.outcome == "later"
            assert "certificate" in delivery.detail.lower()
            assert server.recipients == []

    def test_a_server_without_starttls_gets_nothing(self) -> None:
        with start_mail_server() as server:
            at = MailServer("127.0.0.1", server.port, "starttls")
            delivery = send_mail(at, letter(), ANN)
        assert (delivery.outcome, server.recipients) == ("later", [])
        assert "STARTTLS" in delivery.detail

    def test_a_password_without_encryption_is_an_error_that_says_what_to_set(self) -> None:
        with pytest.raises(SettingsError, match=r"mail\.security to starttls"):
            MailServer("127.0.0.1", 25, "none", "auditor", "s3cret")

    def test_a_password_is_not_in_what_is_printed_of_a_server(self) -> None:
        assert "s3cret" not in repr(MailServer("127.0.0.1", 25, "tls", "auditor", "s3cret"))


class TestDeadlines:
    """Row 79: a tarpit keeps a connection alive with a byte now and then."""

    @pytest.mark.parametrize("drip", [b"220-slow\r\n", b"2"])
    def test_an_answer_that_drips_ends_by_the_deadline(self, drip: bytes) -> None:
        def talk(connection: socket.socket) -> None:
            for _ in range(100):
                connection.sendall(drip)
                time.sleep(0.05)

        with start_scripted(talk) as port:
            began = time.monotonic()
            delivery = send_mail(open_server(port, timeout_seconds=0.4), letter(), ANN)
            assert time.monotonic() - began < 4
        assert delivery.outcome == "later"

    def test_an_endless_answer_is_not_kept(self) -> None:
        def talk(connection: socket.socket) -> None:
            while True:
                connection.sendall(b"220-more\r\n" * 1000)

        with start_scripted(talk) as port:
            delivery = send_mail(open_server(port), letter(), ANN)
        assert delivery.outcome == "later"
        assert "more than" in delivery.detail

    def test_silence_after_the_text_is_unknown(self) -> None:
        def talk(connection: socket.socket) -> None:
            connection.sendall(b"220 here\r\n")
            reader = connection.makefile("rb")
            for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
                reader.readline()
                connection.sendall(answer)
            while reader.readline():
                pass

        with start_scripted(talk) as port:
            delivery = send_mail(open_server(port, timeout_seconds=0.4), letter(), ANN)
        assert delivery.outcome == "unknown"

    @pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"421 busy\r\n", b"x\r\n", b""])
    def test_a_server_that_is_not_ready_is_for_later(self, greeting: bytes) -> None:
        with start_scripted(lambda connection: connection.sendall(greeting)) as port:
            assert send_mail(open_server(port), letter(), ANN).outcome == "later"
