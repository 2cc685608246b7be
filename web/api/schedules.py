"""`/api/v1/schedules`: what `auditor schedules --format json` prints, and a way to run one."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from auditor.reports.schedule_forms import requested_document, schedules_document
from web.browse_like import Site

_RUNS = 20


def blueprint(site: Site) -> Blueprint:
    """Return the routes."""
    api = Blueprint("api_schedules", __name__)

    @api.get("/api/v1/schedules")
    def schedules() -> Response:
        return jsonify(schedules_document(site.schedules.views(last_runs=_RUNS)))

    @api.post("/api/v1/schedules/<kind>/run")
    def run(kind: str) -> Response:
        requested = site.schedules.request(kind, request.values.get("registry", ""))
        response = jsonify(requested_document(requested))
        response.status_code = 202
        return response

    return api
