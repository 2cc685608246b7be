from __future__ import annotations

import asyncio

import pytest

from auditor.crawler.side_by_side import side_by_side, task_group
from tests.fakes.turns import turn, turn_until

MANY_TURNS = 20


class Readers:
    """Counts who reads at the same time."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.read: list[int] = []
        self.cancelled: list[int] = []

    async def slowly(self, item: int) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await turn(MANY_TURNS)
        except asyncio.CancelledError:
            self.cancelled.append(item)
            raise
        finally:
            self.now -= 1
        self.read.append(item)


@pytest.mark.parametrize(
    "items, at_once, most",
    [(10, 3, 3), (10, 1, 1), (2, 8, 2), (8, 8, 8), (1, 8, 1), (0, 8, 0)],
)
def test_as_many_items_are_read_at_once_as_allowed_and_no_more(
    items: int, at_once: int, most: int
) -> None:
    readers = Readers()
    asyncio.run(side_by_side(readers.slowly, range(items), at_once=at_once))
    assert readers.most == most
    assert sorted(readers.read) == list(range(items))


def test_the_first_error_ends_all_and_shows_as_itself() -> None:
    readers = Readers()

    async def read(item: int) -> None:
        if item == 1:
            raise LookupError("one")
        await readers.slowly(item)

    with pytest.raises(LookupError, match="one"):
        asyncio.run(side_by_side(read, range(100), at_once=3))
    assert readers.read == []
    assert sorted(readers.cancelled) == [0, 2]


def test_an_error_of_one_after_another_shows_as_itself() -> None:
    async def read(item: int) -> None:
        raise LookupError(str(item))

    with pytest.raises(LookupError, match="0"):
        asyncio.run(side_by_side(read, range(3), at_once=1))


def test_groups_in_groups_raise_one_plain_error() -> None:
    async def outer(item: int) -> None:
        await side_by_side(inner, range(2), at_once=2)

    async def inner(item: int) -> None:
        raise LookupError("deep")

    with pytest.raises(LookupError, match="deep"):
        asyncio.run(side_by_side(outer, range(2), at_once=2))


def test_of_several_errors_at_once_the_first_is_raised() -> None:
    async def fail_with(error: Exception) -> None:
        raise error

    async def run() -> None:
        async with task_group() as group:
            group.create_task(fail_with(LookupError("first")))
            group.create_task(fail_with(ValueError("second")))

    with pytest.raises(LookupError, match="first"):
        asyncio.run(run())


def test_groups_within_a_group_of_errors_are_opened() -> None:
    async def fail() -> None:
        raise ExceptionGroup("outer", [ExceptionGroup("inner", [LookupError("leaf")])])

    async def run() -> None:
        async with task_group() as group:
            group.create_task(fail())

    with pytest.raises(LookupError, match="leaf"):
        asyncio.run(run())


def test_cancelling_ends_the_readings_under_way() -> None:
    readers = Readers()

    async def run() -> None:
        task = asyncio.create_task(side_by_side(readers.slowly, range(5), at_once=2))
        await turn_until(lambda: readers.now >= 2)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert sorted(readers.cancelled) == [0, 1]
    assert readers.read == []
