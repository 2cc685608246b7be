from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import aiohttp
import httpx
import pytest
from multidict import CIMultiDict

from auditor.registry.body import LARGE_BYTES, OverCapError, read_body
from auditor.registry.transport import AiohttpBody
from tests.fakes.turns import turn

CAP = 4 * LARGE_BYTES


class Slow(httpx.AsyncByteStream):
    """A body in chunks, with turns of the loop between them; `open` counts those under way."""

    open: int = 0
    most: int = 0

    def __init__(self, size_bytes: int) -> None:
        self._chunks = [b"x" * 65_536] * (size_bytes // 65_536)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        for chunk in self._chunks:
            yield chunk
            was_large, read = read > LARGE_BYTES, read + len(chunk)
            if read > LARGE_BYTES and not was_large:
                Slow.open += 1
                Slow.most = max(Slow.most, Slow.open)
            await turn(3)
        Slow.open -= read > LARGE_BYTES


def read_at_once(count: int, size_bytes: int, at_once: int) -> list[bytes]:
    async def run() -> list[bytes]:
        large = asyncio.Semaphore(at_once)
        bodies = [read_body(CIMultiDict(), Slow(size_bytes), CAP, large) for _ in range(count)]
        return await asyncio.gather(*bodies)

    Slow.open = Slow.most = 0
    return asyncio.run(run())


def test_large_bodies_are_read_a_few_at_a_time() -> None:
    bodies = read_at_once(6, 2 * LARGE_BYTES, at_once=2)
    assert {len(body) for body in bodies} == {2 * LARGE_BYTES}
    assert Slow.most == 2


def test_short_bodies_wait_for_nobody() -> None:
    assert len(read_at_once(6, LARGE_BYTES, at_once=0)) == 6


def test_a_body_over_its_cap_gives_its_turn_back() -> None:
    async def run() -> int:
        large = asyncio.Semaphore(1)
        for _ in range(2):
            with pytest.raises(OverCapError):
                await read_body(CIMultiDict(), Slow(2 * CAP), CAP, large)
        return large._value

    assert asyncio.run(run()) == 1


def test_a_body_of_known_length_waits_for_its_turn_where_it_is_large() -> None:
    """As aiohttp gives it: in one go, and not in chunks."""
    held: dict[int, bool] = {}

    async def run() -> None:
        large = asyncio.Semaphore(1)
        for size_bytes in (LARGE_BYTES, LARGE_BYTES + 1):

            async def read(size_bytes: int = size_bytes) -> bytes:
                held[size_bytes] = large.locked()
                return b"x" * size_bytes

            response = SimpleNamespace(content=SimpleNamespace(read=read))
            headers = CIMultiDict({"content-length": str(size_bytes)})
            body = AiohttpBody(cast("aiohttp.ClientResponse", response))
            assert len(await read_body(headers, body, CAP, large)) == size_bytes

    asyncio.run(run())
    assert held == {LARGE_BYTES: False, LARGE_BYTES + 1: True}
