"""`/bases`: what is built on; `/bases/ID`: in which order repositories leave a base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from auditor.domain.base_views import BasePlan, BasesBy
from auditor.reports import base_words
from auditor.reports.base_forms import base_lines, step_lines
from web.banners import banners_for
from web.bases_query import BasesState, bases_state
from web.browse_like import Site
from web.query import PAGE_ROWS, text


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: its value in the address, its name, and what it means."""

    by: BasesBy
    label: str
    meaning: str


ORDERS = (
    Order(BasesBy.FREED, "what a swap frees", "what leaves the registry when all have moved"),
    Order(BasesBy.REPOSITORIES, "repositories", "how many are built on it now"),
    Order(BasesBy.SIZE, "size", "what a pull of the base downloads"),
)


def blueprint(site: Site) -> Blueprint:
    """Return the routes of the list, of one base, and of their CSV."""
    pages = Blueprint("bases", __name__)

    @pages.get("/bases")
    def page() -> str:
        state = bases_state(request.args)
        found = site.browse.bases(state.query)
        crawls = site.browse.registries()
        return render_template(
            "bases.html",
            found=found,
            state=state,
            orders=ORDERS,
            order=next(order for order in ORDERS if order.by is state.query.by),
            words=base_words,
            last_page=max(1, -(-found.matches // PAGE_ROWS)),
            address=lambda **changes: _address(state, **changes),
            csv_address=_address(replace(state, page=1), "bases.csv"),
            registries=tuple(crawl.registry for crawl in crawls),
            banners=banners_for(crawls, now=site.now()),
        )

    @pages.get("/bases.csv")
    def csv() -> Response:
        query = replace(bases_state(request.args).query, limit=None, offset=0)
        return _file(base_lines(site.browse.bases(query)), "bases.csv")

    @pages.get("/bases/<base>")
    def plan(base: str) -> str:
        found = _plan(base, is_whole=False)
        crawls = [one for one in site.browse.registries() if one.registry == found.base.registry]
        return render_template(
            "base_plan.html",
            plan=found,
            to=text(request.args, "to"),
            words=base_words,
            csv_address=url_for("bases.plan_csv", base=base, **_asked()),
            banners=banners_for(crawls, now=site.now()),
        )

    @pages.get("/bases/<base>.csv")
    def plan_csv(base: str) -> Response:
        return _file(step_lines(_plan(base, is_whole=True)), f"moves-from-{base[:12]}.csv")

    def _plan(base: str, *, is_whole: bool) -> BasePlan:
        registry, to = text(request.args, "registry"), text(request.args, "to")
        return site.browse.base_plan(base, registry, to, is_whole=is_whole)

    return pages


def _asked() -> dict[str, Any]:
    wanted = {name: text(request.args, name) for name in ("registry", "to")}
    return {name: value for name, value in wanted.items() if value}


def _file(lines: Iterator[str], name: str) -> Response:
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _address(state: BasesState, endpoint: str = "bases.page", /, **changes: str | int) -> str:
    return url_for(endpoint, **state.arguments(**changes))
