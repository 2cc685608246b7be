"""`/api/v1/alerts`: what `auditor alerts --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.alerts import AlertState
from auditor.reports.alert_forms import alerts_document
from auditor.reports.shapes.service import AlertsDocument
from web.alerts_query import alerts_query
from web.api.described import Operation, choice, described, leading_on, rows, text
from web.browse_like import Site
from web.query import Arguments, limit_and_offset

MOST_ROWS = 1000
_ALERTS = Operation(
    "alerts",
    "What is wrong by the rules of the settings",
    (AlertsDocument,),
    (
        choice("state", "Only those that hold, or that are over.", AlertState, None),
        text("rule", "Only of this rule."),
        *rows(MOST_ROWS),
    ),
    is_paged=True,
)


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS events from `offset` on, then a `Link`."""
    api = Blueprint("api_alerts", __name__)

    @described(api, "/api/v1/alerts", _ALERTS)
    def alerts(arguments: Arguments) -> Response:
        limit, offset = limit_and_offset(arguments, most_rows=MOST_ROWS)
        query = alerts_query(arguments, limit=limit, offset=offset)
        page = site.outlook.alerts(query)
        shown = offset + len(page.events)
        response = jsonify(alerts_document(page))
        return leading_on(response, arguments, shown=shown, matches=page.matches)

    return api
