from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import count

import pytest

from auditor.usecases.beside import Beside


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def at_once(work: Callable[[], None]) -> None:
    work()


def test_an_answer_is_kept_until_it_is_old() -> None:
    numbers = count(1)
    clock = Clock()
    beside = Beside(
        lambda: next(numbers),
        fresh_seconds=300,
        patience_seconds=0,
        start=at_once,
        clock=clock,
    )
    assert (beside.get(), beside.get()) == (1, 1)
    clock.seconds = 300
    assert beside.get() == 2


def test_nobody_waits_longer_than_patience_and_one_answer_is_made_at_a_time() -> None:
    go, made = threading.Event(), []

    def make() -> str:
        made.append(1)
        go.wait(10)
        return "made"

    beside = Beside(make, fresh_seconds=0, patience_seconds=0.01)
    assert (beside.get(), beside.get()) == (None, None)
    assert len(made) == 1
    go.set()
    patient = Beside(make, fresh_seconds=1000, patience_seconds=10)
    assert patient.get() == "made"


def test_a_failure_is_logged_and_the_last_answer_stays(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter(["first"])
    clock = Clock()
    beside = Beside(
        lambda: next(answers), fresh_seconds=1, patience_seconds=0, start=at_once, clock=clock
    )
    assert beside.get() == "first"
    clock.seconds = 2
    with caplog.at_level(logging.ERROR):
        assert beside.get() == "first"
    assert "figures were not made" in caplog.text
