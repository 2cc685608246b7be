"""The socket that the dashboard answers on."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from auditor.domain.errors import UsageError


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A bound socket and its web address; port 0 takes any free one.

    Raises UsageError for a name that is no address of this machine, or a port taken.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, _, _, _, where = found[0]
        listener = socket.create_server(where[:2], family=family)
    except OSError as error:
        # The socket module adds "(while attempting to bind ...)", which says nothing new.
        reason = str(error.strerror or error).partition(" (while")[0]
        raise UsageError(
            f"cannot listen on {host} port {port}: {reason}",
            next_step="choose another with --host and --port",
        ) from error
    with listener:
        name, number = listener.getsockname()[:2]
        yield listener, f"http://{f'[{name}]' if ':' in name else name}:{number}/"
