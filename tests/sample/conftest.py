"""One running sample registry and one library for all tests of this folder."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from auditor.sample.library import Library
from auditor.sample.server import SampleRegistry
from tests.sample.asking import Ask, Reply


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture(scope="session")
def registry() -> Iterator[SampleRegistry]:
    with SampleRegistry.start() as running:
        yield running


@pytest.fixture
def ask(registry: SampleRegistry) -> Iterator[Ask]:
    """Plain HTTP requests over one connection; headers as pairs, so that lines can repeat."""
    connection = http.client.HTTPConnection(registry.address, timeout=30)

    def ask_registry(target: str, *headers: tuple[str, str], method: str = "GET") -> Reply:
        connection.putrequest(method, target)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    yield ask_registry
    connection.close()
