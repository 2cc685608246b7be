"""Who we are to those who wait for us, and whether somebody else is known to be gone.

A process that was killed says nothing any more. Who runs where it ran can see that, and need
not wait until its time is over; everybody else waits.
"""

from __future__ import annotations

import hashlib
import os
import socket
from functools import cache
from pathlib import Path

_MARK = "#"
_START_FIELD = 19
"""Of /proc/PID/stat, counted after the name, which may hold anything. Source: proc(5), 22."""


def this_holder() -> str:
    """This process as text: `HOST:PID#WHERE-START`; what follows # is for machines."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}{_MARK}{_where()}-{_started(pid)}"


def holder_words(holder: str) -> str:
    """The holder as people read it: host and process number."""
    return holder.partition(_MARK)[0]


def is_gone(holder: str) -> bool:
    """Whether the process ran where we do and is no more; False where nobody here can tell."""
    words, _, token = holder.partition(_MARK)
    where, _, started = token.rpartition("-")
    pid = words.rpartition(":")[2]
    if not where or where != _where() or not started or not pid.isdigit():
        return False
    return _started(int(pid)) != started


@cache
def _where() -> str:
    """The same for processes that see each other's numbers; empty where that is not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        numbers = Path("/proc/self/ns/pid").readlink()
        return hashlib.sha256(f"{boot} {numbers}".encode()).hexdigest()[:8]
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When the process began, in ticks since the machine did; empty for none, and for a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[_START_FIELD]
