from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from auditor.domain.observation import StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.settings import Settings, load_settings
from auditor.store.crawls import begin_crawl
from auditor.store.engine import open_database
from auditor.usecases import check_database as module
from auditor.usecases.check_database import check_database
from auditor.usecases.checked import FAILED, OK, WARNING, Finding
from auditor.usecases.prepare_database import upgrade_database
from auditor.usecases.web_key import load_web_key

GOOD = "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq"


def settings_of(url: str, **overrides: object) -> Settings:
    given = {"database_url": url, **overrides}
    return load_settings(config_file=None, environment={}, overrides=given).settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "data/auditor.db"
    upgrade_database(f"sqlite:///{made}")
    return made


def found(settings: Settings, now: datetime | None = None) -> dict[str, Finding]:
    checks = check_database(settings, now or datetime.now(UTC))
    return {finding.name: finding for finding in checks}


def of_file(file: Path) -> Settings:
    return settings_of(f"sqlite:///{file}")


@pytest.mark.parametrize(
    "free_bytes, state", [(99_999_999, FAILED), (100_000_000, WARNING), (1_000_000_000, OK)]
)
def test_room_that_runs_out_is_said_before_a_crawl_fails(
    file: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int, state: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    room = found(of_file(file))["room"]
    assert (room.state, bool(room.next_step)) == (state, state != OK)
    assert "are free beside it" in room.message


def test_over_postgresql_only_the_size_is_known(postgres_url: str) -> None:
    upgrade_database(postgres_url)
    checks = found(settings_of(postgres_url))
    assert checks["room"].state == OK
    assert checks["room"].message.endswith("its disk is the server's")
    assert "file access" not in checks


@pytest.mark.parametrize(
    "minutes, words", [(5, "300 seconds ahead of"), (-5, "300 seconds behind")]
)
def test_a_clock_that_differs_from_the_servers_is_a_warning(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, minutes: int, words: str
) -> None:
    upgrade_database(postgres_url)
    clock = found(settings_of(postgres_url), datetime.now(UTC) + timedelta(minutes=minutes))[
        "clock"
    ]
    assert clock.state == WARNING
    assert words.split()[2] in clock.message
    assert "the database's" in clock.message


def test_a_last_crawl_that_is_to_come_is_a_warning(file: Path) -> None:
    database = open_database(f"sqlite:///{file}")
    at = datetime(2026, 11, 26, tzinfo=UTC)
    with database.writing() as connection:
        begin_crawl(
            connection, "r.example", scope=StorageScope.REGISTRY, platform=DEFAULT_PLATFORM, now=at
        )
    database.dispose()
    assert found(of_file(file), at)["clock"].state == OK
    early = found(of_file(file), at - timedelta(hours=1))["clock"]
    assert (early.state, "is to come" in early.message) == (WARNING, True)


def test_files_that_everybody_may_write_to_are_named_with_what_mends_them(file: Path) -> None:
    assert found(of_file(file))["file access"].state == OK
    file.chmod(0o666)
    access = found(of_file(file))["file access"]
    assert (access.state, access.next_step) == (WARNING, f"chmod o-w {file}")
    file.chmod(0o600)
    file.parent.chmod(0o777)
    assert str(file.parent) in found(of_file(file))["file access"].message


def test_a_file_one_may_not_write_to_is_a_warning(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "is read-only" in found(of_file(file))["file access"].message


def test_the_key_is_checked_and_never_made_by_the_way(file: Path) -> None:
    settings = of_file(file)
    assert found(settings)["key"].state == OK
    assert not (file.parent / "web.key").exists()
    load_web_key(settings)
    assert found(settings)["key"].state == OK
    (file.parent / "web.key").chmod(0o644)
    assert found(settings)["key"].state == WARNING
    given = settings_of(f"sqlite:///{file}", **{"web.secret_key": "short"})
    assert found(given)["key"].state == FAILED
    given = settings_of(f"sqlite:///{file}", **{"web.secret_key": GOOD})
    assert found(given)["key"].message == "web.secret_key is long enough"


def test_over_postgresql_a_key_that_is_not_configured_is_a_warning() -> None:
    checks = found(settings_of("postgresql://auditor@127.0.0.1:1/none"))
    assert checks["database"].state == FAILED
    assert (checks["key"].state, "web.secret_key" in checks["key"].message) == (WARNING, True)
    assert module.LITTLE_ROOM_BYTES > module.NO_ROOM_BYTES
