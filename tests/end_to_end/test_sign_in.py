"""A password given on standard input, against a registry that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.complaints import assert_one_clear_line
from tests.end_to_end.program import Auditor
from tests.servers.docker_registry import (
    PASSWORD,
    USERNAME,
    RunningRegistry,
    start_docker_registry,
    write_htpasswd,
)

pytestmark = pytest.mark.real
SIGN_IN = ("--username", USERNAME, "--password-stdin", "--format", "json")


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry that wants a password."""
    folder = tmp_path_factory.mktemp("locked")
    with start_docker_registry(folder, htpasswd=write_htpasswd(folder)) as running:
        yield running


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_a_password_on_standard_input_opens_the_registry(
    auditor: Auditor, locked: RunningRegistry, line_end: str
) -> None:
    finished = auditor.run("audit", locked.address, *SIGN_IN, stdin=PASSWORD + line_end)
    assert finished.code == 0, finished.err
    assert finished.json()["repositories"] == []


@pytest.mark.parametrize("password", ["canary", f" {PASSWORD}", f"{PASSWORD} "])
def test_another_password_is_refused_in_one_line_without_it(
    auditor: Auditor, locked: RunningRegistry, password: str
) -> None:
    finished = auditor.run("audit", locked.address, *SIGN_IN, stdin=password)
    assert_one_clear_line(finished, code=4, naming=locked.address, advice="password")
    assert password not in finished.err + finished.out


def test_no_password_on_standard_input_is_a_usage_error(
    auditor: Auditor, locked: RunningRegistry
) -> None:
    finished = auditor.run("audit", locked.address, *SIGN_IN, stdin="")
    assert_one_clear_line(finished, code=2, naming=USERNAME, advice="--password-stdin")


def test_the_password_is_kept_nowhere(
    auditor: Auditor, locked: RunningRegistry, tmp_path: Path
) -> None:
    finished = auditor.run("audit", locked.address, *SIGN_IN, stdin=PASSWORD, AUDITOR_DEBUG="1")
    assert finished.code == 0, finished.err
    assert PASSWORD not in finished.err + finished.out
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert auditor.database in kept
    assert [path for path in kept if PASSWORD.encode() in path.read_bytes()] == []
