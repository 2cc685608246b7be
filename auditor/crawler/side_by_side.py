"""Several readings at once, and one plain error when one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import TypeVar

Item = TypeVar("Item")


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the first error itself, not a group holding it."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        raise _first(errors) from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def side_by_side(
    read: Callable[[Item], Awaitable[None]], items: Collection[Item], *, at_once: int
) -> None:
    """Await `read` for every item, at most `at_once` at a time; the first error ends all."""
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await read(item)

    if len(items) <= 1 or at_once == 1:
        await work()
        return
    async with task_group() as group:
        for _ in range(min(at_once, len(items))):
            group.create_task(work())
