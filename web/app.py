"""The dashboard as a WSGI application: pages, JSON API, headers, error pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from auditor.reports.safe_text import visible
from web import caching, errors, filters, security
from web.api import changes, rank, show
from web.browse_like import BrowseLike, LedgerLike, Site
from web.pages import costs, image, overview, repositories, repository


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def create_app(
    browse: BrowseLike,
    ledger: LedgerLike,
    *,
    version: str,
    now: Callable[[], datetime] = utc_now,
) -> Flask:
    """Return the application; it answers GET and HEAD only and keeps no state.

    `now` is passed in so that ages on pages can be tested.
    """
    app = Flask("web", static_folder="static", template_folder="templates")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = _harmless
    site = Site(browse, ledger, version, now)
    filters.register(app, now)
    security.register(app)
    caching.register(app)
    errors.register(app, site)
    for module in (overview, repositories, repository, image, costs, rank, show, changes):
        app.register_blueprint(module.blueprint(site))
    app.jinja_env.globals["kept_from"] = browse.kept_from
    app.context_processor(lambda: {"version": version})
    return app


def _harmless(value: object) -> object:
    """Write out characters that turn a line round or hide in it; HTML is escaped after this."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
