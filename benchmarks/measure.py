"""What one command cost: wall time, CPU time, and for how many documents."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LEAST_SECONDS = 0.001  # a tiny crawl on a noisy machine may look faster than starting


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of one peer. CPU is that of its processes, the server's left out."""

    documents: int
    wall_seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Documents per second."""
        return self.documents / self.wall_seconds

    @property
    def cpu_milliseconds(self) -> float:
        """CPU milliseconds per document."""
        return self.cpu_seconds / self.documents * 1000

    def without(self, start: Cost) -> Cost:
        """The same run less what a run over next to nothing costs."""
        return Cost(
            self.documents - start.documents,
            max(self.wall_seconds - start.wall_seconds, _LEAST_SECONDS),
            max(self.cpu_seconds - start.cpu_seconds, 0.0),
        )


def run(
    command: Sequence[str],
    *,
    documents: int,
    output: Path,
    environment: Mapping[str, str],
    succeeds: Sequence[int] = (0,),
) -> Cost:
    """Run a command to its end and count its CPU, and that of the children it waited for.

    Standard output goes to `output`, standard error beside it. Raises RuntimeError where
    it ends with another code than those in `succeeds`.
    """
    errors = output.with_suffix(".err")
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, env=dict(environment))
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in succeeds:
        told = errors.read_text(errors="replace")[-1000:]
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {told}")
    return Cost(documents, wall_seconds, usage.ru_utime + usage.ru_stime)
