"""Processes of the service by name: started, killed, told to end."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.end_to_end.forking import Forked
from tests.end_to_end.program import Auditor, Finished

_END_SECONDS = 30


@dataclass
class Processes:
    """Those of one installation; as a context, none outlives the block."""

    auditor: Auditor
    running: dict[str, Forked] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start `worker-1`, `scheduler-2` and the like, anew where it was killed."""
        for name in names:
            command = name.partition("-")[0]
            self.running[name] = self.auditor.start(command)

    def end(self, name: str, kind: signal.Signals = signal.SIGTERM) -> Finished:
        """Send the signal and wait for the end."""
        process = self.running.pop(name)
        process.send_signal(kind)
        out, err = process.communicate(timeout=_END_SECONDS)
        return Finished(process.wait(), out.decode(), err.decode())

    def kill(self, name: str) -> None:
        """End it with SIGKILL."""
        self.end(name, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.running):
            self.kill(name)


def children_of(process: int) -> list[int]:
    """Process identifiers of what it forked."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(one) for one in text.split()]
