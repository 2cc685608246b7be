"""The machine as its own package tools see it: variables, files, and the tools themselves."""

from __future__ import annotations

import netrc
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from auditor.indexes.cache import DiskCache, Kept

_MOST_FILE_BYTES = 2**20
_TOOL_SECONDS = 20
_MOST_ANSWER_CHARACTERS = 256 * 1024
_LOGIN = re.compile(r"://[^\s/\[\]]*@")
_PASSED_ON = ("PATH", "HOME", "SYSTEMROOT", "PYENV_ROOT", "PYENV_VERSION")

Ask = Callable[[Sequence[str]], str]


def ask_tool(command: Sequence[str]) -> str:
    """What a tool prints, or nothing where it is absent, slow or fails.

    It runs in the root folder and knows none of our variables: a file that lies where we were
    started is not run, and no project's own configuration counts.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            list(command),
            cwd="/",
            env={**environment, "LC_ALL": "C.UTF-8", "COLUMNS": "400"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TOOL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    if done.returncode != 0:
        return ""
    return done.stdout[:_MOST_ANSWER_CHARACTERS].decode(errors="replace")


def remembering(ask: Ask, cache: DiskCache, *, now: datetime, fresh_seconds: float) -> Ask:
    """The same, asked again only when the answer is old: a tool takes a second to start.

    An answer with a login in an address is not kept.
    """

    def remember(command: Sequence[str]) -> str:
        key = "tool " + " ".join(command)
        kept = cache.get(key)
        if kept is not None and 0 <= now.timestamp() - kept.read_at < fresh_seconds:
            return kept.body.decode(errors="replace")
        answer = ask(command)
        if answer and not _LOGIN.search(answer):
            cache.put(key, Kept(answer.encode(), now.timestamp()))
        return answer

    return remember


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where tools find their configuration; `root` stands for the file system's."""

    environment: Mapping[str, str] = field(repr=False)
    home: Path
    root: Path = Path("/")
    ask: Ask = ask_tool

    def system_file(self, path: str) -> Path:
        """A file of the machine's, such as `etc/pip.conf`."""
        return self.root / path

    def logins_for(self, host: str) -> tuple[str, str] | None:
        """User and password of a host in `NETRC`'s file or ~/.netrc; no host's `default`."""
        named = self.environment.get("NETRC")
        return login_of(Path(named) if named else self.home / ".netrc", host)


def read_text(path: Path) -> str | None:
    """What a configuration file holds, up to a mebibyte; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_FILE_BYTES + 1)
    except OSError:
        return None
    return content.decode(errors="replace") if len(content) <= _MOST_FILE_BYTES else None


def login_of(path: Path, host: str) -> tuple[str, str] | None:
    """User and password of one host in a file of netrc's form, else None."""
    if read_text(path) is None:
        return None
    try:
        found = netrc.netrc(str(path)).hosts.get(host)
    except (netrc.NetrcParseError, OSError, UnicodeError):
        return None
    return (found[0], found[2] or "") if found else None
