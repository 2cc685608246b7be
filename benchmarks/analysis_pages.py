"""Pages that are read while another process analyses everything after a rule change.

    python -m benchmarks.analysis_pages URL SECONDS

is that other process: it analyses for so long at most and writes one JSON object. Once it has
begun, this one asks for the same pages as before.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.domain.views import RankBy, RankQuery
from auditor.store.engine import open_database
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.browse import Browse
from auditor.usecases.prices import Prices
from benchmarks.ledger_rows import END

_ROOT = Path(__file__).resolve().parent.parent
_PAUSE_SECONDS = 0.02
_PAGE = 50
_RULES = Analysis.from_settings(AnalysisSettings())


@dataclass(frozen=True, slots=True)
class Analysed:
    """What the other process did; bytes are the whole process's peak."""

    repositories: int
    images: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


def pages_meanwhile(url: str, seconds: float, target: float) -> Iterator[str]:
    """How long pages take alone, and beside an analysis after a rule change."""
    end = time.monotonic() + seconds
    alone = _read(url, lambda: time.monotonic() < end)
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.analysis_pages", url, str(seconds)],
        cwd=_ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
    )
    beside = _read(url, lambda: child.poll() is None)
    told, _ = child.communicate()
    if child.returncode:
        raise RuntimeError("the analysis beside the pages failed")
    analysed = Analysed(**json.loads(told))
    yield (
        f"  beside pages: {analysed.images:,} images of {analysed.repositories:,} repositories in"
        f" {analysed.wall_seconds:.0f} s, {analysed.images / analysed.cpu_seconds:,.0f} per CPU"
        f" second, peak {analysed.peak_bytes / 1e6:,.0f} MB"
    )
    for name, waits in alone.items():
        yield (
            f"  {name:24}{_told(waits)} alone, {_told(beside[name])} beside:"
            f" {_at(beside[name], 0.5) / _at(waits, 0.5):.1f} times as long"
        )
    ratio = max(_at(beside[name], 0.5) / _at(waits, 0.5) for name, waits in alone.items())
    met = "met" if ratio <= target else "missed"
    yield f"  slowest page beside, to alone: {ratio:.1f}, target at most {target:g}: {met}"


def _read(url: str, goes_on: Callable[[], bool]) -> dict[str, list[float]]:
    """Seconds each page took, time after time."""
    database = open_database(url)
    browse = Browse(database, Prices(), DEFAULT_PLATFORM, analysis=lambda: _RULES)
    pages: dict[str, Callable[[], object]] = {
        "ranking by stored bytes": lambda: browse.rank(RankQuery(by=RankBy.STORED, limit=_PAGE)),
        "ranking by potential": lambda: browse.rank(RankQuery(by=RankBy.POTENTIAL, limit=_PAGE)),
        "findings": lambda: browse.findings(FindingsQuery(limit=_PAGE)),
        "findings by stored bytes": lambda: browse.findings(
            FindingsQuery(by=FindingsBy.STORED, limit=_PAGE)
        ),
    }
    waits: dict[str, list[float]] = {name: [] for name in pages}
    for ask in pages.values():
        ask()  # the first connection and the first plans are no page's
    while goes_on():
        for name, ask in pages.items():
            started = time.perf_counter()
            ask()
            waits[name].append(time.perf_counter() - started)
        time.sleep(_PAUSE_SECONDS)
    database.dispose()
    return waits


def _at(waits: Sequence[float], share: float) -> float:
    """The wait that this share of them does not exceed."""
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _told(waits: Sequence[float]) -> str:
    return f"{_at(waits, 0.5) * 1e3:.1f} ms (99 %: {_at(waits, 0.99) * 1e3:.1f})"


def _analyse(url: str, seconds: float) -> Analysed:
    database = open_database(url)
    started, cpu = time.monotonic(), time.process_time()
    report = analyse(
        database,
        replace(_RULES, ruleset=f"rules of {started}"),
        now=END,
        is_stopped=lambda: time.monotonic() > started + seconds,
    )
    database.dispose()
    return Analysed(
        report.repositories,
        report.images,
        time.monotonic() - started,
        time.process_time() - cpu,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_analyse(sys.argv[1], float(sys.argv[2])))))
