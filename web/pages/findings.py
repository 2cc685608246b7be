"""`/findings`: what to change first, and what it saves; its whole state is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Response, render_template, request, url_for

from auditor.domain.finding_views import FindingsBy
from auditor.domain.findings import Confidence
from auditor.reports.finding_forms import finding_lines
from auditor.reports.finding_words import asked_words, waiting_words
from web.banners import banners_for
from web.browse_like import Site
from web.csv_answers import csv_response
from web.findings_query import FindingsState, findings_state
from web.query import PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: its value in the address, its name, and what it means."""

    by: FindingsBy
    label: str
    meaning: str


ORDERS = (
    Order(
        FindingsBy.PRIORITY,
        "what matters most",
        "what a pull saves, weighed by size, pulls and releases",
    ),
    Order(FindingsBy.PULL, "what a pull saves", "what a node that has nothing yet downloads less"),
    Order(FindingsBy.STORED, "what the registry saves", "what leaves the registry"),
)
CONFIDENCES = (
    (Confidence.LOW, "any, hints too"),
    (Confidence.MEDIUM, "medium or high"),
    (Confidence.HIGH, "high only"),
)


def blueprint(site: Site) -> Blueprint:
    """Return the routes of the list and of its CSV."""
    pages = Blueprint("findings", __name__)

    @pages.get("/findings")
    def page() -> str:
        state = findings_state(request.args)
        found = site.browse.findings(state.query)
        crawls = site.browse.registries()
        return render_template(
            "findings.html",
            found=found,
            state=state,
            orders=ORDERS,
            order=next(order for order in ORDERS if order.by is state.query.by),
            confidences=CONFIDENCES,
            asked=asked_words(found),
            waiting=waiting_words(found),
            last_page=max(1, -(-found.matches // PAGE_ROWS)),
            address=lambda **changes: _address(state, **changes),
            csv_address=_address(replace(state, page=1), "findings.csv"),
            registries=tuple(crawl.registry for crawl in crawls),
            banners=banners_for(crawls, now=site.now()),
        )

    @pages.get("/findings.csv")
    def csv() -> Response:
        query = replace(findings_state(request.args).query, limit=None, offset=0)
        return csv_response(site.browse.iterate_findings(query), finding_lines, "findings.csv")

    return pages


def _address(state: FindingsState, endpoint: str = "findings.page", /, **changes: str | int) -> str:
    return url_for(endpoint, **state.arguments(**changes))
