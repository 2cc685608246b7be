"""`/api/v1/show`: what `auditor show --format json` prints."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from auditor.reports.as_json import image_document, repository_document
from auditor.reports.shapes.places import ImageDocument, RepositoryDocument
from web.api.described import Operation, date, described, text
from web.browse_like import Site
from web.query import Arguments, moment, platform, required

_SHOW = Operation(
    "show",
    "Why a repository or an image is this big",
    (ImageDocument, RepositoryDocument),
    (
        text(
            "reference",
            "REGISTRY/REPOSITORY, with :TAG or @DIGEST for an image; the registry may be left "
            "out where that is clear.",
            is_required=True,
        ),
        text("platform", "Which image of an index, such as linux/arm64."),
        date("at", "As it was then."),
    ),
)


def blueprint(site: Site) -> Blueprint:
    """Return the route: an image where a tag or digest is named, else a repository."""
    api = Blueprint("api_show", __name__)

    @described(api, "/api/v1/show", _SHOW)
    def show(arguments: Arguments) -> Response:
        wanted, at = platform(arguments), moment(arguments, now=site.now())
        reference = site.browse.resolve(required(arguments, "reference"))
        if reference.tag or reference.digest:
            return jsonify(image_document(site.browse.image(reference, wanted, at)))
        view = site.browse.repository(reference.registry, reference.repository, at=at)
        return jsonify(repository_document(view))

    return api
