"""A question that may take for ever, asked so that nobody waits for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Bounded(Generic[Answer]):
    """Asks in a thread of its own, so that a silent database holds up nobody.

    While it has not answered, nobody else asks: one connection waits, not one per visitor.
    The thread is a daemon: it does not keep the program from ending.
    """

    def __init__(self, ask: Callable[[], Answer], wait_seconds: float) -> None:
        self._ask, self._wait_seconds = ask, wait_seconds
        self._lock = threading.Lock()
        self._asking: Future[Answer] | None = None

    def get(self) -> Answer:
        """The answer; raises TimeoutError where there is none in time, and what asking raises."""
        with self._lock:
            if self._asking is None or self._asking.done():
                self._asking = Future()
                threading.Thread(target=self._run, args=[self._asking], daemon=True).start()
            asking = self._asking
        try:
            return asking.result(self._wait_seconds)
        except NotInTime:
            raise TimeoutError from None

    def _run(self, answer: Future[Answer]) -> None:
        try:
            answer.set_result(self._ask())
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
            answer.set_exception(error)
