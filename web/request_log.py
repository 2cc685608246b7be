"""Every request has an identifier: in its answer, and in each line that is logged about it."""

from __future__ import annotations

import logging
import re
import secrets
import time
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ASKED_ALL_THE_TIME = ("monitoring.", "static")
_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Name requests as a proxy did, else by chance, and log what was answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    g.asked_at = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    is_failure = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_routine = (request.endpoint or "").startswith(_ASKED_ALL_THE_TIME) and not is_failure
    answered = {
        "method": request.method,
        "path": request.path,
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "seconds": round(time.perf_counter() - g.asked_at, 4),
        "answer_bytes": response.content_length,
        "client": request.remote_addr,
    }
    _log.log(logging.DEBUG if is_routine else logging.INFO, "request answered", extra=answered)
    return response
