"""`/api/v1/findings`: what `auditor findings --format json` prints."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from auditor.domain.finding_views import FindingsPage
from auditor.reports.finding_forms import finding_document
from web.browse_like import Site
from web.findings_query import api_findings_query

MOST_ROWS = 1000
_KEPT = (
    *("by", "registry", "repository", "team", "rule", "q", "confidence"),
    *("min_saving", "limit"),
)


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS rows, then a `Link` to the next ones."""
    api = Blueprint("api_findings", __name__)

    @api.get("/api/v1/findings")
    def findings() -> Response:
        query = api_findings_query(request.args, most_rows=MOST_ROWS)
        page = site.browse.findings(query)
        response = jsonify(finding_document(page))
        if query.offset + len(page.rows) < page.matches:
            response.headers["Link"] = f'<{_next_address(page)}>; rel="next"'
        return response

    return api


def _next_address(page: FindingsPage) -> str:
    asked: dict[str, Any] = {name: request.args[name] for name in _KEPT if request.args.get(name)}
    offset = page.query.offset + len(page.rows)
    return url_for("api_findings.findings", offset=offset, **asked)
