"""`/api/v1/schedules`: what `auditor schedules --format json` prints, and a way to run one."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.schedules import Kind
from auditor.reports.schedule_forms import requested_document, schedules_document
from auditor.reports.shapes.service import RequestedDocument, SchedulesDocument
from web.api.described import Operation, Parameter, described, text
from web.browse_like import Site
from web.query import Arguments
from web.query import text as text_of

_RUNS = 20
_SCHEDULES = Operation("schedules", "What is done by itself, and when", (SchedulesDocument,))
_RUN = Operation(
    "run_schedule",
    "Ask for a run now; from this site's own pages only",
    (RequestedDocument,),
    (
        Parameter(
            "kind",
            "What to do.",
            {"type": "string", "enum": [kind.value for kind in Kind]},
            is_required=True,
            is_in_path=True,
        ),
        text("registry", "Only this registry; crawls only."),
    ),
    method="POST",
    status=202,
)


def blueprint(site: Site) -> Blueprint:
    """Return the routes."""
    api = Blueprint("api_schedules", __name__)

    @described(api, "/api/v1/schedules", _SCHEDULES)
    def schedules(_arguments: Arguments) -> Response:
        return jsonify(schedules_document(site.schedules.views(last_runs=_RUNS)))

    @described(api, "/api/v1/schedules/<kind>/run", _RUN)
    def run(arguments: Arguments, kind: str) -> Response:
        requested = site.schedules.request(kind, text_of(arguments, "registry"))
        response = jsonify(requested_document(requested))
        response.status_code = 202
        return response

    return api
