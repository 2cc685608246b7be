"""The systemd units: what systemd itself says of them, where there is one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.shapes import SYSTEMD, assert_is_a_command
from tests.servers import tools

UNITS = sorted(SYSTEMD.glob("*.service"))
EXPOSURE_AT_MOST = 2.0
"""Of `systemd-analyze security`: 0 is closed, 10 open; below 2 it says OK."""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_there_is(unit: Path) -> None:
    (line,) = re.findall(
        r"^ExecStart=/opt/registry-auditor/bin/auditor (.+)$", unit.read_text(), re.MULTILINE
    )
    assert_is_a_command(line.split())


def test_systemd_takes_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    analyze = tools.require("systemd-analyze", package="systemd")
    for unit in UNITS:  # the program is not installed there; anything that can be run will do
        text = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE
        )
        (tmp_path / unit.name.replace("@", "@1")).write_text(text)
    units = sorted(tmp_path.iterdir())
    checked = subprocess.run(
        [analyze, "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in checked.stderr.splitlines() if "registry-auditor" in line]
    assert (checked.returncode, ours) == (0, [])
    for unit in units:
        run = [str(analyze), "security", "--offline=true", str(unit)]
        said = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout
        (exposure,) = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", said)
        assert float(exposure) < EXPOSURE_AT_MOST, unit.name


def test_no_unit_differs_in_how_closed_it_is() -> None:
    """A right one of them needs is a right all of them have: so it stands in each, or nowhere."""
    start = "# It reads registries"
    bodies = {unit.read_text().partition(start)[2] for unit in UNITS}
    assert len(bodies) == 1
