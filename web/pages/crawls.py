"""`/crawls`: whether the figures can be trusted: how crawls went, registry by registry."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from auditor.reports.as_text.crawls import duration_text
from web import commands
from web.api.registries import RECENT_CRAWLS
from web.banners import banners_for
from web.browse_like import Site
from web.query import text


def blueprint(site: Site) -> Blueprint:
    """Return the route."""
    pages = Blueprint("crawls", __name__)

    @pages.get("/crawls")
    def page() -> str:
        wanted = text(request.args, "registry")
        statuses = site.outlook.crawls(wanted, RECENT_CRAWLS)
        crawls = site.browse.all_registries()
        return render_template(
            "crawls.html",
            statuses=statuses,
            wanted=wanted,
            again=commands.crawl,
            accept=commands.accept_removals,
            took=duration_text,
            banners=banners_for(
                (one for one in crawls if wanted in ("", one.registry)), now=site.now()
            ),
        )

    return pages
