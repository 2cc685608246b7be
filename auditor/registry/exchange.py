"""One request and its whole answer: limits, redirects, authentication, retries."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import quote, urldefrag, urljoin

import httpx
from multidict import MultiMapping

from auditor.domain.errors import (
    BodyTooLargeError,
    ProtocolError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.fetched import TrafficCount
from auditor.network.retry import (
    RETRIED_STATUSES,
    RetryAllowance,
    RetryPolicy,
    parse_retry_after,
)
from auditor.registry.body import (
    LARGE_AT_ONCE,
    EncodingError,
    OverCapError,
    decoded_body,
    read_body,
)
from auditor.registry.failures import from_answer, from_transport
from auditor.registry.options import ClientOptions
from auditor.registry.realms import Origin
from auditor.registry.transport import Headers, Reply, sender

T = TypeVar("T")

_LEFT_IN_URL = "%/:=&?~+!$,;'@()*[]"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK, _ERRORS_FROM, _UNAUTHORIZED, _TOO_MANY, _UNAVAILABLE = 200, 300, 401, 429, 503


class Call(NamedTuple):
    """One thing to ask for. `what` names it in messages; `scope` is what a token must allow.

    `reads_body` false leaves the body of a good answer unread.
    """

    method: str
    url: str
    what: str
    cap_bytes: int
    headers: Headers = ()
    scope: str = ""
    content: bytes = b""
    reads_body: bool = True


class Answer(NamedTuple):
    """A whole answer; `url` is the last one after redirects, `strayed` if another origin's."""

    status: int
    headers: MultiMapping[str]
    body: bytes
    url: str
    strayed: bool = False


class Authority(Protocol):
    """Knows how to authenticate at the registry's own origin."""

    async def header_for(self, scope: str) -> str | None:
        """The Authorization value to send at once, or None."""

    async def answer_challenge(
        self, scope: str, answer: Answer, sent: str | None, attempt: int
    ) -> str:
        """Another Authorization value after a 401; raises AuthenticationError."""

    def secrets(self) -> Collection[str]:
        """What must not be repeated, should a registry say it in an answer."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the client sees it; tests pass their own."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


class _NotAuthorizedError(Exception):
    """The authority failed, all its own attempts included: not worth another attempt here."""

    def __init__(self, error: RegistryError) -> None:
        super().__init__()
        self.error = error


@dataclass(slots=True)
class _Gate:
    """How many requests one origin gets at a time, and from when on."""

    places: asyncio.Semaphore
    opens_at: float = 0.0


class Exchange:
    """Sends calls to one registry and follows where it leads."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        own: Origin,
        options: ClientOptions,
        clock: Clock | None = None,
    ) -> None:
        self.own = own
        self.options = options
        self.clock = clock or Clock()
        self.authority: Authority | None = None
        self._send_once = sender(transport)
        self._own_prefix = f"{own.scheme}://{own.name}/"
        self._gates: dict[Origin, _Gate] = {}
        self._large_bodies = asyncio.Semaphore(LARGE_AT_ONCE)
        self._requests = 0
        self._bytes_received = 0
        self._was_answered = False
        self._allowance = RetryAllowance()
        self._policy = RetryPolicy(
            attempts=options.attempts, budget_seconds=options.retry_budget_seconds
        )

    def traffic(self) -> TrafficCount:
        """Requests sent and body bytes received, of every kind and to every host."""
        return TrafficCount(self._requests, self._bytes_received)

    async def ask(self, call: Call) -> Answer:
        """The answer, of any status that is not worth a retry; raises RegistryError."""
        try:
            return await self._persistently(call, lambda: self._authenticated(call))
        except _NotAuthorizedError as failed:
            raise failed.error from failed.error.__cause__

    async def ask_plainly(self, call: Call, authorization: str | None) -> Answer:
        """The same with a given Authorization value, or none: 401 is an answer like others."""
        return await self._persistently(call, lambda: self.follow(call, authorization))

    async def _persistently(self, call: Call, send: Callable[[], Awaitable[Answer]]) -> Answer:
        attempt, spent_seconds = 1, 0.0
        while True:
            answer, failure = await self._attempt(call, send)
            if failure is None and answer is not None:
                return answer
            assert failure is not None  # noqa: S101 - one of the two is set
            retry_after = self._retry_after(answer) if answer is not None else None
            wait = self._policy.wait_seconds(
                attempt, retry_after, spent_seconds, self.clock.jitter()
            )
            if wait is None or not self._allowance.spend():
                raise failure
            attempt, spent_seconds = attempt + 1, spent_seconds + wait
            await self.clock.sleep(wait)

    async def _attempt(
        self, call: Call, send: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer | None, RegistryError | None]:
        """An answer, an error worth a retry, or both for an answer worth a retry."""
        try:
            answer = await send()
        except RegistryError as error:
            if not self._may_retry(error):
                raise
            return None, error
        if answer.status in RETRIED_STATUSES:
            return answer, self.failure(call, answer)
        self._allowance.earn()
        return answer, None

    def failure(self, call: Call, answer: Answer) -> RegistryError:
        """The error that an unwelcome answer stands for."""
        host = Origin.of(answer.url).name
        return from_answer(
            answer.status,
            answer.headers,
            answer.body,
            host=host,
            what=call.what,
            secrets=() if self.authority is None else self.authority.secrets(),
        )

    async def follow(self, call: Call, authorization: str | None) -> Answer:
        """The answer after at most five redirects, without retries or challenges.

        `authorization` is dropped for good at the first change of scheme, host or port.
        """
        url, strayed = call.url, False
        first = origin = self.own if url.startswith(self._own_prefix) else Origin.of(url)
        for _ in range(self.options.redirects + 1):
            answer = await self._send(call, url, origin, authorization)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location or call.method == "POST":
                return answer if not strayed else _strayed(answer)
            url, origin = self._redirected(url, location, origin)
            if origin != first:
                strayed, authorization = True, None
        raise ProtocolError(
            f"{self.own.name} redirects {call.what} more than {self.options.redirects} times"
        )

    def _redirected(self, url: str, location: str, origin: Origin) -> tuple[str, Origin]:
        try:
            # A stranger's address may hold what does not belong on a request line.
            target = quote(urldefrag(urljoin(url, location)).url, safe=_LEFT_IN_URL)
        except ValueError:  # no address, or bytes that are no text
            target = ""
        there = Origin.of(target)
        if origin.scheme == "https" and there.scheme != "https":
            raise ProtocolError(
                f"{origin.name} redirects from https to plain http, which is not followed",
                next_step=f"write http://{there.name} if it is meant to be plain HTTP",
            )
        return target, there

    async def _authenticated(self, call: Call) -> Answer:
        if self.authority is None:
            return await self.follow(call, None)
        sent = await _asked(self.authority.header_for(call.scope))
        attempt, answer = 0, await self.follow(call, sent)
        # The authority ends this loop: it raises at the third challenge.
        while answer.status == _UNAUTHORIZED and not answer.strayed:
            sent = await _asked(self.authority.answer_challenge(call.scope, answer, sent, attempt))
            attempt, answer = attempt + 1, await self.follow(call, sent)
        return answer

    async def _send(
        self, call: Call, url: str, origin: Origin, authorization: str | None
    ) -> Answer:
        gate = self._gates.get(origin)
        if gate is None:
            gate = self._gates[origin] = _Gate(asyncio.Semaphore(self.options.concurrency))
        headers = call.headers
        if authorization is not None:
            headers = (*headers, ("Authorization", authorization))
        async with gate.places:
            # Looked at only now: the origin may have asked for silence meanwhile.
            while (pause := gate.opens_at - self.clock.monotonic()) > 0:
                await self.clock.sleep(pause)
            answer = await self._within_deadline(call, url, origin, headers)
        if answer.status in (_TOO_MANY, _UNAVAILABLE):
            self._pause(gate, answer)
        return answer

    def _pause(self, gate: _Gate, answer: Answer) -> None:
        """Hold back the other requests to this origin too, if it says for how long."""
        wait = self._retry_after(answer)
        if wait is not None and wait <= self.options.retry_budget_seconds:
            gate.opens_at = max(gate.opens_at, self.clock.monotonic() + wait)

    async def _within_deadline(
        self, call: Call, url: str, origin: Origin, headers: Headers
    ) -> Answer:
        try:
            async with asyncio.timeout(self.options.deadline_seconds):
                return await self._exchange(call, url, origin, headers)
        except httpx.TransportError as error:
            raise from_transport(error, host=origin.name) from error
        except TimeoutError as error:
            raise RegistryUnreachableError(
                f"{origin.name} did not finish answering {call.what}"
                f" within {self.options.deadline_seconds:g} seconds",
                next_step="check the network, or try again later",
            ) from error

    async def _exchange(self, call: Call, url: str, origin: Origin, headers: Headers) -> Answer:
        self._requests += 1
        try:
            reply = await self._send_once(call.method, url, headers, call.content)
        except (httpx.InvalidURL, ValueError):
            raise ProtocolError(f"{origin.name} has a malformed address") from None
        try:
            self._was_answered = True
            body = await self._body(call, reply, origin)
        finally:
            await reply.body.aclose()
        return Answer(reply.status, reply.headers, body, url)

    async def _body(self, call: Call, reply: Reply, origin: Origin) -> bytes:
        is_good = _OK <= reply.status < _ERRORS_FROM
        if call.method == "HEAD" or (is_good and not call.reads_body):
            return b""
        cap = call.cap_bytes if is_good else self.options.error_cap_bytes
        try:
            body = await read_body(reply.headers, reply.body, cap, self._large_bodies)
            self._bytes_received += len(body)
            return decoded_body(body, reply.headers, cap)
        except OverCapError:
            if not is_good:  # the status says enough
                return b""
            raise BodyTooLargeError(
                f"{origin.name} answered {call.what} with more than {cap} bytes",
                next_step="reading stopped there",
                status=reply.status,
            ) from None
        except EncodingError:
            raise ProtocolError(
                f"{origin.name} answered {call.what} in a content encoding we did not ask for"
            ) from None

    def _may_retry(self, error: RegistryError) -> bool:
        # Before the first answer ever, a connection that fails is a wrong address: say so at once.
        return error.is_transient and self._was_answered

    def _retry_after(self, answer: Answer) -> float | None:
        value = answer.headers.get("retry-after")
        return parse_retry_after(value, now=self.clock.now()) if value else None


async def _asked(authorization: Awaitable[T]) -> T:
    try:
        return await authorization
    except RegistryError as error:
        raise _NotAuthorizedError(error) from error


def _strayed(answer: Answer) -> Answer:
    return answer._replace(strayed=True)
