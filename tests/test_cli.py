"""What holds for every command: its documentation, its common options, its failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from auditor.cli import auditor
from auditor.commands.session import AuditorCommand
from tests.commands.fake_use_cases import FakeUseCases, run

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"


@pytest.fixture
def fakes() -> FakeUseCases:
    return FakeUseCases()


# Documentation


def every_command(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


COMMANDS = dict(every_command(auditor))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_in_the_reference(name: str) -> None:
    _, found, rest = REFERENCE.read_text().partition(f"\n## auditor {name}\n")
    assert found, f"{name} has no section"
    section = rest.partition("\n## ")[0]
    command = COMMANDS[name]
    common = getattr(command, "common_options", [])
    for option in command.params:
        for spelling in (*option.opts, *option.secondary_opts) if option not in common else ():
            wanted = option.human_readable_name if isinstance(option, click.Argument) else spelling
            assert f"`{wanted.strip()}" in section, f"{name} {wanted} is not documented"
    assert "    auditor " in section, f"{name} has no example"


def test_every_common_option_is_in_the_reference() -> None:
    section = REFERENCE.read_text().partition("\n## Common options\n")[2].partition("\n## ")[0]
    rank = COMMANDS["rank"]
    assert isinstance(rank, AuditorCommand)
    spellings = [name for option in rank.common_options for name in option.opts]
    assert [name for name in spellings if f"`{name}" not in section] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_one_example_and_loads_no_use_case(name: str) -> None:
    result = CliRunner().invoke(auditor, [*name.split(), "--help"], prog_name="auditor")
    assert result.exit_code == 0
    assert result.stdout.count("Example: auditor") == 1
    assert f"Example: auditor {name}" in result.stdout


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'sqlalchemy', 'flask', 'httpx', 'docker', 'pydantic', 'rich', 'alembic', 'asyncio'}"
    code = f"import sys, auditor.__main__, auditor.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_the_version_is_printed(fakes: FakeUseCases) -> None:
    result = run(fakes, "--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("auditor ")


def test_options_work_before_and_after_the_command_and_the_last_one_wins(
    fakes: FakeUseCases,
) -> None:
    before = run(fakes, "--format", "json", "--database", "sqlite:///x.db", "rank")
    assert json.loads(before.stdout)["schema_version"] == 1
    assert fakes.overrides == {"database_url": "sqlite:///x.db"}
    after = run(fakes, "--format", "csv", "rank", "--format", "json")
    assert json.loads(after.stdout)["schema_version"] == 1
    between = run(fakes, "db", "--format", "json", "status")
    assert json.loads(between.stdout)["databases"][0]["is_current"] is True


def test_bad_settings_are_one_line_and_exit_code_two(fakes: FakeUseCases) -> None:
    result = run(fakes, "rank", "--database", "nonsense")
    assert result.exit_code == 2
    assert result.stderr == "auditor: database_url: unknown kind; correct it there\n"


def test_a_defect_is_one_line_unless_somebody_wants_to_see_more(
    fakes: FakeUseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.outcomes["localhost:5000"] = ValueError("broken\nbadly \x1b[31m")
    quiet = run(fakes, "audit", "localhost:5000")
    assert quiet.stderr.startswith("auditor: ValueError: broken\\nbadly \\x1b[31m; ")
    assert "AUDITOR_DEBUG=1" in quiet.stderr
    monkeypatch.setenv("AUDITOR_DEBUG", "1")
    assert "Traceback" in run(fakes, "audit", "localhost:5000").stderr


_PRINTS_MUCH = """
import os, signal, sys
from tests.commands.fake_use_cases import FakeUseCases
from tests.reports import samples
from auditor.cli import auditor
from auditor.commands.session import AuditorCommand
fakes = FakeUseCases()
fakes.browse.rows = tuple(samples.row(f"team/app{number}") for number in range(20_000))
auditor(["rank", "--format", sys.argv[1]], obj=fakes)
"""


def start(form: str, **environment: str) -> subprocess.Popen[bytes]:
    root = str(REFERENCE.parent.parent.parent)
    return subprocess.Popen(
        [sys.executable, "-c", _PRINTS_MUCH, form],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root, **environment},
        cwd=root,
    )


def test_a_reader_that_goes_away_is_no_error() -> None:
    with start("csv") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"registry,repository")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_ascii_terminal_shows_what_it_cannot_write_as_escapes() -> None:
    with start("table", PYTHONIOENCODING="ascii:strict") as process:
        out, err = process.communicate()
    assert process.returncode == 0
    assert b"19,970 more" in err
    assert b"\\u2026" in err
    assert b"team/app1 " in out
