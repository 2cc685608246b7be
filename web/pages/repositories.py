"""`/repositories`: which repositories are biggest; its whole state is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from flask import Blueprint, Response, make_response, render_template, request, url_for

from auditor.domain.exactness import Exactness, combine
from auditor.domain.views import RankBy, Ranking
from auditor.reports.as_csv import ranking_lines
from web.banners import banners_for
from web.browse_like import Site
from web.csv_answers import csv_response
from web.query import PAGE_ROWS, RankingState, default_direction, ranking_state

_HTMX = "HX-Request"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: what it sorts by, its label, and what the label means."""

    by: RankBy
    label: str
    meaning: str


COLUMNS = (
    Column(RankBy.NAME, "Repository", "Name in its registry"),
    Column(RankBy.SIZE, "Image size", "What a cold node downloads for the newest tagged image"),
    Column(RankBy.STORED, "Stored", "What the registry keeps for it, each blob once"),
    Column(RankBy.EXCLUSIVE, "Exclusive", "If deleted you get this back"),
    Column(RankBy.FAIR_SHARE, "Fair share", "What it is charged: shared blobs split equally"),
    Column(RankBy.COST, "Cost / month", "Fair share times the price of storage"),
    Column(RankBy.GROWTH, "30 days", "Change of stored bytes in the last 30 days"),
    Column(RankBy.TAGS, "Tags", "Every listed tag"),
    Column(
        RankBy.POTENTIAL,
        "Potential",
        "What could be saved: in a pull of its newest image, and in the registry",
    ),
)


@dataclass(frozen=True, slots=True)
class Header:
    """A column's head: where its link leads and how the table is sorted now.

    `aria_sort` is ascending, descending or empty.
    """

    column: Column
    address: str
    aria_sort: str


@dataclass(frozen=True, slots=True)
class PageSum:
    """Sums over the rows of one page; only figures that may be added are here."""

    exactness: Exactness
    exclusive_bytes: int
    fair_share_bytes: int
    monthly_cost: Decimal | None
    currency: str


def blueprint(site: Site) -> Blueprint:
    """Return the routes of the table and of its CSV."""
    pages = Blueprint("repositories", __name__)

    @pages.get("/repositories")
    def page() -> Response:
        state = ranking_state(request.args, now=site.now())
        ranking = site.browse.rank(state.query)
        crawls = site.browse.registries()
        response = make_response(
            render_template(
                "repositories.html",
                ranking=ranking,
                state=state,
                headers=headers(state),
                sums=page_sum(ranking),
                last_page=max(1, -(-ranking.matches // PAGE_ROWS)),
                address=lambda **changes: _address(state, **changes),
                csv_address=_address(replace(state, page=1), "repositories.csv"),
                registries=tuple(crawl.registry for crawl in crawls),
                banners=banners_for(crawls, now=site.now()),
            )
        )
        if _HTMX in request.headers:
            # A form sends its empty fields too; the address bar gets the short form.
            response.headers["HX-Push-Url"] = _address(state)
        return response

    @pages.get("/repositories.csv")
    def csv() -> Response:
        query = replace(ranking_state(request.args, now=site.now()).query, limit=None, offset=0)
        return csv_response(site.browse.iterate_rank(query), ranking_lines, "repositories.csv")

    return pages


def headers(state: RankingState) -> tuple[Header, ...]:
    """One head per column; the sorted one's link turns the direction round."""
    return tuple(_header(state, column) for column in COLUMNS)


def _header(state: RankingState, column: Column) -> Header:
    is_sorted = column.by is state.query.by
    direction = default_direction(column.by)
    aria_sort = ""
    if is_sorted:
        direction = "desc" if state.query.ascending else "asc"
        aria_sort = "ascending" if state.query.ascending else "descending"
    changes: dict[str, str | int] = {"sort": column.by.value, "dir": direction, "page": 1}
    return Header(column, _address(state, **changes), aria_sort)


def page_sum(ranking: Ranking) -> PageSum:
    """Sum what adds up; cost is None over several currencies."""
    rows = ranking.rows
    currencies = {row.currency for row in rows} or {ranking.totals.currency}
    is_one = len(currencies) == 1
    return PageSum(
        exactness=combine(row.sizes.sharing_exactness for row in rows),
        exclusive_bytes=sum(row.sizes.exclusive_bytes for row in rows),
        fair_share_bytes=sum(row.sizes.fair_share_bytes for row in rows),
        monthly_cost=sum((row.monthly_cost for row in rows), Decimal()) if is_one else None,
        currency=min(currencies),
    )


def _address(
    state: RankingState, endpoint: str = "repositories.page", /, **changes: str | int
) -> str:
    return url_for(endpoint, **state.arguments(**changes))
