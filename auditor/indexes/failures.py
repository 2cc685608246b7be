"""What went wrong with an index -> one error in one plain line, without addresses or secrets."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from socket import gaierror

import httpx

from auditor.domain.errors import IndexFailureError
from auditor.indexes.transport import RefusedError

_DEEPEST_CAUSE = 10
_TRY_LATER = "check the network, or try again later"


class UnansweredError(IndexFailureError):
    """Nobody answered, or not this time: what was kept of an earlier answer may serve.

    `is_final`: another attempt at once would end the same way.
    """

    def __init__(self, message: str, *, next_step: str = "", is_final: bool = False) -> None:
        super().__init__(message, next_step=next_step)
        self.is_final = is_final


def from_transport(error: httpx.TransportError, host: str) -> IndexFailureError:
    """The error that a failed connection or a broken answer stands for."""
    for cause in _causes(error):
        if isinstance(cause, RefusedError):
            return IndexFailureError(
                f"{host} leads to an address inside a network, which is refused",
                next_step="if it is yours, name it in estimate.indexes.file_hosts",
            )
        if isinstance(cause, ssl.SSLError):
            return UnansweredError(
                f"no trusted TLS connection to {host} came about",
                next_step="name the certificate of its authority in estimate.ca_file",
                is_final=True,
            )
        if isinstance(cause, gaierror):
            return UnansweredError(
                f"no host is called {host}", next_step="check the name and the DNS settings"
            )
    if isinstance(error, httpx.TimeoutException):
        return UnansweredError(f"{host} did not answer in time", next_step=_TRY_LATER)
    return UnansweredError(f"the connection to {host} failed", next_step=_TRY_LATER)


def from_status(status: int, host: str, what: str) -> IndexFailureError:
    """The error for an answer that is neither what was asked for nor its absence."""
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return IndexFailureError(
            f"{host} does not let us read {what} (status {status})",
            next_step="give the login where the tool itself finds it, such as in .netrc",
        )
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return UnansweredError(f"{host} asks us to slow down", next_step="try again later")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UnansweredError(
            f"{host} failed at {what} with status {status}", next_step="try again later"
        )
    return IndexFailureError(
        f"{host} answered {what} with unexpected status {status}",
        next_step="check that the address is an index of that kind",
    )


def not_understood(host: str, what: str, why: str) -> IndexFailureError:
    """The error for a document that is not what it should be."""
    return IndexFailureError(
        f"{what} of {host} is not usable: {why}",
        next_step="check that the address is an index of that kind",
    )


def too_long(host: str, what: str, cap_bytes: int) -> IndexFailureError:
    """The error for a document over its cap."""
    return not_understood(host, what, f"it has more than {cap_bytes:,} bytes")


def not_kept(host: str, what: str) -> IndexFailureError:
    """The error for what would have to be asked for, offline."""
    return IndexFailureError(
        f"{what} of {host} was not kept, and nothing is asked for offline",
        next_step="estimate once without --offline, or set estimate.offline = false",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_DEEPEST_CAUSE):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
