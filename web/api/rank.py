"""`/api/v1/rank`: what `auditor rank --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for

from auditor.domain.views import Ranking, RankQuery
from auditor.reports.as_json import ranking_document
from web.browse_like import Site
from web.query import api_rank_query, default_direction

MOST_ROWS = 1000


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS rows, then a `Link` to the next ones."""
    api = Blueprint("api_rank", __name__)

    @api.get("/api/v1/rank")
    def rank() -> Response:
        query = api_rank_query(request.args, most_rows=MOST_ROWS, now=site.now())
        ranking = site.browse.rank(query)
        response = jsonify(ranking_document(ranking))
        if query.offset + len(ranking.rows) < ranking.matches:
            response.headers["Link"] = f'<{_next_address(query, ranking)}>; rel="next"'
        return response

    return api


def _next_address(query: RankQuery, ranking: Ranking) -> str:
    direction = "asc" if query.ascending else "desc"
    return url_for(
        "api_rank.rank",
        by=query.by.value,
        dir=direction if direction != default_direction(query.by) else None,
        registry=query.registry or None,
        q=query.text or None,
        limit=query.limit if query.limit != MOST_ROWS else None,
        at=request.args.get("at"),
        offset=query.offset + len(ranking.rows),
    )
