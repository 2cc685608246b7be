"""`/compare`: what changed between two images, layer by layer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from auditor.domain.errors import UsageError
from auditor.domain.image_change import ImageChange, LayerFate
from auditor.reports.as_text.image_change import (
    FATE_NAMES,
    PART_MEANINGS,
    PART_NAMES,
    base_words,
    headline,
    is_of_base,
)
from auditor.reports.image_change_forms import image_change_lines
from web.banners import banners_for
from web.browse_like import Site
from web.csv_answers import csv_response
from web.query import platform, required, text


def blueprint(site: Site) -> Blueprint:
    """Return the routes; without two references the page asks for them."""
    pages = Blueprint("compare", __name__)

    @pages.get("/compare")
    def page() -> str:
        before, after = text(request.args, "from").strip(), text(request.args, "to").strip()
        wanted, change, refusal = platform(request.args), None, ""
        if before and after:
            try:
                change = _compare(site, before, after)
            except UsageError as error:
                refusal = str(error)
        return render_template(
            "compare.html",
            before=before,
            after=after,
            platform=wanted,
            change=change,
            refusal=refusal,
            headline=headline(change) if change else "",
            base=base_words(change) if change else "",
            kept=_kept(change),
            is_of_base=is_of_base,
            fate_names=FATE_NAMES,
            part_names=PART_NAMES,
            part_meanings=PART_MEANINGS,
            swapped=_address(after, before, text(request.args, "platform")),
            banners=banners_for(site.browse.registries(), now=site.now()),
        )

    @pages.get("/compare.csv")
    def download() -> Response:
        names = (required(request.args, "from"), required(request.args, "to"))
        found = iter((_compare(site, *names),))
        return csv_response(found, lambda one: image_change_lines(next(iter(one))), "compare.csv")

    return pages


def _compare(site: Site, before: str, after: str) -> ImageChange:
    wanted = platform(request.args)
    return site.browse.diff(site.browse.resolve(before), site.browse.resolve(after), wanted)


def _address(before: str, after: str, platform: str) -> str:
    named: dict[str, Any] = {"from": before or None, "to": after or None}
    return url_for("compare.page", **named, platform=platform or None)


def _kept(change: ImageChange | None) -> int:
    return sum(one.fate is LayerFate.KEPT for one in change.layers) if change else 0
