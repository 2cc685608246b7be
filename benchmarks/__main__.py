"""Run every section and print it: `python -m benchmarks [--rounds N]`.

Ends with 0 whatever the figures say: a slow machine is no failure. Only ratios within one
run are judged, "met" or "missed".
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator

from benchmarks.crawl import crawl_section
from benchmarks.database import database_section
from benchmarks.generate import Plan

_TOOLS = ("docker-registry", "skopeo", "wrk", "xargs")


def main() -> None:
    """Measure and print."""
    options = _parser().parse_args()
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        sys.stdout.write(f"not measured: install {' '.join(missing)} first\n")
        return
    plan = Plan(repositories=options.repositories, tags=options.tags)
    python, load = sys.version.split()[0], os.getloadavg()[0]
    machine = f"{os.cpu_count()} processors, load {load:.1f} before, Python {python}"
    sys.stdout.write(f"{machine}\n\n")
    crawl = crawl_section(plan, rounds=options.rounds, wrk_seconds=options.seconds)
    for section in (crawl, database_section()):
        _print(section)


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
    parser.add_argument("--rounds", type=int, default=3, help="turns of every peer (3)")
    parser.add_argument("--repositories", type=int, default=200, help="repositories (200)")
    parser.add_argument("--tags", type=int, default=10, help="tags per repository (10)")
    parser.add_argument("--seconds", type=int, default=6, help="how long wrk runs in a round (6)")
    return parser


if __name__ == "__main__":
    main()
