"""Child processes that never outlive the test that started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class ServerDidNotStartError(RuntimeError):
    """A server ended, or did not answer in time; the message ends with its log."""


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts_connections(port: int) -> bool:
    """Whether something listens on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that started it is gone.

    To be called in a child: even kill -9 of the tests leaves no server behind.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    user: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server, its output going to `log`, and wait until `is_ready`.

    `user` is a user id to run as. Raises ServerDidNotStartError; then nothing is running.
    """
    with log.open("ab") as output:
        server = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            env=None if environment is None else {**os.environ, **environment},
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one C call, and tests have no threads yet
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        if is_ready():
            return server
        time.sleep(0.02)
    stop(server)
    tail = log.read_text(errors="replace")[-2000:]
    raise ServerDidNotStartError(f"{command[0]} did not start:\n{tail}")


def stop(server: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> None:
    """End a server, gently first; it is gone when this returns."""
    if server.poll() is None:
        server.send_signal(by)
    try:
        server.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def unmeasured() -> dict[str, str]:
    """Our environment for a child whose coverage nobody needs: measured, it takes twice as long."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that runs until the block ends."""
    server = start(command, log=log, is_ready=is_ready, environment=environment)
    try:
        yield server
    finally:
        stop(server)
