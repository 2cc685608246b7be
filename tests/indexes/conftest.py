"""A server on loopback, and clients of it that never wait."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.indexes.exchange import Exchange
from auditor.indexes.fetching import IndexClient
from auditor.indexes.options import ClientOptions
from auditor.indexes.origins import Login, origin_of, parse_address
from auditor.indexes.transport import VettingTransport, tls_context
from tests.fakes.index_machine import Machine
from tests.fakes.index_server import NOW, IndexServer, MakeClient, index_server


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with an empty home and no tools."""
    return Machine(tmp_path / "machine")


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with index_server() as running:
        yield running


@pytest.fixture
def other() -> Iterator[IndexServer]:
    """The same machine under another name: a stranger, at a private address."""
    with index_server("127.0.0.2") as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """How long the client would have waited between attempts."""
    return []


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Read once: the public authorities take longer than a test."""
    return tls_context(())


@pytest.fixture
def client_of(
    server: IndexServer, tmp_path: Path, waits: list[float], tls: ssl.SSLContext
) -> Iterator[MakeClient]:
    """Makes clients that trust `server`, and keep what they read in one folder."""
    made: list[IndexClient] = []

    def make(*logins: Login, trusted: tuple[str, ...] = (), **changes: object) -> IndexClient:
        values: dict[str, object] = {"now": NOW, "cache_folder": tmp_path / "cache", **changes}
        options = ClientOptions(**values)  # type: ignore[arg-type]
        hosts = {origin_of(parse_address(one)).host for one in (server.url, *trusted)}
        transport = VettingTransport(hosts, tls)
        exchange = Exchange(transport, logins, options, waits.append)
        made.append(IndexClient(options, exchange=exchange))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(client_of: MakeClient) -> IndexClient:
    return client_of()
