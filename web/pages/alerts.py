"""`/alerts`: what the rules warn of, what they warned of, and whether anybody hears it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from auditor.domain.alerts import AlertEvent, AlertKind, AlertsQuery, AlertState
from web.alerts_query import alerts_query
from web.banners import banners_for
from web.browse_like import Site
from web.query import PAGE_ROWS, page_number

WORDS = {AlertState.FIRING: "Going on", AlertState.RESOLVED: "Over"}


def blueprint(site: Site) -> Blueprint:
    """Return the route of the list."""
    pages = Blueprint("alerts", __name__)

    @pages.get("/alerts")
    def page() -> str:
        number = page_number(request.args)
        query = alerts_query(request.args, limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS)
        found = site.outlook.alerts(query)
        return render_template(
            "alerts.html",
            found=found,
            query=query,
            words=WORDS,
            place=place_of,
            page=number,
            last_page=max(1, -(-found.matches // PAGE_ROWS)),
            address=lambda **changes: _address(query, changes),
            banners=banners_for(site.browse.registries(), now=site.now()),
        )

    return pages


def place_of(event: AlertEvent) -> str:
    """The page that shows what is wrong."""
    alert = event.alert
    match alert.kind:
        case AlertKind.IMAGE_SIZE if alert.subject:
            return url_for(
                "image.page", registry=alert.registry, name=alert.repository, ref=alert.subject
            )
        case AlertKind.IMAGE_SIZE | AlertKind.GROWTH:
            return url_for("repository.page", registry=alert.registry, name=alert.repository)
        case AlertKind.FINDING:
            return url_for(
                "findings.page",
                registry=alert.registry,
                repository=alert.repository,
                rule=alert.subject,
            )
        case AlertKind.BUDGET:
            return url_for("budgets.page")
        case AlertKind.CRAWL_FAILING:
            return url_for("overview.page", _anchor="crawls-title")


def _address(query: AlertsQuery, changes: dict[str, Any]) -> str:
    parts: dict[str, Any] = {
        "state": query.state.value if query.state else None,
        "rule": query.rule or None,
    }
    return url_for("alerts.page", **(parts | changes))
