from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

from tests.commands.fake_use_cases import FakeUseCases, rows_in, run


def test_doctor_fails_where_a_check_failed(fakes: FakeUseCases) -> None:
    assert run(fakes, "doctor").exit_code == 0
    bad = SimpleNamespace(name="docker", state="failed", message="x\x1b", next_step="install it")
    fakes.findings.append(bad)
    result = run(fakes, "doctor")
    assert result.exit_code == 3
    assert "\\x1b" in result.stdout
    assert len(json.loads(run(fakes, "doctor", "--format", "json").stdout)["checks"]) == 2


def test_config_and_database_are_shown_in_every_form(fakes: FakeUseCases) -> None:
    for command in (("config", "show"), ("db", "status"), ("db", "upgrade"), ("doctor",)):
        assert run(fakes, *command).exit_code == 0
        assert json.loads(run(fakes, *command, "--format", "json").stdout)["schema_version"] == 1
        assert rows_in(run(fakes, *command, "--format", "csv").stdout, "csv") >= 1
    assert fakes.upgraded == ["sqlite:///a.db"] * 3


def test_an_old_schema_is_said_with_the_next_step(fakes: FakeUseCases) -> None:
    fakes.status = SimpleNamespace(
        url_redacted="sqlite:///a.db", revision=None, head="0002", is_current=False
    )
    assert "auditor db upgrade" in run(fakes, "db", "status").stderr


def test_a_backup_is_made_and_taken_back_where_it_is_asked_for(fakes: FakeUseCases) -> None:
    made = run(fakes, "db", "backup", "kept.db", "--format", "json")
    assert json.loads(made.stdout)["backups"] == [
        {"file": "kept.db", "size_bytes": 4096, "revision": "0002"}
    ]
    assert run(fakes, "db", "restore", "kept.db").exit_code == 0
    assert run(fakes, "db", "restore", "kept.db", "--replace").exit_code == 0
    url, file = "sqlite:///a.db", Path("kept.db")
    assert fakes.copied == [(url, file), (url, file, False), (url, file, True)]


def test_one_waits_as_long_as_is_said(fakes: FakeUseCases) -> None:
    assert "0002" in run(fakes, "db", "wait", "--timeout", "7").stdout
    assert run(fakes, "db", "wait").exit_code == 0
    assert fakes.waited == [("sqlite:///a.db", 7.0), ("sqlite:///a.db", 300.0)]
