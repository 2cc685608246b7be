"""The key that signs what links carry: one file, shared by every process that makes or reads them."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from auditor.domain.errors import SettingsError
from auditor.settings import Settings

LEAST_CHARACTERS = 32
_LEAST_KINDS = 10
"""Different characters: 32 random ones of the 16 that hexadecimal has are nearly never fewer."""
_SAID_BEFORE = ("changeme", "change-me", "change_me", "replace", "example", "default", "secret")
_MAKE = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' > FILE; chmod 600 FILE"
_NAME = "secret.key"
_MOST_BYTES = 4096


def key_file(settings: Settings) -> Path | None:
    """Where the key is: as configured, else beside a SQLite file; None for PostgreSQL."""
    if settings.web.secret_key_file:
        return Path(settings.web.secret_key_file)
    if settings.database_url.startswith("sqlite:///"):
        return Path(settings.database_url.removeprefix("sqlite:///")).parent / _NAME
    return None


def secret_key(settings: Settings) -> bytes:
    """The key. Beside a SQLite file it is made at first, for its owner only.

    Raises SettingsError where it has to be configured and is not, cannot be read, is short,
    or is one that somebody copied: whoever guesses it can sign as we do.
    """
    path = key_file(settings)
    if path is None:
        raise SettingsError(
            "web.secret_key_file is not set, and processes over PostgreSQL have to share a key",
            next_step=f"make one ({_MAKE}) and give all of them the file",
        )
    if not settings.web.secret_key_file:
        _make(path)
    return _checked(_read(path), path)


def _make(path: Path) -> None:
    """Make the key unless it is there; of two processes at once the first one's stays."""
    if path.exists():
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w") as file:  # noqa: PTH123 - the handle has the mode
            file.write(f"{secrets.token_urlsafe(48)}\n")
        with suppress(FileExistsError):
            os.link(part, path)
    except OSError as error:
        raise SettingsError(
            f"the key {path} cannot be made: {error.strerror}",
            next_step=f"make one ({_MAKE}) and name it in web.secret_key_file",
        ) from None
    finally:
        with suppress(OSError):
            part.unlink()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).strip()
    except OSError as error:
        raise SettingsError(
            f"the key {path} cannot be read: {error.strerror}",
            next_step="see who owns it; web.secret_key_file names it",
        ) from None


def _checked(key: bytes, path: Path) -> bytes:
    text = key.decode("latin-1").lower()
    if len(key) < LEAST_CHARACTERS:
        problem = f"has {len(key)} characters; {LEAST_CHARACTERS} are the least"
    elif len(set(key)) < _LEAST_KINDS or any(word in text for word in _SAID_BEFORE):
        problem = "is no random one"
    else:
        return key
    raise SettingsError(f"the key in {path} {problem}", next_step=f"make one: {_MAKE}")
