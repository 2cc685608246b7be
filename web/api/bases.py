"""`/api/v1/bases`: what `auditor bases --format json` prints, of all bases or of one."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.base_views import BasesBy
from auditor.reports.base_forms import bases_document, plan_document
from auditor.reports.shapes.comparisons import BasePlanDocument, BasesDocument
from web.api.described import (
    REGISTRY,
    Operation,
    Parameter,
    choice,
    described,
    leading_on,
    rows,
    text,
)
from web.bases_query import api_bases_query
from web.browse_like import Site
from web.query import Arguments
from web.query import text as text_of

MOST_ROWS = 1000
_BASES = Operation(
    "bases",
    "On which bases images are built, and what moving away frees",
    (BasesDocument,),
    (
        choice("by", "What to sort by.", BasesBy, BasesBy.FREED),
        REGISTRY,
        text("q", "Only bases with this in their name."),
        *rows(MOST_ROWS),
    ),
    is_paged=True,
)
_PLAN = Operation(
    "base_plan",
    "In which order repositories leave one base",
    (BasePlanDocument,),
    (
        Parameter(
            "base", "Its name, or its id.", {"type": "string"}, is_required=True, is_in_path=True
        ),
        REGISTRY,
        text("to", "Another base than the slimmest."),
    ),
)


def blueprint(site: Site) -> Blueprint:
    """Return the routes; a list has at most MOST_ROWS rows, then a `Link` to the next ones."""
    api = Blueprint("api_bases", __name__)

    @described(api, "/api/v1/bases", _BASES)
    def bases(arguments: Arguments) -> Response:
        query = api_bases_query(arguments, most_rows=MOST_ROWS)
        page = site.browse.bases(query)
        shown = query.offset + len(page.rows)
        response = jsonify(bases_document(page))
        return leading_on(response, arguments, shown=shown, matches=page.matches)

    @described(api, "/api/v1/bases/<path:base>", _PLAN)
    def plan(arguments: Arguments, base: str) -> Response:
        registry, to = text_of(arguments, "registry"), text_of(arguments, "to")
        return jsonify(plan_document(site.browse.base_plan(base, registry, to, is_whole=True)))

    return api
