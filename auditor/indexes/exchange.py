"""One request until it is answered: redirects, few at a time, attempts with pauses between."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

import httpx

from auditor.domain.errors import IndexFailureError
from auditor.indexes.failures import (
    UnansweredError,
    from_status,
    from_transport,
    not_understood,
)
from auditor.indexes.options import AT_ONCE, ClientOptions
from auditor.indexes.origins import (
    Login,
    Origin,
    header_for,
    origin_of,
    parse_address,
    without_login,
)
from auditor.network.retry import RETRIED_STATUSES, RetryPolicy, parse_retry_after

_SILENT_SECONDS = 30
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request without a body. `what` names the thing asked for, in errors."""

    method: str
    address: str
    what: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


Read = Callable[[httpx.Response, float], _T]
"""Reads an answer until a deadline of the monotonic clock; it is closed afterwards."""


class _NotNowError(Exception):
    """An attempt that failed in a way worth another one.

    `is_of_host`: what else is asked of the host would fail, too.
    """

    def __init__(
        self,
        error: IndexFailureError,
        wait_seconds: float | None = None,
        *,
        is_of_host: bool = True,
    ) -> None:
        super().__init__()
        self.error = error
        self.is_of_host = is_of_host
        self.wait_seconds = wait_seconds


class Exchange:
    """Sends calls and follows where they lead, never with a login to another origin.

    A host that did not answer after all attempts, or wants to be asked less, is left alone for
    half a minute: what else is asked of it fails at once.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        logins: Iterable[Login],
        options: ClientOptions,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self._transport = transport
        self._logins = tuple(logins)
        self._options = options
        self._sleep = sleep
        self._started = time.monotonic()
        self._gates: defaultdict[Origin, threading.BoundedSemaphore] = defaultdict(
            lambda: threading.BoundedSemaphore(AT_ONCE)
        )
        self._lock = threading.Lock()
        self._silent: dict[Origin, tuple[float, IndexFailureError]] = {}
        self._policy = RetryPolicy(
            attempts=options.attempts, budget_seconds=options.retry_budget_seconds
        )

    def ask(self, call: Call, read: Read[_T]) -> _T:
        """What `read` makes of the answer; raises IndexFailureError."""
        attempt, spent_seconds = 1, 0.0
        while True:
            try:
                return self._follow(call, read)
            except _NotNowError as failed:
                wait = self._policy.wait_seconds(
                    attempt,
                    failed.wait_seconds,
                    spent_seconds,
                    random.random(),  # noqa: S311 - a pause, not a secret
                )
                if wait is None:
                    if failed.is_of_host:
                        self._leave_alone(call, failed.error)
                    raise failed.error from failed.__cause__
            attempt, spent_seconds = attempt + 1, spent_seconds + wait
            self._sleep(wait)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def _follow(self, call: Call, read: Read[_T]) -> _T:
        url = without_login(parse_address(call.address))
        deadline = time.monotonic() + self._options.timeout_seconds
        for _ in range(self._options.redirects + 1):
            with self._sent(call, url) as response:
                target = _target(response, url, call.what)
                if target is None:
                    return self._read(call, url, response, read, deadline)
            url = target
        raise not_understood(origin_of(url).name, call.what, "it is behind too many redirects")

    def _read(
        self, call: Call, url: httpx.URL, response: httpx.Response, read: Read[_T], deadline: float
    ) -> _T:
        host = origin_of(url).name
        status = response.status_code
        if status in RETRIED_STATUSES:
            raise _NotNowError(
                from_status(status, host, call.what),
                self._pause(response),
                is_of_host=status == httpx.codes.TOO_MANY_REQUESTS,
            )
        try:
            return read(response, deadline)
        except httpx.TransportError as error:
            raise _NotNowError(from_transport(error, host)) from error

    @contextmanager
    def _sent(self, call: Call, url: httpx.URL) -> Iterator[httpx.Response]:
        origin = origin_of(url)
        self._check_alive(origin)
        with self._lock:
            self.requests += 1
            gate = self._gates[origin]
        with gate:
            response = self._handle(call, url, origin)
            response.request = httpx.Request(call.method, url)
            try:
                yield response
            finally:
                response.close()

    def _handle(self, call: Call, url: httpx.URL, origin: Origin) -> httpx.Response:
        try:
            return self._transport.handle_request(self._request(call, url))
        except httpx.TransportError as error:
            failure = from_transport(error, origin.name)
            if isinstance(failure, UnansweredError) and not failure.is_final:
                raise _NotNowError(failure) from error
            raise failure from error

    def _request(self, call: Call, url: httpx.URL) -> httpx.Request:
        headers = {"User-Agent": self._options.user_agent, **call.headers}
        if login := header_for(url, self._logins):
            headers["Authorization"] = login
        timeout = self._options.timeout_seconds
        silence = min(self._options.silence_seconds, timeout)
        connect = min(self._options.connect_timeout_seconds, timeout)
        times = {"connect": connect, "read": silence, "write": silence, "pool": timeout}
        return httpx.Request(call.method, url, headers=headers, extensions={"timeout": times})

    def _pause(self, response: httpx.Response) -> float | None:
        elapsed = timedelta(seconds=time.monotonic() - self._started)
        now = self._options.now + elapsed
        return parse_retry_after(response.headers.get("retry-after"), now=now)

    def _leave_alone(self, call: Call, error: IndexFailureError) -> None:
        origin = origin_of(parse_address(call.address))
        with self._lock:
            self._silent[origin] = (time.monotonic() + _SILENT_SECONDS, error)

    def _check_alive(self, origin: Origin) -> None:
        with self._lock:
            until, error = self._silent.get(origin, (0.0, None))
        if error is not None and time.monotonic() < until:
            raise UnansweredError(error.message, next_step=error.next_step, is_final=True)


def _target(response: httpx.Response, url: httpx.URL, what: str) -> httpx.URL | None:
    """Where an answer leads on to; None where it is one."""
    if response.status_code not in _REDIRECTS:
        return None
    host = origin_of(url).name
    try:
        target = parse_address(str(url.join(response.headers.get("location", ""))))
    except (ValueError, httpx.InvalidURL):
        raise not_understood(host, what, "it leads to no address of the web") from None
    if url.scheme == "https" and target.scheme != "https":
        raise not_understood(host, what, "it leads from https to http")
    return without_login(target)
