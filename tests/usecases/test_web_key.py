from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.settings import Settings, load_settings
from auditor.usecases.web_key import key_file, load_web_key

GOOD = "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq"


def settings_of(tmp_path: Path, *, key: str | None = None, url: str = "") -> Settings:
    overrides: dict[str, object] = {"database_url": url or f"sqlite:///{tmp_path}/data/auditor.db"}
    if key is not None:
        overrides["web.secret_key"] = key
    return load_settings(config_file=None, environment={}, overrides=overrides).settings


def test_it_is_made_once_beside_the_database_for_its_owner_only(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    path = tmp_path / "data/web.key"
    assert key_file(settings) == path
    first = load_web_key(settings)
    assert len(first) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_web_key(settings) == first
    assert [one.name for one in path.parent.iterdir()] == ["web.key"]


def test_processes_that_start_at_once_share_one(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_web_key(settings), range(32)))
    assert len(keys) == 1


def test_a_configured_one_is_taken_and_none_is_made(tmp_path: Path) -> None:
    assert load_web_key(settings_of(tmp_path, key=f"{GOOD}\n")) == GOOD
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "key, problem",
    [
        (GOOD[:31], "has 31 characters"),
        ("x" * 64, "no random one"),
        ("abcabcabc" * 8, "no random one"),
        ("ChangeMe-" + GOOD, "no random one"),
        ("replace-this-by-a-key-of-your-own-1234567890", "no random one"),
    ],
)
def test_a_short_or_copied_one_is_refused_without_being_shown(
    tmp_path: Path, key: str, problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        load_web_key(settings_of(tmp_path, key=key))
    assert key not in str(caught.value)
    assert "token_urlsafe" in caught.value.next_step


def test_over_postgresql_it_has_to_be_configured(tmp_path: Path) -> None:
    url = "postgresql://auditor@db.example/auditor"
    settings = settings_of(tmp_path, url=url)
    assert key_file(settings) is None
    with pytest.raises(SettingsError, match=r"web\.secret_key is not set"):
        load_web_key(settings)
    assert load_web_key(settings_of(tmp_path, url=url, key=GOOD)) == GOOD


def test_where_it_cannot_be_made_the_next_step_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    with pytest.raises(SettingsError, match="cannot be kept") as caught:
        load_web_key(settings_of(tmp_path))
    assert "web.secret_key" in caught.value.next_step


def test_a_file_that_somebody_emptied_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    load_web_key(settings)
    (tmp_path / "data/web.key").write_text("")
    with pytest.raises(SettingsError, match="has 0 characters"):
        load_web_key(settings)
