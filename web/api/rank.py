"""`/api/v1/rank`: what `auditor rank --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.domain.views import RankBy
from auditor.reports.as_json import ranking_document
from auditor.reports.shapes.places import RankingDocument
from web.api.described import (
    REGISTRY,
    Operation,
    Parameter,
    choice,
    date,
    described,
    leading_on,
    rows,
    text,
)
from web.browse_like import Site
from web.query import Arguments, api_rank_query

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
        shown = query.offset + len(ranking.rows)
        response = jsonify(ranking_document(ranking))
        return leading_on(response, arguments, shown=shown, matches=ranking.matches)

    return api
