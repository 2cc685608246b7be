"""`/api/v1/anomalies`: what `auditor anomalies --format json` prints."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify

from auditor.domain.outlook import USUAL_GROWTH_DAYS, GrowthReport
from auditor.reports.anomaly_forms import anomaly_document
from auditor.reports.shapes.money import AnomaliesDocument
from web.api.described import REGISTRY, Operation, described, leading_on, number, rows, text
from web.browse_like import Site
from web.query import MOST_DAYS, Arguments, growth_query, limit_and_offset
from web.remembered import Remembered, state_of

MOST_ROWS = 1000
_ANOMALIES = Operation(
    "anomalies",
    "What grew out of the ordinary, and why",
    (AnomaliesDocument,),
    (
        REGISTRY,
        text("team", "Only this team's; `unowned` is nobody's."),
        number(
            "days", "How many days to judge.", least=1, most=MOST_DAYS, default=USUAL_GROWTH_DAYS
        ),
        *rows(MOST_ROWS),
    ),
    is_paged=True,
)


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS rows from `offset` on, `count` says how many there are."""
    api = Blueprint("api_anomalies", __name__)
    remembered: Remembered[GrowthReport] = Remembered()

    @described(api, "/api/v1/anomalies", _ANOMALIES)
    def anomalies(arguments: Arguments) -> Response:
        limit, offset = limit_and_offset(arguments, most_rows=MOST_ROWS)
        query = replace(growth_query(arguments), limit=limit, offset=offset)
        key = (query, state_of(site.browse, site.now()))
        report = remembered.get(key, lambda: site.outlook.anomalies(query))
        shown = offset + len(report.rows)
        response = jsonify(anomaly_document(report))
        return leading_on(response, arguments, shown=shown, matches=report.count)

    return api
