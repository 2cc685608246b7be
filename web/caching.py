"""What browsers may keep: pages are asked for again each time, static files are kept."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

_STATIC = Path(__file__).parent / "static"
_KEEP = "public, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


def register(app: Flask) -> None:
    """Version static URLs by content, and answer repeated page views with 304."""
    app.url_defaults(_add_version)
    app.after_request(_add_cache_headers)


@cache
def static_version(filename: str) -> str:
    """The start of the file's SHA-256, or empty where there is no such file."""
    path = _STATIC / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values["v"] = static_version(values["filename"])


def _add_cache_headers(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code < HTTPStatus.BAD_REQUEST:
        filename = (request.view_args or {}).get("filename", "")
        is_current = request.args.get("v") == static_version(filename)
        response.headers["Cache-Control"] = _KEEP if is_current else "no-cache"
        return response
    response.headers["Cache-Control"] = _ASK_AGAIN
    if response.status_code == HTTPStatus.OK and not response.is_streamed:
        response.add_etag()
        response.make_conditional(request)
    return response
