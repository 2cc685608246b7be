"""`/api/v1/alerts`: what `auditor alerts --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from auditor.reports.alert_forms import alerts_document
from web.alerts_query import alerts_query
from web.browse_like import Site
from web.query import limit_and_offset

MOST_ROWS = 1000


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS events from `offset` on."""
    api = Blueprint("api_alerts", __name__)

    @api.get("/api/v1/alerts")
    def alerts() -> Response:
        limit, offset = limit_and_offset(request.args, most_rows=MOST_ROWS)
        query = alerts_query(request.args, limit=limit, offset=offset)
        return jsonify(alerts_document(site.outlook.alerts(query)))

    return api
