"""The dashboard as a WSGI application: pages, JSON API, headers, error pages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from auditor.domain.estimates import EstimateRequest
from auditor.reports.safe_text import visible
from web import caching, errors, filters, hosts, push, request_log, security, writing
from web.api import alerts as api_alerts
from web.api import anomalies as api_anomalies
from web.api import bases as api_bases
from web.api import budgets as api_budgets
from web.api import changes as api_changes
from web.api import costs as api_costs
from web.api import diff as api_diff
from web.api import estimate as api_estimate
from web.api import findings as api_findings
from web.api import openapi as api_openapi
from web.api import rank as api_rank
from web.api import reconcile as api_reconcile
from web.api import registries as api_registries
from web.api import schedules as api_schedules
from web.api import show as api_show
from web.browse_like import (
    BrowseLike,
    CalculatorLike,
    LedgerLike,
    OutlookLike,
    SchedulesLike,
    Site,
    UnsubscribingLike,
)
from web.metrics import ReadMetrics
from web.pages import (
    alerts,
    anomalies,
    api,
    bases,
    budgets,
    calculator,
    changes,
    compare,
    costs,
    crawls,
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
from web.turns import InTurns
from web.uploads import MOST_SENT_BYTES

_PAGES = (
    *(overview, repositories, findings, repository, image, compare, costs),
    *(bases, budgets, changes, anomalies, alerts, reconcile, crawls, api, schedules),
    calculator,
)
_API = (
    *(api_rank, api_show, api_diff, api_findings, api_bases),
    *(api_changes, api_anomalies, api_budgets, api_alerts, api_reconcile, api_schedules),
    *(api_costs, api_registries, api_estimate, api_openapi),
)


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def create_app(  # noqa: PLR0913 - everything that pages are made of
    browse: BrowseLike,
    ledger: LedgerLike,
    outlook: OutlookLike,
    scheduled: SchedulesLike,
    calculating: CalculatorLike,
    *,
    version: str,
    now: Callable[[], datetime] = utc_now,
    unsubscribing: UnsubscribingLike | None = None,
    read_metrics: ReadMetrics | None = None,
    pushes: push.PushLike | None = None,
    usual_estimate: EstimateRequest | None = None,
    host_names: Collection[str] | None = None,
) -> Flask:
    """Return the application; it keeps no state.

    It answers GET and HEAD. By POST, from its own pages only, it takes lists and files, which it
    reads and throws away, and asks for runs of schedules, pauses and resumes them; it lets whoever
    has a digest's signed link leave it, and `pushes` takes what registries say of pushes.
    `now` is passed in so that ages on pages can be tested. `read_metrics`: what `/metrics`
    tells of the database; of registries only without it. `host_names`: under which it may be
    called beside addresses and localhost; None for any.
    """
    app = Flask("web", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MOST_SENT_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = _harmless
    usual = usual_estimate or EstimateRequest()
    turns = InTurns(calculating)
    site = Site(browse, ledger, outlook, scheduled, turns, version, now, usual)
    request_log.register(app)
    filters.register(app, now)
    security.register(app)
    caching.register(app)
    errors.register(app, site)
    for module in (*_PAGES, *_API):
        app.register_blueprint(module.blueprint(site))
    app.register_blueprint(unsubscribe.blueprint(unsubscribing))
    app.register_blueprint(monitoring.blueprint(site, read_metrics))
    if pushes is not None:
        app.register_blueprint(push.blueprint(pushes))
    # After what counts and times requests: those that are refused count too.
    hosts.register(app, host_names)
    writing.register(app)
    app.jinja_env.globals["kept_from"] = browse.kept_from
    app.context_processor(lambda: {"version": version})
    return app


def _harmless(value: object) -> object:
    """Write out characters that turn a line round or hide in it; HTML is escaped after this."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
