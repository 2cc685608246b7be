"""Over real sockets on loopback: a server that answers by the byte."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import httpx
import pytest
import trustme

from auditor.domain.errors import (
    BodyTooLargeError,
    NotARegistryError,
    ProtocolError,
    RegistryError,
    RegistryUnreachableError,
    SettingsError,
)
from auditor.domain.reference import RegistryAddress
from auditor.registry.client import RegistryClient, open_registry
from auditor.registry.options import ClientOptions
from auditor.registry.transport import RegistryTransport, tls_context, translated

Reply = Callable[[bytes], bytes]
HEAD = b"HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\n"
GOOD = HEAD + b"Content-Length: 2\r\n\r\n{}"


def ask(
    reply: Reply,
    question: Callable[[RegistryClient], Awaitable[object]],
    options: ClientOptions | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    address: str = "http://127.0.0.1",
) -> list[bytes]:
    """Put a question to a server that gives `reply` to each request; the requests it saw."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.read(65_536):
                seen.append(request)
                answer = reply(request)
                writer.write(answer)
                await writer.drain()
                if b"Content-Length" not in answer or b"Connection: close" in answer:
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        where = RegistryAddress.parse(f"{address}:{port}")
        async with (
            server,
            open_registry(where, None, options or ClientOptions(attempts=1)) as client,
        ):
            await question(client)

    asyncio.run(run())
    return seen


async def check(client: RegistryClient) -> None:
    await client.check()


async def get(client: RegistryClient) -> None:
    await client.get_manifest_by_tag("a", "1", ())


def test_requests_carry_no_cookie_and_no_header_of_the_library() -> None:
    cookie = b"Set-Cookie: a=b\r\n"
    seen = ask(lambda request: HEAD + cookie + b"Content-Length: 2\r\n\r\n{}", check)
    for request in seen:
        text = request.lower()
        assert b"cookie" not in text
        assert text.count(b"accept-encoding: identity\r\n") == 1
        assert b"user-agent: registry-auditor" in text


def test_a_body_cut_short_is_an_error() -> None:
    short = HEAD + b"Connection: close\r\nContent-Length: 500\r\n\r\n{}"
    with pytest.raises(RegistryUnreachableError, match="broke"):
        ask(lambda request: short, check)


def test_a_hundred_megabytes_are_not_read() -> None:
    announced = HEAD + b"Content-Length: 104857600\r\n\r\n"
    with pytest.raises(BodyTooLargeError):
        ask(lambda request: announced, get)


def test_endless_chunks_are_cut_off() -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    options = ClientOptions(manifest_cap_bytes=300_000, attempts=1)
    with pytest.raises(BodyTooLargeError):
        ask(lambda request: HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20, get, options)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
    ],
)
def test_what_is_not_http_is_an_error(answer: bytes) -> None:
    with pytest.raises(ProtocolError, match="not proper HTTP"):
        ask(lambda request: answer, get)
    with pytest.raises(NotARegistryError, match="not proper HTTP"):
        ask(lambda request: answer, check)


def test_a_connection_closed_without_an_answer_is_an_error() -> None:
    with pytest.raises(RegistryUnreachableError):
        ask(lambda request: b"", check)


def test_a_redirect_into_the_network_is_refused() -> None:
    reply = b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.2:1/x\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(NotARegistryError, match="address inside a network"):
        ask(lambda request: reply, get)


def test_a_foreign_realm_inside_the_network_is_refused() -> None:
    challenge = b'WWW-Authenticate: Bearer realm="http://169.254.169.254/latest"\r\n'
    reply = b"HTTP/1.1 401 X\r\n" + challenge + b"Content-Length: 0\r\n\r\n"
    with pytest.raises(NotARegistryError, match="token_hosts"):
        ask(lambda request: reply, get)


def test_a_port_nobody_listens_at_is_one_plain_line() -> None:
    async def run() -> None:
        async with open_registry(RegistryAddress.parse("127.0.0.1:1")) as client:
            await client.check()

    with pytest.raises(RegistryUnreachableError, match=r"nothing listens at 127\.0\.0\.1:1"):
        asyncio.run(run())


def test_a_name_that_does_not_exist_is_one_plain_line() -> None:
    async def run() -> None:
        async with open_registry(RegistryAddress.parse("http://no-such-host.invalid")) as client:
            await client.check()

    with pytest.raises(RegistryUnreachableError, match=r"no host is called no-such-host\.invalid"):
        asyncio.run(run())


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def server_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_certificate_of_an_unknown_authority_names_the_option(authority: trustme.CA) -> None:
    with pytest.raises(RegistryUnreachableError, match="is not trusted") as caught:
        ask(lambda request: GOOD, check, tls=server_tls(authority), address="https://127.0.0.1")
    assert "--ca-file FILE" in caught.value.next_step
    assert not caught.value.is_transient
    assert "\n" not in str(caught.value)


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    options = ClientOptions(ca_file=str(tmp_path / "ca.pem"), attempts=1)
    tls = server_tls(authority, "other.test")
    with pytest.raises(RegistryUnreachableError, match="is not trusted"):
        ask(lambda request: GOOD, check, options, tls=tls, address="https://127.0.0.1")


def test_the_users_own_authority_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    options = ClientOptions(ca_file=str(tmp_path / "ca.pem"), attempts=1)
    tls = server_tls(authority)
    assert ask(lambda request: GOOD, check, options, tls=tls, address="https://127.0.0.1")


def test_certificates_are_not_looked_at_if_the_user_says_so(authority: trustme.CA) -> None:
    options = ClientOptions(verify_tls=False, attempts=1)
    tls = server_tls(authority)
    assert ask(lambda request: GOOD, check, options, tls=tls, address="https://127.0.0.1")


def test_plain_http_behind_an_https_address_is_named() -> None:
    with pytest.raises(RegistryUnreachableError, match="does not speak TLS"):
        ask(lambda request: b"HTTP/1.1 400 X\r\n\r\n", check, address="https://127.0.0.1")


@pytest.mark.parametrize("contents", [None, "no certificate"])
def test_a_ca_file_that_is_none_is_a_wrong_setting(tmp_path: Path, contents: str | None) -> None:
    path = tmp_path / "ca.pem"
    if contents is not None:
        path.write_text(contents)
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        tls_context(ClientOptions(ca_file=str(path)))


def test_an_httpx_client_can_use_the_transport() -> None:
    async def through_httpx(client: RegistryClient) -> None:
        transport = RegistryTransport(
            own_host="127.0.0.1", trusted_hosts=frozenset({"127.0.0.1"}), options=ClientOptions()
        )
        url = client._exchange._own_prefix
        async with httpx.AsyncClient(transport=transport) as http:
            answer = await http.get(url, headers=[("X-A", "1"), ("X-A", "2")])
        assert answer.json() == {}
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"

    (request,) = ask(lambda request: GOOD, through_httpx)
    assert b"x-a: 1\r\nx-a: 2\r\n" in request.lower()


@pytest.mark.parametrize(
    "error, kind",
    [
        (aiohttp.ConnectionTimeoutError(), httpx.ConnectTimeout),
        (aiohttp.SocketTimeoutError(), httpx.ReadTimeout),
        (TimeoutError(), httpx.ReadTimeout),
        (aiohttp.ServerDisconnectedError(), httpx.ReadError),
        (aiohttp.ClientPayloadError(), httpx.ReadError),
        (aiohttp.InvalidURL("x"), httpx.UnsupportedProtocol),
        (aiohttp.ClientError(), httpx.RemoteProtocolError),
    ],
)
def test_errors_keep_their_kind(error: Exception, kind: type[httpx.TransportError]) -> None:
    assert type(translated(error)) is kind


def test_slow_answers_time_out() -> None:
    options = ClientOptions(read_timeout_seconds=0.05, attempts=1)

    def hang(request: bytes) -> bytes:
        return HEAD + b"Content-Length: 2\r\n\r\n{"

    with pytest.raises(RegistryError, match="did not answer in time"):
        ask(hang, check, options)
