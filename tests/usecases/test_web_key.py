from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.settings import Settings
from auditor.usecases.web_key import key_file, load_web_key


def test_a_key_is_made_once_beside_the_database_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'data' / 'auditor.db'}")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_web_key(settings), range(16)))
    assert len(keys) == 1
    path = tmp_path / "data" / "web.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(keys.pop()) == 64
    assert [one.name for one in path.parent.iterdir()] == ["web.key"]


def test_a_configured_key_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'auditor.db'}"
    settings = Settings.model_validate({"database_url": url, "web": {"secret_key": "configured"}})
    assert load_web_key(settings) == "configured"
    assert list(tmp_path.iterdir()) == []


def test_of_postgresql_the_key_is_in_the_users_folder() -> None:
    path = key_file(Settings(database_url="postgresql://me@host/auditor"))
    assert path.parts[-2:] == ("auditor", "web.key")


def test_where_no_key_can_be_kept_the_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/file/auditor.db")
    with pytest.raises(SettingsError, match=r"web\.secret_key"):
        load_web_key(settings)
