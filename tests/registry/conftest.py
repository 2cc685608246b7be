"""Running clients against the fake registry, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import httpx
import pytest

from auditor.domain.credential import Credential
from auditor.domain.reference import RegistryAddress
from auditor.registry.client import RegistryClient, open_registry
from auditor.registry.exchange import Clock
from auditor.registry.options import ClientOptions
from tests.fakes.registry import FakeRegistry

T = TypeVar("T")


@dataclass(slots=True)
class FakeTime:
    """A clock that moves only when somebody sleeps."""

    seconds: float = 1000.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(
            monotonic=lambda: self.seconds,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            sleep=self.sleep,
            jitter=lambda: 0.5,
        )


@dataclass(slots=True)
class Bench:
    """A fake registry, a clock, and a client between them."""

    registry: FakeRegistry = field(default_factory=FakeRegistry)
    time: FakeTime = field(default_factory=FakeTime)
    options: ClientOptions = field(default_factory=ClientOptions)
    credential: Credential | None = None
    address: str = "registry.test"
    transport: httpx.AsyncBaseTransport | None = None

    def ask(self, question: Callable[[RegistryClient], Awaitable[T]]) -> T:
        """What a new client answers; several questions are asked inside one function."""

        async def run() -> T:
            async with open_registry(
                RegistryAddress.parse(self.address),
                self.credential,
                self.options,
                transport=self.transport or self.registry.transport(),
                clock=self.time.clock(),
            ) as client:
                return await question(client)

        return asyncio.run(run())


async def repositories(client: RegistryClient) -> list[str]:
    """The whole catalogue."""
    return [name async for page in client.list_repositories() for name in page.names]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def catalogue() -> Callable[[RegistryClient], Awaitable[list[str]]]:
    return repositories
