"""A month's byte-time as a stream, in a process of its own, so that its memory is known.

    python -m benchmarks.ledger_stream URL

Writes one JSON object: repositories, seconds, the peak of Python's own allocations during
the stream, and the peak of the whole process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from dataclasses import asdict, dataclass
from pathlib import Path

from auditor.domain.ledger import Period
from auditor.store.engine import open_database
from auditor.store.usage_reads import iterate_byte_time, load_known_registries
from benchmarks.ledger_rows import END

_MONTH = Period.month("2026-06")
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Streamed:
    """What one run of the stream took; the whole process's bytes include the interpreter."""

    repositories: int
    seconds: float
    peak_bytes: int
    process_bytes: int


def stream_in_a_child(url: str) -> Streamed:
    """Read the month in a new process. Raises RuntimeError where that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ledger_stream", url],
        cwd=_ROOT,
        env=dict(os.environ),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the stream failed: {done.stderr.decode(errors='replace')[-1000:]}")
    return Streamed(**json.loads(done.stdout))


def _stream(url: str) -> Streamed:
    database = open_database(url)
    repositories, started = 0, time.perf_counter()
    with database.reading() as connection:
        known = load_known_registries(connection, _MONTH)
        tracemalloc.start()
        for registry in known:
            for _name, byte_time in iterate_byte_time(connection, registry.id, _MONTH, now=END):
                repositories += byte_time.stored > 0
    seconds = time.perf_counter() - started
    _, peak_bytes = tracemalloc.get_traced_memory()
    process_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Streamed(repositories, seconds, peak_bytes, process_bytes)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_stream(sys.argv[1]))))
