"""`/image`: which build step of one image costs what."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from auditor.domain.platform import Platform
from auditor.domain.views import ImageView
from web.banners import banners_for
from web.browse_like import Site
from web.finding_marks import layer_marks
from web.pages.repository import where
from web.query import image_reference, moment, platform, required, text
from web.waterfall import bars, bytes_by_owner


def blueprint(site: Site) -> Blueprint:
    """Return the image page's route."""
    pages = Blueprint("image", __name__)

    @pages.get("/image")
    def page() -> str:
        ref = required(request.args, "ref")
        wanted = platform(request.args)
        registry, name = where(site)
        reference = image_reference(registry, name, ref)
        at = moment(request.args, now=site.now())
        view = site.browse.image(reference, wanted, at)
        crawls = [crawl for crawl in site.browse.registries() if crawl.registry == registry]
        made = bars(view)
        return render_template(
            "image.html",
            view=view,
            ref=ref,
            full_name=str(reference),
            bars=made,
            marks=layer_marks(view.findings, made),
            owners=bytes_by_owner(made),
            platform_address=lambda platform: _address(
                view, ref, platform, text(request.args, "at")
            ),
            at=at,
            banners=banners_for(crawls, now=site.now()),
        )

    return pages


def _address(view: ImageView, ref: str, platform: Platform, date: str) -> str:
    return url_for(
        "image.page",
        registry=view.registry,
        name=view.repository,
        ref=ref,
        platform=str(platform),
        at=date or None,
    )
