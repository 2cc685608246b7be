"""How runs come to those who carry them out: one protocol, two ways.

The rows of the runs are the truth, and whoever begins one does so in one statement. A runner
only sees to it that somebody tries soon; one that is told twice, or not at all, does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from auditor.domain.schedules import Run
from auditor.store.engine import Connection


class Runner(Protocol):
    """Hands runs over and carries them out."""

    def hand_over(self, connection: Connection, runs: Sequence[Run]) -> None:
        """Let workers have these runs, once the transaction is committed; again is harmless."""
        ...

    def work(
        self, perform: Callable[[int], bool], concurrency: int, stopping: threading.Event
    ) -> None:
        """Carry out runs, so many at once, until `stopping`, and return when all have ended."""
        ...
