"""Answers that take long, made in a thread of their own, beside whoever asks for them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
Start = Callable[[Callable[[], None]], None]
_log = logging.getLogger(__name__)


def in_a_thread(work: Callable[[], None]) -> None:
    """Begin the work and do not wait for it; it does not keep the program from ending."""
    threading.Thread(target=work, daemon=True).start()


class Beside(Generic[Answer]):
    """The last answer to one question, made anew when it is asked for and has become old.

    One is made at a time. Whoever asks gets the last one at once; where there is none yet,
    it is waited for, `patience_seconds` at most. A failure is logged, and the last answer
    stays.
    """

    def __init__(
        self,
        make: Callable[[], Answer],
        *,
        fresh_seconds: float,
        patience_seconds: float,
        start: Start = in_a_thread,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make, self._start, self._clock = make, start, clock
        self._fresh_seconds, self._patience_seconds = fresh_seconds, patience_seconds
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._is_making = False
        self._began_at: float | None = None
        self._answer: Answer | None = None

    def get(self) -> Answer | None:
        """The last answer, None where there is none in time."""
        if self._takes_it_up():
            self._start(self._work)
        if self._answer is None:
            self._ended.wait(self._patience_seconds)
        return self._answer

    def _takes_it_up(self) -> bool:
        with self._lock:
            now = self._clock()
            is_old = self._began_at is None or now - self._began_at >= self._fresh_seconds
            if self._is_making or not is_old:
                return False
            self._is_making, self._began_at = True, now
            self._ended.clear()
            return True

    def _work(self) -> None:
        try:
            self._answer = self._make()
        except Exception:  # noqa: BLE001 - what failed is in the log
            _log.exception("figures were not made", extra={"question": self._make.__qualname__})
        finally:
            with self._lock:
                self._is_making = False
            self._ended.set()
