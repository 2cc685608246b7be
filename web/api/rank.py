"""`/api/v1/rank`: what `auditor rank --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, url_for

from auditor.domain.views import RankBy, Ranking, RankQuery
from auditor.reports.as_json import ranking_document
from auditor.reports.shapes.places import RankingDocument
from web.api.described import REGISTRY, Operation, Parameter, choice, date, described, rows, text
from web.browse_like import Site
from web.query import Arguments, api_rank_query, default_direction

MOST_ROWS = 1000
_RANK = Operation(
    "rank",
    "Which repositories are big, and what they cost",
    (RankingDocument,),
    (
        choice("by", "What to sort by.", RankBy, RankBy.SIZE),
        Parameter(
            "dir",
            "Ascending or descending; the largest first, names from A.",
            {"type": "string", "enum": ["asc", "desc"]},
        ),
        REGISTRY,
        text("q", "Only repositories with this in their name."),
        *rows(MOST_ROWS),
        date("at", "As it was then."),
    ),
    is_paged=True,
)


def blueprint(site: Site) -> Blueprint:
    """Return the route; at most MOST_ROWS rows, then a `Link` to the next ones."""
    api = Blueprint("api_rank", __name__)

    @described(api, "/api/v1/rank", _RANK)
    def rank(arguments: Arguments) -> Response:
        query = api_rank_query(arguments, most_rows=MOST_ROWS, now=site.now())
        ranking = site.browse.rank(query)
        response = jsonify(ranking_document(ranking))
        if query.offset + len(ranking.rows) < ranking.matches:
            address = _next_address(query, ranking, arguments.get("at"))
            response.headers["Link"] = f'<{address}>; rel="next"'
        return response

    return api


def _next_address(query: RankQuery, ranking: Ranking, at: str | None) -> str:
    direction = "asc" if query.ascending else "desc"
    return url_for(
        "api_rank.rank",
        by=query.by.value,
        dir=direction if direction != default_direction(query.by) else None,
        registry=query.registry or None,
        q=query.text or None,
        limit=query.limit if query.limit != MOST_ROWS else None,
        at=at,
        offset=query.offset + len(ranking.rows),
    )
