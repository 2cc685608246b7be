from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from auditor.commands.interrupts import PATIENCE_SECONDS, Interrupts


class Clock:
    """Stands still until a test moves it."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def left() -> list[int]:
    return []


@pytest.fixture
def interrupts(clock: Clock, left: list[int]) -> Iterator[Interrupts]:
    before = signal.getsignal(signal.SIGINT)
    made = Interrupts(clock, left.append)
    made.install()
    yield made
    signal.signal(signal.SIGINT, before)


def test_the_first_one_interrupts_those_right_after_it_nothing_and_a_later_one_ends_it_all(
    interrupts: Interrupts, clock: Clock, left: list[int]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    for _ in range(3):
        signal.raise_signal(signal.SIGINT)
    assert left == []
    clock.now += PATIENCE_SECONDS
    signal.raise_signal(signal.SIGINT)
    assert left == [130]


def test_after_an_interrupted_end_nothing_is_interrupted_any_more(interrupts: Interrupts) -> None:
    interrupts.end()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    interrupts.end()
    signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_runs_is_cancelled_and_may_end_in_good_order(interrupts: Interrupts) -> None:
    done: list[str] = []

    async def work() -> None:
        try:
            for _ in range(3):
                signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0)
            signal.raise_signal(signal.SIGINT)
            done.append("saved")

    with pytest.raises(KeyboardInterrupt):
        interrupts.run(work())
    assert done == ["saved"]


def test_what_was_cancelled_may_still_answer(interrupts: Interrupts) -> None:
    async def work() -> str:
        signal.raise_signal(signal.SIGINT)
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            return "a report that says so"
        return "never"

    assert interrupts.run(work()) == "a report that says so"


def test_without_a_signal_work_is_just_done_or_cancelled(interrupts: Interrupts) -> None:
    async def work(number: int) -> int:
        if not number:
            raise asyncio.CancelledError
        return number

    assert interrupts.run(work(5)) == 5
    with pytest.raises(asyncio.CancelledError):
        interrupts.run(work(0))


def test_what_ends_by_a_call_is_called_and_nothing_is_raised(interrupts: Interrupts) -> None:
    called: list[str] = []
    with interrupts.calling() as take:
        take(lambda: called.append("stop"))
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert called == ["stop"]


def test_after_that_an_interrupt_is_raised_again(interrupts: Interrupts) -> None:
    with interrupts.calling() as take:
        take(lambda: None)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
