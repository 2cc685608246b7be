"""`/api/v1/anomalies`: what `auditor anomalies --format json` prints."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from auditor.domain.outlook import GrowthReport
from auditor.reports.anomaly_forms import anomaly_document
from web.browse_like import Site
from web.query import growth_query, limit_and_offset
from web.remembered import Remembered, state_of

MOST_ROWS = 1000


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS rows from `offset` on, `count` says how many there are."""
    api = Blueprint("api_anomalies", __name__)
    remembered: Remembered[GrowthReport] = Remembered()

    @api.get("/api/v1/anomalies")
    def anomalies() -> Response:
        limit, offset = limit_and_offset(request.args, most_rows=MOST_ROWS)
        query = replace(growth_query(request.args), limit=limit, offset=offset)
        key = (query, state_of(site.browse, site.now()))
        report = remembered.get(key, lambda: site.outlook.anomalies(query))
        return jsonify(anomaly_document(report))

    return api
