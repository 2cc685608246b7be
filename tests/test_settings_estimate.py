"""Where package indexes are: what may be written there, and what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.settings import LoadedSettings, load_settings, render_settings
from auditor.usecases.configure_logs import secrets_of

SECRET = "s3cret-canary"


def load(tmp_path: Path, text: str) -> LoadedSettings:
    file = tmp_path / "auditor.toml"
    file.write_text(f"[estimate.indexes]\n{text}\n")
    return load_settings(config_file=file, environment={}, overrides={})


@pytest.mark.parametrize(
    "text",
    [
        f'pip = "https://ann:{SECRET}@h.example/simple"',
        f'pip = "https://{SECRET}@h.example/simple"',
        f'pip_extra = ["https://a.example", "https://ann:{SECRET}@h.example/simple"]',
        f'npm = "http://{SECRET}@h.example"',
        f'debian = ["https://ann:{SECRET}@h.example/debian sid main"]',
    ],
)
def test_a_login_in_an_address_is_hidden_and_known_to_the_logs(tmp_path: Path, text: str) -> None:
    loaded = load(tmp_path, text)
    assert SECRET not in repr(loaded)
    shown = str(render_settings(loaded))
    assert SECRET not in shown
    assert "h.example" in shown
    assert SECRET in secrets_of(loaded.settings)


@pytest.mark.parametrize(
    "text",
    [
        *('pip = "h.example"', 'pip = "file:///x"', 'npm = "https://"', 'npm = "ftp://h"'),
        *('alpine = ["/media"]', 'pip_extra = ["x"]', 'file_hosts = ["https://h"]'),
        *('debian = ["https://h sid ../x"]', 'debian = ["https://h  sid"]', 'debian = ["x"]'),
    ],
)
def test_what_is_no_address_is_refused_by_its_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=rf"estimate\.indexes\.{text.split(maxsplit=1)[0]}"):
        load(tmp_path, text)


def test_debian_takes_lines_as_apt_does(tmp_path: Path) -> None:
    line = "https://h.example/debian {release}-backports main contrib"
    assert load(tmp_path, f'debian = ["{line}"]').settings.estimate.indexes.debian == (line,)
