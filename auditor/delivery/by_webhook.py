"""One POST to an address of the user's, and an honest word on what became of it.

The address is a secret: it is in no error and no log. Nothing is followed, little is read of
the answer, and the whole takes no longer than a deadline.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import IO, Literal

from auditor.domain.text import clean_line

Outcome = Literal["sent", "refused", "later"]
MOST_READ_BYTES = 4 * 1024
MOST_WAIT_SECONDS = 3600.0
_SIGNING_KEY = "whsec_"
# Answers such as Slack's `no_service`; anything longer may repeat the address.
_WORD = re.compile(rb"[a-z_]{2,40}")
_TRY_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_ABOVE_OK = 300
_ERROR_OF_SERVER = 500


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a POST.

    `sent`: taken (2xx). `refused`: it never will be. `later`: not now, or nobody knows; the
    same again does no harm. `wait_seconds`: how long it asked us to wait, at most an hour.
    """

    outcome: Outcome
    detail: str
    wait_seconds: float | None = None


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers by which a receiver knows who sent this, what and when.

    `secret` is `whsec_` and the key in base64. Raises ValueError for any other.
    Source: standard-webhooks, spec/standard-webhooks.md, "Signature scheme".
    """
    key = base64.b64decode(secret.removeprefix(_SIGNING_KEY), validate=True)
    timestamp = str(int(at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


def send_webhook(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: float
) -> Delivered:
    """POST JSON and return what became of it; no trouble raises an exception.

    Proxies are those of the environment. No redirect is followed: the body may hold what only
    the given host is to see.
    """
    call = _Call(url, body, headers, timeout_seconds)
    # A thread, because a server that sends a byte now and then outlasts every socket timeout.
    worker = threading.Thread(target=call.run, daemon=True)
    worker.start()
    worker.join(timeout_seconds)
    return call.result or Delivered("later", f"no answer within {timeout_seconds:g} seconds")


@dataclass(slots=True)
class _Call:
    url: str
    body: bytes
    headers: Mapping[str, str]
    timeout_seconds: float
    result: Delivered | None = field(default=None)

    def run(self) -> None:
        try:
            self.result = self._answer()
        except (OSError, HTTPException, ValueError) as error:
            self.result = Delivered("later", _reason(error))

    def _answer(self) -> Delivered:
        request = urllib.request.Request(  # noqa: S310 - settings take http and https alone
            self.url,
            data=self.body,
            method="POST",
            headers={
                "content-type": "application/json",
                "user-agent": "registry-auditor",
                **self.headers,
            },
        )
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.timeout_seconds) as response:
                return _judged(response.status, response.headers, response)
        except urllib.error.HTTPError as error:
            with error:
                return _judged(error.code, error.headers, error)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Follow none: the answer becomes an error with its status."""
        del req, fp, code, msg, headers, newurl


def _judged(
    status: int, headers: Message, answer: HTTPResponse | urllib.error.HTTPError
) -> Delivered:
    word = answer.read(MOST_READ_BYTES).strip()
    said = f"{status} {word.decode()}" if _WORD.fullmatch(word) else str(status)
    if status < _ABOVE_OK:
        return Delivered("sent", said)
    if status in _TRY_AGAIN or status >= _ERROR_OF_SERVER:
        return Delivered("later", f"answered {said}", _wait_seconds(headers))
    if status < HTTPStatus.BAD_REQUEST:
        return Delivered("refused", f"answered {said}: write the address it redirects to")
    return Delivered("refused", f"answered {said}")


def _wait_seconds(headers: Message) -> float | None:
    """What `Retry-After` says, as seconds or as a date; between nothing and an hour."""
    text = str(headers.get("retry-after", "")).strip()
    if re.fullmatch(r"\d{1,12}", text, re.ASCII):
        return min(float(text), MOST_WAIT_SECONDS)
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), MOST_WAIT_SECONDS)


def _reason(error: Exception) -> str:
    """What went wrong, without the address: only words that cannot hold any of it."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return clean_line(f"its certificate is not valid: {cause.verify_message}")
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return clean_line(f"no connection: {cause.strerror}")
    return f"no usable answer: {type(cause).__name__}"
