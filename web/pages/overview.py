"""`/`: how much there is, what changed, what to do, and whether it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for

from auditor.domain.alerts import AlertsQuery, AlertState
from auditor.domain.exactness import Exactness
from auditor.domain.finding_views import FindingsQuery
from auditor.domain.views import Overview, RankBy, RankingRow, RankQuery
from web import commands
from web.banners import banners_for
from web.browse_like import Site
from web.query import RankingState

_FIRST = FindingsQuery(limit=5)
_LATEST = AlertsQuery(state=AlertState.FIRING, limit=1)
_LARGEST = RankQuery(by=RankBy.FAIR_SHARE, limit=24)


@dataclass(frozen=True, slots=True)
class Share:
    """One rectangle of the treemap: a part of the stored total, all parts add up to it."""

    name: str
    group: str
    fair_share_bytes: int
    exactness: Exactness
    address: str
    is_rest: bool = False


def blueprint(site: Site) -> Blueprint:
    """Return the overview's route."""
    pages = Blueprint("overview", __name__)

    @pages.get("/")
    def page() -> str:
        view = site.browse.overview()
        counted = [crawl for crawl in view.registries if not crawl.is_reference]
        if view.as_of is None and not any(crawl.outcome for crawl in counted):
            return render_template(
                "empty.html",
                registries=counted,
                crawl_command=commands.crawl,
                first_command=commands.FIRST_CRAWL,
                demo_command=commands.DEMO,
            )
        return render_template(
            "overview.html",
            view=view,
            banners=banners_for(view.registries, now=site.now()),
            findings=site.browse.findings(_FIRST),
            alerts=site.outlook.alerts(_LATEST),
            shares=shares(view, site.browse.rank(_LARGEST).rows),
            sort_address=sort_address,
            crawl_command=commands.crawl,
            spans_registries=len(counted) > 1,
        )

    return pages


def sort_address(sort: str) -> str:
    """The repositories page sorted by `sort`."""
    state = RankingState(RankQuery(by=RankBy(sort)))
    return url_for("repositories.page", **state.arguments())


def shares(view: Overview, largest: Iterable[RankingRow]) -> tuple[Share, ...]:
    """Fair shares of the largest repositories, then that of all others together."""
    made = [_share(row) for row in largest]
    rest = view.totals.stored_bytes - sum(share.fair_share_bytes for share in made)
    others = view.totals.repositories - len(made)
    if rest > 0 and others > 0:
        name = f"{others:,} other repositories" if others > 1 else "1 other repository"
        made.append(
            Share(name, "", rest, view.totals.exactness, url_for("repositories.page"), is_rest=True)
        )
    return tuple(made)


def _share(row: RankingRow) -> Share:
    group, slash, _ = row.repository.partition("/")
    address = url_for("repository.page", registry=row.registry, name=row.repository)
    return Share(
        name=row.repository,
        group=group if slash else "",
        fair_share_bytes=row.sizes.fair_share_bytes,
        exactness=row.sizes.sharing_exactness,
        address=address,
    )
