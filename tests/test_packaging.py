"""The wheel, installed where the checkout is not: a complete program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIGGEST = ("silverpeas", "ros", "xwiki", "gcc", "gazebo")
"""Repositories of the sample by the download of their newest image; the sample is fixed."""

pytestmark = [pytest.mark.real, pytest.mark.slow]


def run(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**kept, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network by the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    flags = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    done = run([sys.executable, "-m", "pip", "wheel", *flags, "-w", folder, ROOT], folder)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`auditor` of a new environment that borrows this one's libraries, but not the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv/bin/python"
    flags: list[str | Path] = ["--python", python, "install", "--no-deps", "--no-index", "--quiet"]
    done = run([sys.executable, "-m", "pip", *flags, wheel], folder)
    assert done.returncode == 0, done.stderr
    # A plain path line: .pth files in that folder, such as the checkout's, are not read.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "venv")}))
    (site / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder / "venv/bin/auditor"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that is not the checkout, and a home of its own."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_the_wheel_holds_everything_a_user_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("auditor", "web", "migrations")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected - inside == set()
    assert any(name.startswith("web/templates/") for name in inside)
    assert any(name.startswith("web/static/") for name in inside)
    assert any(name.startswith("migrations/versions/") and "0" in name for name in inside)
    assert any(name.startswith("auditor/sample/data/") for name in inside)


def test_the_wheel_holds_neither_tests_nor_anything_else_of_ours(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    information = {top for top in tops if top.endswith(".dist-info")}
    assert tops - information == {"auditor", "web", "migrations"}


def test_the_wheel_holds_the_licence_and_the_attribution(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        licences = {name.rpartition("/")[2] for name in archive.namelist() if "/licenses/" in name}
    assert {"LICENSE", "NOTICE"} <= licences


def test_the_installed_program_is_the_wheels_and_not_the_checkouts(
    program: Path, elsewhere: Path
) -> None:
    question = "import auditor, web, migrations; print(auditor.__file__, web.__file__)"
    done = run([program.with_name("python"), "-c", question], elsewhere)
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout


def test_the_installed_program_explains_itself(program: Path, elsewhere: Path) -> None:
    done = run([program, "--help"], elsewhere)
    assert done.returncode == 0, done.stderr
    assert "audit" in done.stdout


def test_the_installed_program_runs_its_demo_to_a_ranking(program: Path, elsewhere: Path) -> None:
    done = run([program, "demo", "--no-serve"], elsewhere, {"HOME": str(elsewhere)})
    assert done.returncode == 0, done.stderr
    ranked = re.findall(r"^ *\d+ +library/(\S+)", done.stdout, re.MULTILINE)
    assert tuple(ranked[: len(BIGGEST)]) == BIGGEST
    (totals,) = re.findall(r"^ +all 151 repositories .*$", done.stdout, re.MULTILINE)
    assert " 2,240 " in totals
    assert "Copyright 2014 Docker, Inc." in done.stderr
