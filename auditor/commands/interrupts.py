"""Ctrl-C: the first one ends what is under way in good order, a later one at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from auditor.commands.failures import ExitCode

T = TypeVar("T")
PATIENCE_SECONDS = 2.0
"""For so long after the first, others change nothing: fingers and terminals repeat."""


class Interrupts:
    """Answers SIGINT once it is installed; before that, Python's own ways hold."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self._clock = clock
        self._leave = leave
        self._first: float | None = None
        self._cancel: Callable[[], object] | None = None

    def install(self) -> None:
        """Answer SIGINT from now on."""
        signal.signal(signal.SIGINT, self.handle)

    def install_for_service(self) -> None:
        """Answer SIGTERM as well, with which service managers and containers stop a service."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.handle)

    def end(self) -> None:
        """Ignore SIGINT from now on if there was one: Python itself would die of the next."""
        if self._first is not None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Cancel what `run` runs, call what `calling` was given, or raise KeyboardInterrupt; once.

        A later one ends the process: the database stands even a kill at any moment.
        """
        if self._first is not None:
            if self._clock() - self._first >= PATIENCE_SECONDS:
                self._leave(ExitCode.INTERRUPTED)
            return
        self._first = self._clock()
        if self._cancel is None:
            raise KeyboardInterrupt
        self._cancel()

    @contextmanager
    def calling(self) -> Iterator[Callable[[Callable[[], object]], None]]:
        """What takes the function that Ctrl-C calls, instead of raising, to the end of this."""

        def take(stop: Callable[[], object]) -> None:
            self._cancel = stop

        try:
            yield take
        finally:
            self._cancel = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """As asyncio.run; KeyboardInterrupt where Ctrl-C cancelled it."""
        import asyncio

        async def cancellable() -> T:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine runs in one
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            try:
                return await work
            finally:
                self._cancel = None

        try:
            return asyncio.run(cancellable())
        except asyncio.CancelledError:
            if self._first is None:
                raise
            raise KeyboardInterrupt from None


INTERRUPTS = Interrupts()
