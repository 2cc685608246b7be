"""The first question to an address: whether a registry answers there and lets us in."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from auditor.domain.errors import (
    BodyTooLargeError,
    NotARegistryError,
    ProtocolError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.text import clean_line
from auditor.registry.addresses import Addresses
from auditor.registry.exchange import Answer, Call, Exchange
from auditor.registry.realms import Origin
from auditor.registry.transport import Headers

_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403


async def greet(exchange: Exchange, at: Addresses, headers: Headers) -> None:
    """Nothing, once it is sure that a registry answers there and lets us read.

    Whatever else answers is a NotARegistryError, also what speaks no HTTP. Raises
    AuthenticationError, and RegistryUnreachableError where nothing answers.
    Source: distribution-spec, "Determining Support".
    """
    call = Call("GET", at.root, "the version check", exchange.options.token_cap_bytes, headers)
    try:
        answer = await exchange.ask(call)
    except BodyTooLargeError:
        raise _not_a_registry(exchange, at, "/v2/ answered with a long page") from None
    except ProtocolError as error:
        raise _not_a_registry(exchange, at, error.message, error.next_step) from error
    except RegistryUnreachableError as error:
        raise _unreachable(error, at) from error
    if answer.strayed:
        raise _elsewhere(exchange, answer)
    if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
        raise exchange.failure(call, answer)
    if answer.status != _OK or not _is_version_answer(answer):
        raise _not_a_registry(exchange, at, f"/v2/ answered with status {answer.status}")


async def read_extensions(exchange: Exchange, at: Addresses, headers: Headers) -> bytes:
    """What the registry says about its extensions, empty where it says nothing."""
    cap = exchange.options.token_cap_bytes
    try:
        answer = await exchange.ask(Call("GET", at.extensions, "its extensions", cap, headers))
    except RegistryError:
        return b""
    return answer.body if answer.status == _OK else b""


def _is_version_answer(answer: Answer) -> bool:
    """Whether a 200 on /v2/ is a registry's: its header, JSON, or nothing at all."""
    if "registry/2" in answer.headers.get("docker-distribution-api-version", ""):
        return True
    try:
        msgspec.json.decode(answer.body or b"{}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def _elsewhere(exchange: Exchange, answer: Answer) -> NotARegistryError:
    """What answers there only points to another place, where no credential follows."""
    there = Origin.of(answer.url)
    place = clean_line(f"{there.scheme}://{there.name}", 300)
    return NotARegistryError(
        f"{exchange.own.name} is not a registry: it redirects to {place}",
        next_step=f"audit {place} if that is the registry",
    )


def _not_a_registry(
    exchange: Exchange, at: Addresses, reason: str, next_step: str = ""
) -> NotARegistryError:
    host, base = exchange.own.name, urlsplit(at.base_url)
    path = clean_line(base.path.strip("/"), 300)
    if next_step:
        step = next_step
    elif path:
        step = f"if {path} is a repository, audit {host} with --repository {path}"
    elif base.scheme == "http":
        step = f"check the address and the port, or write https://{host} if it speaks TLS"
    else:
        step = "check the address and the port"
    where = f"{host}/{path}" if path else host
    return NotARegistryError(f"{where} is not a registry: {reason}", next_step=step)


def _unreachable(error: RegistryUnreachableError, at: Addresses) -> RegistryUnreachableError:
    """The same, with the other scheme as a next step where https got no answer at all.

    Names of registries do not hold their scheme, so it may be the wrong one.
    """
    scheme, _, place = at.base_url.partition("://")
    if scheme == "http" or not error.is_transient:
        return error
    step = f"{error.next_step}, or write http://{place} if it is meant to be plain HTTP"
    return RegistryUnreachableError(error.message, next_step=step)
