"""Tools that builds run, and what they say when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

_LAST_CHARACTERS = 3000


class BuildError(RuntimeError):
    """A tool failed; the message is the command and the end of what it printed."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a tool printed, errors among it; raises BuildError."""
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command)}\n{said[-_LAST_CHARACTERS:]}")
    return said
