"""Run every section and print it: `python -m benchmarks [crawl] [ledger] [analysis] [--rounds N]`.

Ends with 0 whatever the figures say: a slow machine is no failure. Only ratios within one
run are judged, "met" or "missed".
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator

from benchmarks.analysis import analysis_section
from benchmarks.crawl import crawl_section
from benchmarks.generate import Plan
from benchmarks.ledger import ledger_section
from benchmarks.ledger_rows import FULL
from benchmarks.ledger_rows import Plan as LedgerPlan

_PARTS = ("crawl", "ledger", "analysis")
_TOOLS = ("docker-registry", "skopeo", "wrk", "xargs")


def main() -> None:
    """Measure and print."""
    parser = _parser()
    options = parser.parse_args()
    parts = options.parts or _PARTS
    if unknown := set(parts).difference(_PARTS):
        parser.error(f"no such part: {' '.join(sorted(unknown))}")
    python, load = sys.version.split()[0], os.getloadavg()[0]
    machine = f"{os.cpu_count()} processors, load {load:.1f} before, Python {python}"
    sys.stdout.write(f"{machine}\n\n")
    if "crawl" in parts:
        _print(_crawl(options))
    if "ledger" in parts:
        plan = LedgerPlan(repositories=options.ledger_repositories)
        _print(ledger_section(plan, rounds=options.rounds))
    if "analysis" in parts:
        plan = LedgerPlan(repositories=options.analysis_repositories)
        seconds = options.analysis_seconds
        _print(analysis_section(plan, rounds=options.rounds, seconds=seconds))


def _crawl(options: argparse.Namespace) -> Iterator[str]:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return iter([f"First crawl: not measured: install {' '.join(missing)} first"])
    plan = Plan(repositories=options.repositories, tags=options.tags)
    return crawl_section(plan, rounds=options.rounds, wrk_seconds=options.seconds)


def _print(section: Iterator[str]) -> None:
    """Print lines as they come; a peer that failed ends the section, not the program."""
    try:
        for line in section:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    except RuntimeError as error:
        sys.stdout.write(f"no figures: {error}\n")
    sys.stdout.write("\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="crawl, ledger, analysis; all if none is named"
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of every peer (3)")
    parser.add_argument("--repositories", type=int, default=200, help="repositories (200)")
    parser.add_argument("--tags", type=int, default=10, help="tags per repository (10)")
    parser.add_argument("--seconds", type=int, default=6, help="how long wrk runs in a round (6)")
    parser.add_argument(
        "--ledger-repositories", type=int, default=FULL, help=f"repositories of ledger ({FULL})"
    )
    parser.add_argument(
        "--analysis-repositories", type=int, default=500, help="repositories of analysis (500)"
    )
    parser.add_argument(
        "--analysis-seconds", type=float, default=20, help="how long pages are read beside it (20)"
    )
    return parser


if __name__ == "__main__":
    main()
