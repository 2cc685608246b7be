"""Programs that builds run: nicely, for a bounded time, with what they said when they fail."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_LAST_CHARACTERS = 300
_ADDRESS = re.compile(r"\b(?:https?|file|ftp)://\S+")


class NotBuiltError(RuntimeError):
    """A root that cannot be built; the message is the reason, without addresses."""


def run(
    command: Sequence[str],
    *,
    seconds: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What a program printed; raises NotBuiltError where it fails or takes too long."""
    process = subprocess.Popen(
        ["nice", *command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise NotBuiltError(f"not done in {seconds:.0f} s") from None
    if process.returncode != 0:
        raise NotBuiltError(_reason(said or out))
    return out.decode(errors="replace")


def _reason(said: bytes) -> str:
    text = _ADDRESS.sub("ADDRESS", said.decode(errors="replace")).strip()
    return " ".join(text[-_LAST_CHARACTERS:].split()) or "failed without a word"
