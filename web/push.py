"""`POST /push/NAME`: registries say that something was pushed; they are heard and answered at once.

No session and no cookie is looked at: a sender proves itself by the source's own secret, so a
visitor's browser can do nothing here in that visitor's name.
"""

from __future__ import annotations

from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Protocol

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from auditor.domain.errors import StoreError
from auditor.domain.hints import PushAnswer, PushRequest

MOST_BODY_BYTES = 1024 * 1024
_AT_ONCE = 4
"""Of the server's threads, so that pages go on being served while a database is busy."""
_TRY_AGAIN_SECONDS = 5


class PushLike(Protocol):
    """Takes events: auditor.usecases.take_hints.PushReceiver."""

    def receive(self, name: str, request: PushRequest) -> PushAnswer:
        """Answer an event of the source of this name; raises StoreError."""
        ...


def blueprint(receiver: PushLike) -> Blueprint:
    """Return the route of all sources."""
    pages = Blueprint("push", __name__)
    room = BoundedSemaphore(_AT_ONCE)

    @pages.post("/push/<name>")
    def receive(name: str) -> Response:
        request.max_content_length = MOST_BODY_BYTES
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge:
            return _answer(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MOST_BODY_BYTES} bytes"
            )
        if not room.acquire(blocking=False):
            return _busy()
        try:
            answer = receiver.receive(name, _request(body))
        except StoreError:
            return _busy()
        finally:
            room.release()
        return _answer(HTTPStatus(answer.status), answer.text, answer.hints)

    return pages


def _request(body: bytes) -> PushRequest:
    headers = {key.lower(): value for key, value in request.headers.items()}
    return PushRequest(headers, request.args.get("token", ""), body)


def _busy() -> Response:
    response = _answer(HTTPStatus.SERVICE_UNAVAILABLE, "busy; send it again")
    response.headers["Retry-After"] = str(_TRY_AGAIN_SECONDS)
    return response


def _answer(status: HTTPStatus, text: str, hints: int = 0) -> Response:
    response = jsonify({"message": text, "hints": hints})
    response.status_code = status
    if status is HTTPStatus.UNAUTHORIZED:
        # Some registries offer their password only after they were asked for it.
        response.headers["WWW-Authenticate"] = 'Basic realm="push", Bearer realm="push"'
    return response
