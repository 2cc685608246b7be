"""The key that links in mails are signed with: configured, or made once and kept in a file."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from auditor.domain.errors import SettingsError
from auditor.settings import Settings

LEAST_CHARACTERS = 32
_LEAST_KINDS = 10
"""Different characters: 32 random ones of the 16 that hexadecimal has are nearly never fewer."""
_SAID_BEFORE = ("changeme", "change-me", "change_me", "replace", "example", "default", "secret")
_MAKE = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
_NAME = "web.key"
_SQLITE = "sqlite:///"
_MOST_CHARACTERS = 4096


def load_web_key(settings: Settings) -> str:
    """The key: `web.secret_key`, else that of a file beside a SQLite database, made at first.

    Raises SettingsError where it has to be configured and is not, can be neither read nor
    made, is short, or is one that somebody copied: who guesses it can sign as we do.
    """
    if key := settings.web.secret_key.get_secret_value():
        return _checked(key.strip(), "web.secret_key")
    path = key_file(settings)
    if path is None:
        raise SettingsError(
            "web.secret_key is not set, and processes over PostgreSQL have to share a key",
            next_step=f"make one ({_MAKE}) and give it to all of them, as web.secret_key_file",
        )
    try:
        if not path.exists():
            _make(path)
        with path.open(encoding="ascii") as file:
            key = file.read(_MOST_CHARACTERS).strip()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the key of the dashboard's links cannot be kept in {path}",
            next_step="set web.secret_key to a long random text",
        ) from error
    return _checked(key, str(path))


def key_file(settings: Settings) -> Path | None:
    """Where the key is kept unless it is configured; None where many machines would make many."""
    if settings.database_url.startswith(_SQLITE):
        return Path(settings.database_url.removeprefix(_SQLITE)).parent / _NAME
    return None


def _make(path: Path) -> None:
    """Whole or not at all, and never over another's: two processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{_NAME}-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _checked(key: str, place: str) -> str:
    if len(key) < LEAST_CHARACTERS:
        problem = f"has {len(key)} characters; {LEAST_CHARACTERS} are the least"
    elif len(set(key)) < _LEAST_KINDS or any(word in key.lower() for word in _SAID_BEFORE):
        problem = "is no random one"
    else:
        return key
    raise SettingsError(f"the key in {place} {problem}", next_step=f"make one: {_MAKE}")
