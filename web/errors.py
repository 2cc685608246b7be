"""Failures as pages and as JSON: what happened, what to do, and nothing internal."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from auditor.domain.errors import (
    AuditorError,
    IndexFailureError,
    InvalidReferenceError,
    UnknownReferenceError,
    UsageError,
)
from auditor.domain.reference import ImageReference
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.shapes.problem import ProblemDocument
from web.browse_like import Site
from web.estimate_query import MOST_FILE_BYTES
from web.turns import BusyError
from web.uploads import INSTEAD, MOST_SENT_BYTES

_log = logging.getLogger(__name__)
_API = "/api/"
_PROBLEM = "application/problem+json"
RETRY_SECONDS = 60
_CALCULATOR = ("/calculator", "/api/v1/estimate")
_TOO_MUCH_TO_ESTIMATE = (
    f"More was sent than the {MOST_FILE_BYTES // 10**6} MB that are read.",
    "Send fewer or shorter files, or run `auditor estimate --from FILE`.",
)
_WAIT = {
    IndexFailureError: "A package index cannot be read now",
    BusyError: "Too much is estimated at once",
}
_SENTENCES = {
    HTTPStatus.NOT_FOUND: ("There is no such page.", "Start from the overview."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "This address can only be read.",
        "Send GET.",
    ),
    HTTPStatus.FORBIDDEN: (
        "This was not sent from a page of this dashboard.",
        "Open the page and press its button; a script sends the header Sec-Fetch-Site: same-origin.",
    ),
    HTTPStatus.MISDIRECTED_REQUEST: (
        "This dashboard is not known by the name it was called by.",
        "Call it by its address or as localhost; behind a proxy, set web.url to what people open.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        f"More was sent than the {MOST_SENT_BYTES // 1024 // 1024} MiB that are read.",
        f"{INSTEAD[:1].upper()}{INSTEAD[1:]}.",
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed request is told; `links` are (text, address or "")."""

    status: HTTPStatus
    title: str
    message: str
    next_step: str = ""
    links: tuple[tuple[str, str], ...] = ()
    retry_seconds: int | None = None


def register(app: Flask, site: Site) -> None:
    """Answer every exception with a page or a JSON document."""
    app.register_error_handler(AuditorError, lambda error: _expected(error, site))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _expected(error: AuditorError, site: Site) -> Response:
    if isinstance(error, UnknownReferenceError):
        registries = {view.registry for view in site.browse.registries()}
        links = tuple((text, _address(text, registries)) for text in error.candidates)
        return _answer(
            Failure(HTTPStatus.NOT_FOUND, "Not found", error.message, error.next_step, links)
        )
    if isinstance(error, UsageError):
        return _answer(
            Failure(
                HTTPStatus.BAD_REQUEST,
                "This address cannot be answered",
                error.message,
                error.next_step,
            )
        )
    _log.warning("page failed", extra={"error": str(error)})
    if type(error) in _WAIT:
        return _answer(
            Failure(
                HTTPStatus.SERVICE_UNAVAILABLE,
                _WAIT[type(error)],
                error.message,
                error.next_step or "Try again in a minute.",
                retry_seconds=RETRY_SECONDS,
            )
        )
    return _answer(
        Failure(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database cannot be read now",
            error.message,
            error.next_step or "Try again in a moment.",
        )
    )


def _address(candidate: str, registries: Collection[str]) -> str:
    """The page about a registry, repository or image; empty where the text names none."""
    if candidate in registries:
        return url_for("repositories.page", registry=candidate)
    try:
        reference = ImageReference.parse(candidate)
    except InvalidReferenceError:
        return ""
    registry, name = reference.registry or None, reference.repository
    ref = str(reference.digest or reference.tag)
    if ref:
        return url_for("image.page", registry=registry, name=name, ref=ref)
    return url_for("repository.page", registry=registry, name=name)


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    message, next_step = _SENTENCES.get(status, (f"{status.phrase}.", "Go back and try again."))
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE and request.path in _CALCULATOR:
        message, next_step = _TOO_MUCH_TO_ESTIMATE
    response = _answer(Failure(status, status.phrase, message, next_step))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _unexpected(_error: Exception) -> Response:
    incident = secrets.token_hex(4)
    _log.exception("page failed", extra={"incident": incident})
    return _answer(
        Failure(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "The page could not be made. Nothing was changed and no data were lost.",
            f"Reload the page. If it happens again, look for {incident} in the server's log.",
        )
    )


def _answer(failure: Failure) -> Response:
    if request.path.startswith(_API):
        response = jsonify(_document(failure))
        response.mimetype = _PROBLEM
    else:
        response = make_response(render_template("error.html", failure=failure))
    response.status_code = failure.status
    if failure.retry_seconds is not None:
        response.headers["Retry-After"] = str(failure.retry_seconds)
    return response


def _document(failure: Failure) -> ProblemDocument:
    """Source: RFC 9457; `about:blank` says that the status tells the kind."""
    return {
        "type": "about:blank",
        "title": failure.status.phrase,
        "status": int(failure.status),
        "detail": failure.message,
        "next_step": failure.next_step,
        "candidates": [text for text, _ in failure.links],
        "schema_version": SCHEMA_VERSION,
    }
