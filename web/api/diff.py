"""`/api/v1/diff`: what `auditor diff --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.reports.image_change_forms import image_change_document
from auditor.reports.shapes.comparisons import ImageChangeDocument
from web.api.described import Operation, described, text
from web.browse_like import Site
from web.query import Arguments, platform, required

_DIFF = Operation(
    "diff",
    "What changed between two images",
    (ImageChangeDocument,),
    (
        text("from", "The image before, with :TAG or @DIGEST.", is_required=True),
        text("to", "The image after.", is_required=True),
        text("platform", "Which image of an index, such as linux/arm64."),
    ),
)


def blueprint(site: Site) -> Blueprint:
    """Return the route: two references, as the command takes them."""
    api = Blueprint("api_diff", __name__)

    @described(api, "/api/v1/diff", _DIFF)
    def diff(arguments: Arguments) -> Response:
        before = site.browse.resolve(required(arguments, "from"))
        after = site.browse.resolve(required(arguments, "to"))
        change = site.browse.diff(before, after, platform(arguments))
        return jsonify(image_change_document(change))

    return api
