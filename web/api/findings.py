"""`/api/v1/findings`: what `auditor findings --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.finding_views import FindingsBy
from auditor.domain.findings import Confidence
from auditor.reports.finding_forms import finding_document
from auditor.reports.shapes.findings import FindingsDocument
from web.api.described import REGISTRY, Operation, choice, described, leading_on, rows, text
from web.browse_like import Site
from web.findings_query import api_findings_query
from web.query import Arguments

MOST_ROWS = 1000
_FINDINGS = Operation(
    "findings",
    "What to change, biggest saving first",
    (FindingsDocument,),
    (
        choice("by", "What to sort by.", FindingsBy, FindingsBy.PRIORITY),
        REGISTRY,
        text("repository", "Only this repository."),
        text("team", "Only this team's; `unowned` is nobody's."),
        text("rule", "Only of this rule."),
        text("q", "Only repositories with this in their name."),
        choice("confidence", "At least this sure.", Confidence, Confidence.LOW),
        text("min_saving", "At least so much, such as 10MB."),
        *rows(MOST_ROWS),
    ),
    is_paged=True,
)


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS rows, then a `Link` to the next ones."""
    api = Blueprint("api_findings", __name__)

    @described(api, "/api/v1/findings", _FINDINGS)
    def findings(arguments: Arguments) -> Response:
        query = api_findings_query(arguments, most_rows=MOST_ROWS)
        page = site.browse.findings(query)
        shown = query.offset + len(page.rows)
        response = jsonify(finding_document(page))
        return leading_on(response, arguments, shown=shown, matches=page.matches)

    return api
