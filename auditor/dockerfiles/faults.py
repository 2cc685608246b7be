"""Errors about a Dockerfile: which line, what is wrong, what to do."""

from __future__ import annotations

from auditor.domain.errors import UsageError
from auditor.domain.text import clean_line

_LONGEST_QUOTED = 120


def fault(line: int, message: str, next_step: str) -> UsageError:
    """An error about a line, counted from 1."""
    return UsageError(f"Dockerfile line {line}: {message}", next_step=next_step)


def quoted(text: str) -> str:
    """A piece of the Dockerfile, short and safe to show."""
    return f"`{clean_line(text, _LONGEST_QUOTED)}`"
