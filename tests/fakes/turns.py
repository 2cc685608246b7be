"""Waiting for something without a clock: the event loop turns until it is so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_MOST_TURNS = 100_000


async def turn_until(is_so: Callable[[], bool]) -> None:
    """Let everything else go on until something is so; fails when it never is."""
    for _ in range(_MOST_TURNS):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to pass")


async def turn(times: int) -> None:
    """Let everything else go on for so many turns of the event loop."""
    for _ in range(times):
        await asyncio.sleep(0)
