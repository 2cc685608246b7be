"""What went wrong on the wire or in an answer -> one typed error in one plain line."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Iterator
from socket import EAI_AGAIN, gaierror
from typing import Any

import httpx
import msgspec
from multidict import MultiMapping

from auditor.domain.errors import (
    AuthenticationError,
    NotARegistryError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.text import clean_line
from auditor.network.guard import AddressRefusedError
from auditor.network.retry import RETRIED_STATUSES

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE, _TOO_MANY = 401, 403, 404, 410, 429
_DEEPEST_CAUSE = 10
_MASK = "***"
_AUTHORIZATION = re.compile(r"\b(basic|bearer)\s+[\w.~+/=-]{6,}", re.IGNORECASE | re.ASCII)
_PLAIN_HTTP_SIGNS = (
    "wrong_version_number",
    "wrong version number",
    "http_request",
    "packet length",
)


class _ErrorBody(msgspec.Struct):
    errors: list[Any] | None = None
    message: Any = None
    details: Any = None


def error_code(body: bytes, secrets: Collection[str] = ()) -> tuple[str, str]:
    """The first OCI error code and message in an error body, empty where there is none.

    `secrets`, and what looks like an Authorization header, are masked in both.
    Source: distribution-spec, "Error Codes".
    """
    try:
        decoded = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return "", ""
    first = next((one for one in decoded.errors or () if isinstance(one, dict)), {})
    code, message = first.get("code"), first.get("message", decoded.message or decoded.details)
    return (
        clean_line(_masked(code, secrets), 60) if isinstance(code, str) else "",
        clean_line(_masked(message, secrets)) if isinstance(message, str) else "",
    )


def _masked(text: str, secrets: Collection[str]) -> str:
    """Some registries repeat the request's headers in an error: nothing of them goes on."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return _AUTHORIZATION.sub(rf"\1 {_MASK}", text)


def from_answer(
    status: int,
    headers: MultiMapping[str],
    body: bytes,
    *,
    host: str,
    what: str,
    secrets: Collection[str] = (),
) -> RegistryError:
    """The error that an unwelcome answer to a request for `what` stands for.

    What the registry says goes into the message, `secrets` masked.
    """
    code, said = error_code(body, secrets)
    tail = f" ({code}: {said})" if code and said else f" ({code or said})" if code or said else ""
    if status == _TOO_MANY or (status == _FORBIDDEN and _is_rate_limit(headers, code, said)):
        return RateLimitedError(
            f"{host} asks us to slow down at {what}{tail}",
            next_step="try again later or lower the concurrency",
            status=status,
            code=code,
        )
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return AuthenticationError(
            f"{host} does not let us read {what}{tail}",
            next_step="check that the user may pull it",
            status=status,
            code=code,
        )
    if status in (_NOT_FOUND, _GONE):
        return NotFoundError(f"{host} has no {what}{tail}", status=status, code=code)
    if status in RETRIED_STATUSES:
        return RegistryError(
            f"{host} failed at {what} with status {status}{tail}",
            next_step="try again later, or look into the registry's log",
            status=status,
            code=code,
            is_transient=True,
        )
    return ProtocolError(
        f"{host} answered {what} with unexpected status {status}{tail}", status=status, code=code
    )


def unlisted(host: str, status: int | None, code: str) -> RegistryError:
    """The error for a catalogue that is refused (AuthenticationError) or not there."""
    is_refused = status in (_UNAUTHORIZED, _FORBIDDEN)
    kind = AuthenticationError if is_refused else RegistryError
    step = "name them with --repository NAME"
    if is_refused:
        step = f"sign in as a user who may see them all (docker login {host}), or {step}"
    return kind(
        f"{host} does not list its repositories to us", next_step=step, status=status, code=code
    )


def _is_rate_limit(headers: MultiMapping[str], code: str, said: str) -> bool:
    text = f"{code} {said}".lower()
    return "retry-after" in headers or "rate limit" in text or "toomanyrequests" in text


def from_transport(error: httpx.TransportError, *, host: str) -> RegistryError:
    """The error that a failed connection or a broken answer stands for.

    Told apart by the causes, for over aiohttp several failures come as the same httpx error.
    """
    for cause in _causes(error):
        if isinstance(cause, AddressRefusedError):
            return NotARegistryError(
                f"{host} leads to an address inside a network, which is refused",
                next_step="allow the host with registries.NAME.token_hosts if it is yours",
            )
        if isinstance(cause, ssl.SSLError | ssl.CertificateError):
            return _from_tls(cause, host)
        if isinstance(cause, gaierror):
            return RegistryUnreachableError(
                f"no host is called {host}",
                next_step="check the name and the DNS settings",
                is_transient=cause.errno == EAI_AGAIN,
            )
        if isinstance(cause, ConnectionRefusedError):
            return RegistryUnreachableError(
                f"nothing listens at {host}",
                next_step="check the port and that the registry runs",
            )
    if isinstance(error, httpx.TimeoutException):
        return RegistryUnreachableError(
            f"{host} did not answer in time", next_step="check the network, or try again later"
        )
    if isinstance(error, httpx.ProtocolError | httpx.UnsupportedProtocol):
        return ProtocolError(f"{host} gave an answer that is not proper HTTP")
    return RegistryUnreachableError(
        f"the connection to {host} broke", next_step="check the network, or try again later"
    )


def _from_tls(error: ssl.SSLError | ssl.CertificateError, host: str) -> RegistryError:
    reason = clean_line(getattr(error, "verify_message", "") or "")
    if reason:
        return RegistryUnreachableError(
            f"the certificate of {host} is not trusted: {reason}",
            next_step="pass --ca-file FILE with the certificate of its authority",
            is_transient=False,
        )
    if any(sign in str(error).lower() for sign in _PLAIN_HTTP_SIGNS):
        return RegistryUnreachableError(
            f"{host} does not speak TLS",
            next_step=f"write http://{host} if it is meant to be plain HTTP",
            is_transient=False,
        )
    return RegistryUnreachableError(
        f"no TLS connection to {host} came about",
        next_step=f"check its TLS set-up, or write http://{host} if it is meant to be plain HTTP",
        is_transient=False,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_DEEPEST_CAUSE):
        if current is None:
            return
        # aiohttp's wrappers subclass what they wrap, so the wrapped error goes first.
        for name in ("certificate_error", "os_error"):
            inner = getattr(current, name, None)
            if isinstance(inner, BaseException):
                yield inner
        yield current
        current = current.__cause__ or current.__context__
