"""`/changes`: why a registry stores, or a team is charged for, other bytes than before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for

from auditor.domain.change import ChangedFigure, Contributor, ExplainedChange
from auditor.domain.views import CrawlView
from auditor.reports.as_text.change import MEANINGS, NAMES
from web.banners import banners_for
from web.browse_like import Site
from web.changed import Changed, what_changed
from web.query import text
from web.remembered import Remembered, state_of

_OFFERED_DAYS = 30


def blueprint(site: Site) -> Blueprint:
    """Return the route; without a first date it asks for one and reads nothing."""
    pages = Blueprint("changes", __name__)
    remembered: Remembered[ExplainedChange] = Remembered()

    @pages.get("/changes")
    def page() -> str:
        now = site.now()
        registry, team = text(request.args, "registry"), text(request.args, "team").strip()
        crawls = site.browse.registries()
        is_unclear = len(crawls) > 1 and not registry and not team
        changed = (
            Changed(text(request.args, "from"), text(request.args, "to"))
            if is_unclear
            else what_changed(_explain(site, remembered, registry, team), now=now)
        )
        return render_template(
            "changes.html",
            changed=changed,
            registry=registry,
            team=team,
            registries=tuple(crawl.registry for crawl in crawls),
            is_unclear=is_unclear,
            is_share=bool(changed.change and changed.change.figure is ChangedFigure.FAIR_SHARE),
            offered=_offered(now),
            latest=now.date().isoformat(),
            part_names=NAMES,
            part_meanings=MEANINGS,
            link=lambda one: _repository_address(one, _registry_of(changed, crawls), changed),
            banners=banners_for(crawls, now=now),
        )

    return pages


def _explain(
    site: Site, remembered: Remembered[ExplainedChange], registry: str, team: str
) -> Callable[[datetime, datetime], ExplainedChange]:
    """What changed until now is remembered until a crawl or the hour changes it."""

    def explain(start: datetime, end: datetime) -> ExplainedChange:
        now = site.now()
        until = None if end >= now else end
        key = (registry, team, start, until, state_of(site.browse, now, until))
        return remembered.get(key, lambda: ask(start, end))

    def ask(start: datetime, end: datetime) -> ExplainedChange:
        if team:
            return site.outlook.team_changes(team, registry, start=start, end=end)
        return site.browse.changes(registry, start=start, end=end)

    return explain


def _offered(now: datetime) -> str:
    return (now - timedelta(days=_OFFERED_DAYS)).date().isoformat()


def _registry_of(changed: Changed, crawls: tuple[CrawlView, ...]) -> str:
    """Where contributors are that do not say so themselves."""
    asked = changed.change.registry if changed.change else ""
    return asked or (crawls[0].registry if len(crawls) == 1 else "")


def _repository_address(one: Contributor, registry: str, changed: Changed) -> str:
    dates: dict[str, Any] = {"from": changed.start or None, "to": changed.end or None}
    return url_for(
        "repository.page",
        registry=one.registry or registry or None,
        name=one.repository,
        **dates,
        _anchor="changed",
    )
