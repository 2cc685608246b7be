"""The key that links in mails are signed with: configured, or made once and kept in a file."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from platformdirs import user_data_path

from auditor.domain.errors import SettingsError
from auditor.settings import Settings

_NAME = "web.key"
_SQLITE = "sqlite:///"


def load_web_key(settings: Settings) -> str:
    """The key: `web.secret_key`, else that of a file with mode 600, made where there is none.

    The file is beside a SQLite database, else in the user's data folder. Raises SettingsError
    where it can be neither read nor made.
    """
    if key := settings.web.secret_key.get_secret_value():
        return key
    path = key_file(settings)
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the key of the dashboard's links cannot be kept in {path}",
            next_step="set web.secret_key to a long random text",
        ) from error


def key_file(settings: Settings) -> Path:
    """Where the key is kept unless it is configured."""
    if settings.database_url.startswith(_SQLITE):
        return Path(settings.database_url.removeprefix(_SQLITE)).parent / _NAME
    return user_data_path("auditor") / _NAME


def _make(path: Path) -> None:
    """Whole or not at all, and never over another's: two processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{_NAME}-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
