"""`/api/v1/show`: what `auditor show --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from auditor.reports.as_json import image_document, repository_document
from web.browse_like import Site
from web.query import moment, platform, required


def blueprint(site: Site) -> Blueprint:
    """Return the route: an image where a tag or digest is named, else a repository."""
    api = Blueprint("api_show", __name__)

    @api.get("/api/v1/show")
    def show() -> Response:
        wanted, at = platform(request.args), moment(request.args, now=site.now())
        reference = site.browse.resolve(required(request.args, "reference"))
        if reference.tag or reference.digest:
            return jsonify(image_document(site.browse.image(reference, wanted, at)))
        view = site.browse.repository(reference.registry, reference.repository, at=at)
        return jsonify(repository_document(view))

    return api
