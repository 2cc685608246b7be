"""`/anomalies`: what grew as it never does, whose it is and what came that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for

from auditor.domain.outlook import USUAL_GROWTH_DAYS, GrowthQuery, GrowthReport, UnusualGrowth
from auditor.reports.as_text.anomalies import RULE, reason_texts, usual_text
from web.banners import banners_for
from web.browse_like import Site
from web.query import PAGE_ROWS, growth_query, page_number
from web.remembered import Remembered, state_of

DAYS = (7, 30, 90, 365)
_DAY = timedelta(days=1)


def blueprint(site: Site) -> Blueprint:
    """Return the route of the list."""
    pages = Blueprint("anomalies", __name__)
    remembered: Remembered[GrowthReport] = Remembered()

    @pages.get("/anomalies")
    def page() -> str:
        number = page_number(request.args)
        query = replace(
            growth_query(request.args), limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS
        )
        state = state_of(site.browse, site.now())
        report = remembered.get((query, state), lambda: site.outlook.anomalies(query))
        crawls = site.browse.registries()
        return render_template(
            "anomalies.html",
            report=report,
            query=query,
            rule=RULE,
            reasons=reason_texts,
            usual=usual_text,
            days=sorted({*DAYS, query.days}),
            registries=tuple(crawl.registry for crawl in crawls),
            page=number,
            last_page=max(1, -(-report.count // PAGE_ROWS)),
            address=lambda **changes: _address(query, changes),
            why=why_address,
            banners=banners_for(crawls, now=site.now()),
        )

    return pages


def why_address(growth: UnusualGrowth) -> str:
    """The page that explains that day, part by part."""
    parts: dict[str, Any] = {
        "registry": growth.registry,
        "from": (growth.day - _DAY).isoformat(),
        "to": growth.day.isoformat(),
    }
    if growth.repository:
        return url_for("repository.page", name=growth.repository, **parts, _anchor="changed")
    return url_for("changes.page", **parts)


def _address(query: GrowthQuery, changes: dict[str, Any]) -> str:
    parts: dict[str, Any] = {
        "registry": query.registry or None,
        "team": query.team or None,
        "days": query.days if query.days != USUAL_GROWTH_DAYS else None,
    }
    return url_for("anomalies.page", **(parts | changes))
