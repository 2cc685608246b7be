"""The benchmark on a tiny registry: that it measures, not what."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import tools

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_peer_is_measured_and_the_targets_are_judged() -> None:
    for tool in ("docker-registry", "skopeo", "wrk"):
        tools.require(tool, package=tool)
    size = ("--repositories", "3", "--tags", "2", "--rounds", "1", "--seconds", "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *size],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for peer in ("auditor audit", "skopeo inspect", "wrk"):
        assert peer in done.stdout
    for target in ("share of the limit", "CPU ms per document"):
        line = next(line for line in done.stdout.splitlines() if target in line)
        assert "met" in line or "missed" in line
