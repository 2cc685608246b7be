"""An SMTP connection that ends by a deadline, however slowly the other side talks."""

from __future__ import annotations

import smtplib
import socket
import time
from typing import Any, BinaryIO, cast

_MOST_ANSWER_BYTES = 64 * 1024
_CHUNK_BYTES = 4096


class SlowAnswerError(OSError):
    """The other side did not say all it had to say in time, or says too much."""


class DeadlineReader:
    """Lines of a socket, all of them by a deadline; stands where smtplib has its file.

    A timeout of a socket starts again with each byte: one that gives a byte a minute would
    hold a sender for days.
    """

    def __init__(self, connection: socket.socket, ends_at: float) -> None:
        self._connection = connection
        self._ends_at = ends_at
        self._waiting = b""
        self._read_bytes = 0

    def readline(self, limit: int) -> bytes:
        """The next line with its end, at most `limit` bytes; what is left at the end of all.

        Raises SlowAnswerError past the deadline and for endless answers, OSError as sockets do.
        """
        while b"\n" not in self._waiting and len(self._waiting) < limit:
            self._connection.settimeout(remaining_seconds(self._ends_at))
            chunk = self._connection.recv(_CHUNK_BYTES)
            self._read_bytes += len(chunk)
            if self._read_bytes > _MOST_ANSWER_BYTES:
                raise SlowAnswerError(f"it answered with more than {_MOST_ANSWER_BYTES} bytes")
            if not chunk:
                break
            self._waiting += chunk
        end = self._waiting.find(b"\n") + 1 or len(self._waiting)
        line, self._waiting = self._waiting[: min(end, limit)], self._waiting[min(end, limit) :]
        return line

    def close(self) -> None:
        """Nothing to close: the connection belongs to the session."""


class SmtpSession(smtplib.SMTP):
    """smtplib's client with one deadline over all it does; not yet connected."""

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__(local_hostname=_own_name(), timeout=timeout_seconds)
        self._ends_at = time.monotonic() + timeout_seconds

    def getreply(self) -> tuple[int, bytes]:
        """The next answer, read to its end by the deadline."""
        if self.file is None and self.sock is not None:
            self.file = cast("BinaryIO", DeadlineReader(self.sock, self._ends_at))
        return super().getreply()

    def send(self, s: Any) -> None:  # noqa: ANN401 - bytes or text, as smtplib has it
        """Send by the deadline."""
        if self.sock is not None:
            self.sock.settimeout(remaining_seconds(self._ends_at))
        super().send(s)


class SmtpsSession(SmtpSession):
    """The same over a connection that is TLS from its first byte."""

    def __init__(self, timeout_seconds: float, wrap: Any) -> None:  # noqa: ANN401 - ssl's own
        super().__init__(timeout_seconds)
        self._wrap = wrap

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return cast(
            "socket.socket",
            self._wrap(socket.create_connection((host, port), timeout), server_hostname=host),
        )


def remaining_seconds(ends_at: float) -> float:
    """Seconds until a moment of the monotonic clock; raises SlowAnswerError when it is past."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise SlowAnswerError("it did not answer in time")
    return left


def _own_name() -> str:
    """What we call ourselves: no look-up in the DNS, which smtplib would wait for."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
