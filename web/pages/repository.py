"""`/repository`: why one repository is as big as it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from auditor.domain.change import ChangePart, Contributor, ExplainedChange
from auditor.domain.errors import UsageError
from auditor.domain.views import RepositoryView
from auditor.reports.as_text.change import MEANINGS, NAMES
from web.banners import banners_for
from web.browse_like import Site
from web.query import moment, page_number, required, text

TAG_ROWS = 50


@dataclass(frozen=True, slots=True)
class Changed:
    """The section about what changed: dates as they were written, and the answer or why not."""

    start: str
    end: str
    change: ExplainedChange | None = None
    refusal: str = ""

    @property
    def contributors(self) -> list[tuple[ChangePart, Contributor]]:
        """The biggest ones with their parts, in the order of the parts."""
        parts = self.change.parts if self.change else ()
        return [(part, one) for part in parts for one in part.contributors]


def blueprint(site: Site) -> Blueprint:
    """Return the repository page's route."""
    pages = Blueprint("repository", __name__)

    @pages.get("/repository")
    def page() -> str:
        number = page_number(request.args)
        registry, name = where(site)
        at = moment(request.args, now=site.now())
        view = site.browse.repository(
            registry, name, tag_offset=(number - 1) * TAG_ROWS, tag_limit=TAG_ROWS, at=at
        )
        crawls = [crawl for crawl in site.browse.registries() if crawl.registry == registry]
        return render_template(
            "repository.html",
            view=view,
            page=number,
            last_page=max(1, -(-view.tag_count // TAG_ROWS)),
            address=lambda page: _address(view, page, text(request.args, "at")),
            at=at,
            exclusive_percent=exclusive_percent(view),
            changed=what_changed(site, registry, name),
            part_names=NAMES,
            part_meanings=MEANINGS,
            banners=banners_for(crawls, now=site.now()),
        )

    return pages


def where(site: Site) -> tuple[str, str]:
    """Registry and repository of the address; a missing registry is the only one."""
    name = required(request.args, "name")
    registry = text(request.args, "registry")
    if registry:
        return registry, name
    reference = site.browse.resolve(name)
    return reference.registry, reference.repository


def what_changed(site: Site, registry: str, name: str) -> Changed:
    """What changed between the dates of the address; nothing without a first one.

    Raises UsageError for what is no date; a past that is too short is said in the section.
    """
    asked = text(request.args, "from"), text(request.args, "to")
    start = moment(request.args, now=site.now(), name="from")
    end = moment(request.args, now=site.now(), name="to")
    if start is None:
        return Changed(*asked)
    try:
        change = site.browse.changes(registry, name, start=start, end=end or site.now())
    except UsageError as error:
        return Changed(*asked, refusal=str(error))
    return Changed(*asked, change)


def exclusive_percent(view: RepositoryView) -> float:
    """How much of what is stored is only here, 0 to 100; 0 where nothing is stored."""
    stored = view.row.sizes.stored_bytes
    return round(100 * view.row.sizes.exclusive_bytes / stored, 2) if stored else 0.0


def _address(view: RepositoryView, page: int, date: str) -> str:
    return url_for(
        "repository.page",
        registry=view.row.registry,
        name=view.row.repository,
        page=page if page > 1 else None,
        at=date or None,
        _anchor="tags",
    )
