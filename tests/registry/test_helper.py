from __future__ import annotations

import subprocess
import warnings
from pathlib import Path

import pytest
from docker.credentials import CredentialsNotFound, StoreError

from auditor.registry.helper import PatientStore


def store(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> PatientStore:
    program = folder / "docker-credential-mine"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return PatientStore("mine", environment={"WHO": "ann"}, seconds=10)


def test_a_helper_gets_the_server_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """read host; echo "{\\"Username\\":\\"$WHO\\",\\"Secret\\":\\"$1 $host\\"}" """
    answer = store(tmp_path, script, monkeypatch).get("r.test")
    assert answer == {"Username": "ann", "Secret": "get r.test"}


def test_its_refusals_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = "echo credentials not found in native keychain; exit 1"
    with pytest.raises(CredentialsNotFound):
        store(tmp_path, missing, monkeypatch).get("r.test")
    with pytest.raises(StoreError):
        store(tmp_path, "echo locked; exit 1", monkeypatch).get("r.test")


def test_one_that_takes_too_long_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = store(tmp_path, "exec sleep 600", monkeypatch)
    hanging._seconds = 0.1
    with pytest.raises(subprocess.TimeoutExpired):
        hanging.get("r.test")


def test_one_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with warnings.catch_warnings(action="ignore"), pytest.raises(StoreError, match="not installed"):
        PatientStore("absent", environment={}, seconds=1).get("r.test")
