"""What the client of package indexes may spend, and where it keeps what it read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_cache_path

GB = 10**9
DAY_SECONDS = 24 * 3600
AT_ONCE = 4
"""Connections to one host, and so threads that are of any use."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to read one ecosystem's indexes; a client lives for one estimate.

    `now` is the moment that the age of kept answers is counted to. `cache_folder`: None keeps
    nothing. `fresh_seconds`: how long an answer is used without asking again. `is_offline`:
    never connect, and use answers of any age. `timeout_seconds`: from sending a request to the
    last byte of its answer. `retry_budget_seconds`: waiting between attempts of one request,
    all together. `file_hosts`: hosts that files may lie on at private addresses, besides those
    of the indexes. `ca_files`: certificates trusted besides the system's.
    """

    now: datetime
    cache_folder: Path | None = None
    fresh_seconds: float = DAY_SECONDS
    cache_max_bytes: int = 2 * GB
    is_offline: bool = False
    timeout_seconds: float = 60
    connect_timeout_seconds: float = 10
    silence_seconds: float = 30
    retry_budget_seconds: float = 30
    attempts: int = 4
    redirects: int = 5
    file_hosts: tuple[str, ...] = ()
    ca_files: tuple[str, ...] = ()
    user_agent: str = "registry-auditor"


def usual_cache_folder() -> Path:
    """`auditor/indexes` in the user's XDG cache folder."""
    return user_cache_path("auditor") / "indexes"
