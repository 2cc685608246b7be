"""`/api/v1/estimate`: what `auditor estimate --format json` prints."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from auditor.domain.errors import UsageError
from auditor.domain.estimates import Compression
from auditor.reports.estimate_forms import estimate_document
from auditor.reports.shapes.estimates import EstimateDocument
from web.api.described import (
    Operation,
    choice,
    decimal,
    described,
    flag,
    long_text,
    number,
    text,
)
from web.browse_like import Site
from web.estimate_query import (
    LEAST_GROWTH,
    LONGEST_LIST,
    MOST_FILE_BYTES,
    MOST_GROWTH,
    MOST_MBIT,
    MOST_PULLS,
    MOST_TAGS,
    EstimateFields,
    sent_files,
)
from web.query import Arguments

_PARAMETERS = (
    text("base", "The base image: crawled, a common one such as python:3.12-slim, or scratch."),
    text("platform", "Such as linux/arm64."),
    long_text("apt", "Debian packages, such as git,curl.", LONGEST_LIST),
    long_text("apk", "Alpine packages.", LONGEST_LIST),
    long_text("pip", "Python packages, such as flask,uvicorn[standard].", LONGEST_LIST),
    long_text("npm", "npm packages, such as express@^4.", LONGEST_LIST),
    text("files", "Files of your own: bytes as compressed, such as 12MB."),
    flag("dev", "With development dependencies."),
    flag("recommends", "With what Debian packages recommend."),
    flag("caches", "Package managers' caches stay in the layer."),
    flag("no_byte_code", "Without byte code, as `pip install --no-compile`."),
    choice("compression", "Of the layers.", Compression, Compression.GZIP),
    text("python", "Version of Python, where the base does not tell."),
    text("distribution", "Such as debian:trixie, where the base does not tell."),
    text("extra", "Extras of pyproject.toml."),
    text("registry", "Where it will lie: a registry, or REGISTRY/REPOSITORY."),
    number("tags", "How many are kept.", least=0, most=MOST_TAGS, default=1),
    decimal("growth", "Percent a month.", least=LEAST_GROWTH, most=MOST_GROWTH),
    number("pulls", "A month.", least=0, most=MOST_PULLS, default=0),
    decimal("bandwidth", "Of a node, in Mbit/s.", least=0, most=MOST_MBIT),
    text("target", "This stage of the Dockerfile."),
    long_text("build_arg", "For the Dockerfile: NAME=VALUE.", LONGEST_LIST),
    long_text("size", "What no reader can know, compressed: PATH=SIZE.", LONGEST_LIST),
    flag("alone", "Without what it would weigh built otherwise."),
)
_ESTIMATE = Operation(
    "estimate",
    "What an image will weigh, told before it is built",
    (EstimateDocument,),
    _PARAMETERS,
)
_OF_FILES = replace(
    _ESTIMATE,
    name="estimate_files",
    summary="The same of files that are sent, read once and kept nowhere",
    method="POST",
    files="Lists of packages, lock files, or a Dockerfile with what it copies; "
    f"{MOST_FILE_BYTES // 10**6} MB together.",
)
_PATH = "/api/v1/estimate"


def blueprint(site: Site) -> Blueprint:
    """Return the routes: by GET of what is in the address, by POST of files too."""
    api = Blueprint("api_estimate", __name__)

    @described(api, _PATH, _ESTIMATE)
    def estimate(arguments: Arguments) -> Response:
        fields = EstimateFields.read(arguments)
        if not fields.is_question:
            raise UsageError(
                "there is nothing to estimate",
                next_step="Write base=IMAGE, packages such as pip=flask, or send files by POST.",
            )
        found = site.calculator.estimate(fields.request(site.usual_estimate))
        return jsonify(estimate_document(found))

    @described(api, _PATH, _OF_FILES)
    def estimate_files(arguments: Arguments) -> Response:
        sent = sent_files(request.files)
        fields = EstimateFields.read(arguments)
        found = site.calculator.estimate(fields.request(site.usual_estimate, sent))
        return jsonify(estimate_document(found))

    return api
