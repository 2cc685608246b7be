"""The guard of every request that may change something: it comes from our own pages, or not at all.

A browser says where a request was made: Fetch Metadata's `Sec-Fetch-Site`, and `Origin` on every
POST. A page of somebody else's can set neither. What says nothing is refused as well.
Source: OWASP, Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata headers".
"""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import urlsplit

from flask import Flask, abort, request

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# `none`: somebody did it without any page, as by loading a page that was sent again.
_OURS = frozenset({"same-origin", "none"})
EXEMPT = MappingProxyType(
    {
        "unsubscribe.leave": "the signed token of a mail's link; mail programs send it (RFC 8058)",
        "push.receive": "the signature or secret of each source; registries send it",
    }
)
"""Endpoints that others are to send to, and how each knows its senders instead."""


def register(app: Flask) -> None:
    """Refuse with 403 what writes and does not come from this site's own pages."""

    @app.before_request
    def refuse_what_comes_from_elsewhere() -> None:
        if request.method in READS or request.endpoint in EXEMPT:
            return
        if not is_from_here():
            abort(403)


def is_from_here() -> bool:
    """Whether the request says that a page of this site made it."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OURS
    # The scheme is left out: a proxy in front of us may have taken TLS off.
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.host
