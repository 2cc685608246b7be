"""`/repository`: why one repository is as big as it is."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from auditor.domain.reference import ImageReference
from auditor.domain.views import RepositoryView
from auditor.reports.as_text.change import MEANINGS, NAMES
from web.banners import banners_for
from web.browse_like import Site
from web.changed import what_changed
from web.query import moment, page_number, required, text

TAG_ROWS = 50


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
            comparable=tuple(tag.tag for tag in view.tags if tag.pull_bytes is not None and not at),
            full_name=lambda tag: str(ImageReference(name, registry, tag=tag)),
            address=lambda page: _address(view, page, text(request.args, "at")),
            at=at,
            is_analysed=bool(view.findings) or view.row.pull_saving_bytes is not None,
            exclusive_percent=exclusive_percent(view),
            changed=what_changed(
                lambda start, end: site.browse.changes(registry, name, start=start, end=end),
                now=site.now(),
            ),
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
