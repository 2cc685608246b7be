"""The benchmarks on next to nothing: that they measure, not what."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from auditor.store.engine import open_database
from benchmarks.ledger_data import fill
from benchmarks.ledger_reference import stored_figures
from benchmarks.ledger_rows import Generator, Plan
from tests.servers import tools
from tests.servers.postgres import PostgresServer
from tests.servers.processes import unmeasured

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parent.parent.parent


def run_benchmarks(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_peer_is_measured_and_the_targets_are_judged() -> None:
    for tool in ("docker-registry", "skopeo", "wrk"):
        tools.require(tool, package=tool)
    size = ("--repositories", "3", "--tags", "2", "--rounds", "1", "--seconds", "1")
    printed = run_benchmarks("crawl", *size)
    for peer in ("auditor audit", "skopeo inspect", "wrk"):
        assert peer in printed
    for target in ("share of the limit", "CPU ms per document"):
        line = next(line for line in printed.splitlines() if target in line)
        assert "met" in line or "missed" in line


@pytest.mark.slow
def test_the_ledger_is_measured_on_both_databases_and_its_targets_are_judged(
    postgres_server: PostgresServer,
) -> None:
    printed = run_benchmarks("ledger", "--ledger-repositories", "60", "--rounds", "1")
    assert "no figures" not in printed
    for target in ("slowest page", "per row touched", "month's memory"):
        lines = [line for line in printed.splitlines() if target in line and "target" in line]
        assert len(lines) >= 2
        assert all(line.endswith(("met", "missed")) for line in lines)
    if find_spec("duckdb") is not None:
        assert printed.count("differ from DuckDB's: 0 of 60: met") == 2


def test_the_analysis_is_measured_beside_pages_and_its_targets_are_judged() -> None:
    size = ("--analysis-repositories", "20", "--rounds", "1", "--analysis-seconds", "1")
    printed = run_benchmarks("analysis", *size)
    assert "no figures" not in printed
    for work in ("rules alone", "first analysis", "after a rule change", "one repository"):
        assert work in printed
    for target in ("rules alone:", "slowest page beside"):
        lines = [line for line in printed.splitlines() if target in line and "target" in line]
        assert [line.endswith(("met", "missed")) for line in lines] == [True]


def test_the_same_plan_gives_the_same_rows_on_both_databases(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    plan = Plan(repositories=40)
    name = postgres_server.create_database()
    figures = []
    for url in (f"sqlite:///{tmp_path / 'ledger.db'}", postgres_server.url(name)):
        counted = fill(url, Generator(plan)).rows
        database = open_database(url)
        figures.append((counted, stored_figures(database)))
        database.dispose()
    postgres_server.drop_database(name)
    assert figures[0] == figures[1]
    assert figures[0][0]["repository"] == 40
    assert figures[0][0]["manifest"] == 400
