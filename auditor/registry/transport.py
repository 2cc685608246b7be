"""The wire: httpx's transport interface over aiohttp connections, each address vetted."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

import aiohttp
import certifi
import httpx
import yarl
from httpx_aiohttp import AiohttpTransport
from multidict import CIMultiDict, MultiMapping

from auditor.domain.errors import SettingsError
from auditor.network.guard import socket_factory
from auditor.registry.options import ClientOptions

Headers = tuple[tuple[str, str], ...]
_CHUNK_BYTES = 64 * 1024
_HEADER_LINE_BYTES = 32 * 1024
_KEEP_ALIVE_SECONDS = 60


class RegistryTransport(AiohttpTransport):
    """Connections to one registry, and to where it redirects.

    What differs from httpx-aiohttp: repeated header lines stay separate lines (there they
    are joined by commas, which registries do not understand in If-None-Match), a body of
    known length is read in one go, an error keeps its kind, there are no cookies, and
    hosts other than `trusted_hosts` are reached at public addresses only.
    """

    def __init__(
        self, *, own_host: str, trusted_hosts: frozenset[str], options: ClientOptions
    ) -> None:
        super().__init__(verify=False)
        self._own_host = own_host
        self._trusted_hosts = trusted_hosts
        self._options = options
        self._tls: ssl.SSLContext | None = None
        self._own: aiohttp.ClientSession | None = None
        self._foreign: aiohttp.ClientSession | None = None
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=options.connect_timeout_seconds,
            sock_read=options.read_timeout_seconds,
        )

    async def send(self, method: str, url: str, headers: Headers, content: bytes) -> Reply:
        """Send one request as it is, `url` being percent-encoded; redirects are answers.

        The short cut past httpx's request and response objects, which cost as much as the
        request itself. Raises httpx.TransportError.
        """
        address = yarl.URL(url, encoded=True)
        try:
            response = await self._session(address).request(
                method,
                address,
                headers=headers,
                data=content or None,
                allow_redirects=False,
                timeout=self._timeout,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise translated(error) from error
        return Reply(response.status, response.headers, AiohttpBody(response))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same for an `httpx.AsyncClient` on top."""
        content = await request.aread()
        headers = tuple(request.headers.multi_items())
        reply = await self.send(request.method, str(request.url), headers, content)
        return httpx.Response(
            reply.status,
            headers=list(reply.headers.items()),
            stream=reply.body,
            request=request,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        for session in (self._own, self._foreign):
            if session is not None:
                await session.close()

    def _session(self, url: yarl.URL) -> aiohttp.ClientSession:
        if (url.host or "").rstrip(".") in self._trusted_hosts:
            if self._own is None:
                self._own = self._connect(url, own_host=self._own_host)
            return self._own
        if self._foreign is None:
            self._foreign = self._connect(url, own_host=None)
        return self._foreign

    def _connect(self, url: yarl.URL, *, own_host: str | None) -> aiohttp.ClientSession:
        if self._tls is None and url.scheme == "https":
            self._tls = tls_context(self._options)
        connector = aiohttp.TCPConnector(
            ssl=self._tls or True,
            limit=self._options.concurrency * 2,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            socket_factory=socket_factory(own_host=own_host),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            max_line_size=_HEADER_LINE_BYTES,
            max_field_size=_HEADER_LINE_BYTES,
        )


class Reply(NamedTuple):
    """The head of an answer, with a body still to be read and closed."""

    status: int
    headers: MultiMapping[str]
    body: httpx.AsyncByteStream


Send = Callable[[str, str, Headers, bytes], Awaitable[Reply]]


def sender(transport: httpx.AsyncBaseTransport) -> Send:
    """How to send through a transport: by the short cut where it has one."""
    if isinstance(transport, RegistryTransport):
        return transport.send

    async def send(method: str, url: str, headers: Headers, content: bytes) -> Reply:
        request = httpx.Request(method, url, headers=headers, content=content)
        response = await transport.handle_async_request(request)
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise httpx.UnsupportedProtocol("the transport is not asynchronous")
        return Reply(
            response.status_code, CIMultiDict(response.headers.multi_items()), response.stream
        )

    return send


class AiohttpBody(httpx.AsyncByteStream):
    """The body of an aiohttp response, as it came over the wire."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_chunked(_CHUNK_BYTES):
                yield chunk
        except (aiohttp.ClientError, TimeoutError) as error:
            raise translated(error) from error

    async def read_whole(self) -> bytes:
        """Everything at once: only for a body whose announced length was checked."""
        try:
            return await self._response.content.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise translated(error) from error

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self._response.release()


def translated(error: Exception) -> httpx.TransportError:
    """The httpx error of the same kind. An aiohttp error keeps its cause for `failures`."""
    message = type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout(message)
        case aiohttp.ServerTimeoutError() | asyncio.TimeoutError():
            return httpx.ReadTimeout(message)
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(message)
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
            return httpx.ReadError(message)
        case aiohttp.InvalidURL():
            return httpx.UnsupportedProtocol(message)
    return httpx.RemoteProtocolError(message)


def tls_context(options: ClientOptions) -> ssl.SSLContext:
    """Trust the system's authorities, the usual public ones, and those of `ca_file`.

    Raises SettingsError for a file that cannot be read as certificates.
    """
    context = ssl.create_default_context()
    if not options.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context.load_verify_locations(certifi.where())
    if options.ca_file:
        try:
            context.load_verify_locations(options.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"no certificates can be read from {options.ca_file}",
                next_step="give a PEM file with --ca-file FILE",
            ) from error
    return context
