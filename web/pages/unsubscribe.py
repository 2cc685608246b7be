"""`/unsubscribe`: leaving a digest by its signed link, without cookie or sign-in.

GET only asks: programs that look at mails open every link. POST does it, also for mail programs
that send it by themselves; who may is known by the signature alone.
Source: RFC 8058, sections 3.1 and 3.2.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from web.browse_like import LeavingLike, UnsubscribingLike


def blueprint(unsubscribing: UnsubscribingLike | None) -> Blueprint:
    """Return the two routes; 404 where nobody can leave, as without a key."""
    pages = Blueprint("unsubscribe", __name__)

    @pages.get("/unsubscribe")
    def page() -> str:
        found = _known(unsubscribing).read(_token())
        return _rendered(found, is_done=False)

    @pages.post("/unsubscribe")
    def leave() -> str:
        found = _known(unsubscribing).leave(_token())
        return _rendered(found, is_done=True)

    return pages


def _rendered(found: LeavingLike, *, is_done: bool) -> str:
    return render_template(
        "unsubscribe.html",
        recipient=found.recipient,
        audience=found.audience,
        token=_token(),
        is_done=is_done,
    )


def _known(unsubscribing: UnsubscribingLike | None) -> UnsubscribingLike:
    if unsubscribing is None:
        abort(404)
    return unsubscribing


def _token() -> str:
    return request.args.get("token", "")
