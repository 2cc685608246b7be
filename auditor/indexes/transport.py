"""The wire: httpx's transport over connections to vetted addresses only."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Collection, Iterable

import certifi
import httpcore
import httpx

from auditor.domain.errors import SettingsError
from auditor.network.guard import AddressRefusedError, vet

_MOST_CONNECTIONS = 16
_KEEP_ALIVE_SECONDS = 30

SocketOptions = Iterable[httpcore.SOCKET_OPTION] | None


class RefusedError(httpcore.ConnectError):
    """A name means addresses only that are not connected to.

    A kind of its own, since the pool takes the cause off what is raised in it.
    """


class VettingBackend(httpcore.SyncBackend):
    """Connects to addresses that a name means now, each vetted, and never looks it up again.

    So a name that means a public address when asked first and a private one a moment later
    (DNS rebinding) leads nowhere else than where it was vetted to lead. `own_hosts` are those
    the user named: they may be at private addresses.
    """

    def __init__(self, own_hosts: Collection[str]) -> None:
        self._own_hosts = own_hosts

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions = None,
    ) -> httpcore.NetworkStream:
        last: Exception | None = None
        for address in self._vetted(host, port):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError("the name means no address")

    def _vetted(self, host: str, port: int) -> list[str]:
        own = host if host.lower().rstrip(".") in self._own_hosts else None
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        refused: AddressRefusedError | None = None
        passed = []
        for address in addresses:
            try:
                vet(address, own_host=own)
                passed.append(address)
            except AddressRefusedError as error:
                refused = error
        if refused and not passed:
            raise RefusedError("the address is refused") from refused
        return passed


class VettingTransport(httpx.HTTPTransport):
    """Connections to indexes, and to where they say that files lie."""

    def __init__(self, own_hosts: Collection[str], tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=_MOST_CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=VettingBackend(own_hosts),
        )


def tls_context(ca_files: Iterable[str]) -> ssl.SSLContext:
    """Trust the system's authorities, the usual public ones, and those of `ca_files`.

    Raises SettingsError for a file that cannot be read as certificates.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    for path in ca_files:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"no certificates can be read from {path}",
                next_step="name a PEM file in estimate.ca_file",
            ) from error
    return context
