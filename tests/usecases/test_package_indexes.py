"""From settings and a machine to indexes that answer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.estimate.ports import NpmIndex, PythonIndex, SystemIndex
from auditor.settings import Settings
from auditor.usecases.package_indexes import client_options, open_package_indexes
from tests.fakes.index_machine import Machine
from tests.fakes.index_server import IndexServer, index_server

NOW = datetime(2026, 11, 26, tzinfo=UTC)
STANZA = "Package: git\nVersion: 1\nSize: 7\n"


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with index_server() as running:
        yield running


def settings_with(tmp_path: Path, **estimate: object) -> Settings:
    return Settings.model_validate(
        {
            "database_url": "sqlite:///x.db",
            "estimate": {"cache_folder": str(tmp_path / "kept"), **estimate},
        }
    )


def test_each_ecosystem_is_found_asked_and_kept_for_offline(
    tmp_path: Path, server: IndexServer
) -> None:
    machine = Machine(tmp_path / "machine")
    machine.environment = {
        "PIP_INDEX_URL": f"{server.url}/simple",
        "PIP_EXTRA_INDEX_URL": "file:///opt/simple",
        "npm_config_registry": server.url,
    }
    machine.write("etc/os-release", "VERSION_CODENAME=bookworm\n")
    machine.write("etc/apt/sources.list", f"deb {server.url}/debian bookworm main\n")
    server.put("/simple/a/", json.dumps({"files": [{"filename": "a.whl", "url": "a"}]}))
    server.put("/b", json.dumps({"versions": {"1.0.0": {}}}))
    server.put("/debian/dists/trixie/main/binary-amd64/Packages", STANZA)
    settings = settings_with(tmp_path)
    for offline in (False, True):
        with open_package_indexes(
            settings, now=NOW, offline=offline, around=machine.around
        ) as indexes:
            python: PythonIndex = indexes.python()
            npm: NpmIndex = indexes.npm()
            debian: SystemIndex = indexes.debian("trixie", DEFAULT_PLATFORM)
            assert python.files("a")
            assert npm.package("b")
            assert debian.named("git")
            assert indexes.notes == (
                "An index of PIP_EXTRA_INDEX_URL is left out: it is not http (file).",
            )
            with pytest.raises(IndexFailureError, match="no index of Alpine packages"):
                indexes.alpine("v3.20", DEFAULT_PLATFORM)
    assert len(server.asked) == 5


def test_the_real_machine_is_looked_at_where_nothing_is_said(
    tmp_path: Path, server: IndexServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    with open_package_indexes(settings_with(tmp_path), now=NOW) as indexes:
        assert indexes.python().files("a") == ()
    assert server.paths() == ["/simple/a/"]


def test_answers_are_kept_in_the_users_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    options = client_options(settings_with(tmp_path, cache_folder=""), now=NOW)
    assert options.cache_folder == tmp_path / "auditor/indexes"
    assert not options.is_offline
    assert client_options(settings_with(tmp_path, offline=True), now=NOW).is_offline
