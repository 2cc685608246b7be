"""What `auditor doctor` says of one part of an installation."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `state` is ok, warning or failed; `next_step` is empty when it is ok."""

    name: str
    state: str
    message: str
    next_step: str = ""
