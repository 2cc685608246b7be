"""`/api/v1/diff`: what `auditor diff --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from auditor.reports.image_change_forms import image_change_document
from web.browse_like import Site
from web.query import platform, required


def blueprint(site: Site) -> Blueprint:
    """Return the route: two references, as the command takes them."""
    api = Blueprint("api_diff", __name__)

    @api.get("/api/v1/diff")
    def diff() -> Response:
        before = site.browse.resolve(required(request.args, "from"))
        after = site.browse.resolve(required(request.args, "to"))
        change = site.browse.diff(before, after, platform(request.args))
        return jsonify(image_change_document(change))

    return api
