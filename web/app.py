"""The dashboard as a WSGI application: pages, JSON API, headers, error pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from auditor.reports.safe_text import visible
from web import caching, errors, filters, push, security, writing
from web.api import alerts as api_alerts
from web.api import anomalies as api_anomalies
from web.api import bases as api_bases
from web.api import budgets as api_budgets
from web.api import changes as api_changes
from web.api import diff as api_diff
from web.api import findings as api_findings
from web.api import rank as api_rank
from web.api import reconcile as api_reconcile
from web.api import schedules as api_schedules
from web.api import show as api_show
from web.browse_like import (
    BrowseLike,
    LedgerLike,
    OutlookLike,
    SchedulesLike,
    Site,
    UnsubscribingLike,
)
from web.pages import (
    alerts,
    anomalies,
    bases,
    budgets,
    changes,
    compare,
    costs,
    findings,
    image,
    monitoring,
    overview,
    reconcile,
    repositories,
    repository,
    schedules,
    unsubscribe,
)
from web.uploads import MOST_SENT_BYTES

_PAGES = (
    *(overview, repositories, findings, repository, image, compare, costs),
    *(bases, budgets, changes, anomalies, alerts, reconcile, monitoring, schedules),
)
_API = (
    *(api_rank, api_show, api_diff, api_findings, api_bases),
    *(api_changes, api_anomalies, api_budgets, api_alerts, api_reconcile, api_schedules),
)


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def create_app(
    browse: BrowseLike,
    ledger: LedgerLike,
    outlook: OutlookLike,
    scheduled: SchedulesLike,
    *,
    version: str,
    now: Callable[[], datetime] = utc_now,
    unsubscribing: UnsubscribingLike | None = None,
    pushes: push.PushLike | None = None,
) -> Flask:
    """Return the application; it keeps no state.

    It answers GET and HEAD. By POST, from its own pages only, it takes a list, which it reads
    and throws away, and asks for runs of schedules, pauses and resumes them; it lets whoever
    has a digest's signed link leave it, and `pushes` takes what registries say of pushes.
    `now` is passed in so that ages on pages can be tested.
    """
    app = Flask("web", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MOST_SENT_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = _harmless
    site = Site(browse, ledger, outlook, scheduled, version, now)
    filters.register(app, now)
    security.register(app)
    caching.register(app)
    errors.register(app, site)
    for module in (*_PAGES, *_API):
        app.register_blueprint(module.blueprint(site))
    app.register_blueprint(unsubscribe.blueprint(unsubscribing))
    if pushes is not None:
        app.register_blueprint(push.blueprint(pushes))
    # After what counts and times requests: those that are refused count too.
    writing.register(app)
    app.jinja_env.globals["kept_from"] = browse.kept_from
    app.context_processor(lambda: {"version": version})
    return app


def _harmless(value: object) -> object:
    """Write out characters that turn a line round or hide in it; HTML is escaped after this."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
