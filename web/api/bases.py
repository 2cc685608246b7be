"""`/api/v1/bases`: what `auditor bases --format json` prints, of all bases or of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from auditor.domain.base_views import BasesPage
from auditor.reports.base_forms import bases_document, plan_document
from web.bases_query import api_bases_query
from web.browse_like import Site
from web.query import text

MOST_ROWS = 1000
_KEPT = ("by", "registry", "q", "limit")


def blueprint(site: Site) -> Blueprint:
    """Return the routes; a list has at most MOST_ROWS rows, then a `Link` to the next ones."""
    api = Blueprint("api_bases", __name__)

    @api.get("/api/v1/bases")
    def bases() -> Response:
        query = api_bases_query(request.args, most_rows=MOST_ROWS)
        page = site.browse.bases(query)
        response = jsonify(bases_document(page))
        if query.offset + len(page.rows) < page.matches:
            response.headers["Link"] = f'<{_next_address(page)}>; rel="next"'
        return response

    @api.get("/api/v1/bases/<path:base>")
    def plan(base: str) -> Response:
        registry, to = text(request.args, "registry"), text(request.args, "to")
        return jsonify(plan_document(site.browse.base_plan(base, registry, to, is_whole=True)))

    return api


def _next_address(page: BasesPage) -> str:
    asked: dict[str, Any] = {name: request.args[name] for name in _KEPT if request.args.get(name)}
    return url_for("api_bases.bases", offset=page.query.offset + len(page.rows), **asked)
