"""`/api/v1/openapi.json`: the API described by its own routes, as OpenAPI 3.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import msgspec
from flask import Blueprint, Flask, Response, current_app, jsonify

from auditor.reports.shapes.problem import ProblemDocument
from web.api.described import FILES, Operation, Parameter, described, operation_of
from web.browse_like import Site
from web.query import Arguments

BELOW = "/api/v1/"
_REFERENCE = "#/components/schemas/{name}"
_IN_PATH = re.compile(r"<(?:\w+:)?(\w+)>")
_PROBLEMS = {
    "400": "A parameter cannot be used, or is not known here",
    "403": "What writes has to come from this site's own pages",
    "404": "Nothing is stored under that name",
    "500": "Something went wrong on our side; the log says what",
    "503": "The database, or a package index, cannot be read now",
}
_ABOUT = (
    "What the read commands print with --format json. Sizes are bytes as stored, money is a "
    "decimal string, moments are ISO 8601 in UTC, unknown is null and never zero. Fields may be "
    "added and are never renamed."
)


class OpenApiDocument(TypedDict):
    """This document. Source: OpenAPI Specification 3.1."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


_DOCUMENT = Operation("openapi", "This description of the API", (OpenApiDocument,))


def blueprint(site: Site) -> Blueprint:
    """Return the route."""
    api = Blueprint("api_openapi", __name__)

    @described(api, f"{BELOW}openapi.json", _DOCUMENT)
    def openapi(_arguments: Arguments) -> Response:
        return jsonify(openapi_document(current_app, site.version))

    return api


def operations(app: Flask) -> Iterator[tuple[str, Operation]]:
    """Every described route below /api/v1 by its path, as Flask writes it."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    for rule in rules:
        operation = operation_of(app.view_functions[rule.endpoint])
        if operation and rule.rule.startswith(BELOW):
            yield rule.rule, operation


def openapi_document(app: Flask, version: str) -> OpenApiDocument:
    """The document about an application's API."""
    found = tuple(operations(app))
    shapes = {shape for _, operation in found for shape in operation.answers}
    paths: dict[str, dict[str, Any]] = {}
    for path, operation in found:
        ways = paths.setdefault(_IN_PATH.sub(r"{\1}", path), {})
        ways[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "auditor",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas_of({*shapes, ProblemDocument}),
            "responses": {_name_of(status): _problem(words) for status, words in _PROBLEMS.items()},
        },
    }


def schemas_of(shapes: Iterable[type]) -> dict[str, Any]:
    """The JSON Schemas of shapes, and of all they hold, by name."""
    ordered = sorted(shapes, key=lambda shape: shape.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REFERENCE)
    return dict(sorted(schemas.items()))


def answer_schema(operation: Operation) -> dict[str, Any]:
    """The schema of what a route answers."""
    references = [{"$ref": _REFERENCE.format(name=one.__name__)} for one in operation.answers]
    return references[0] if len(references) == 1 else {"oneOf": references}


def _operation(operation: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "The answer",
        "content": {"application/json": {"schema": answer_schema(operation)}},
    }
    if operation.is_paged:
        answer["headers"] = {
            "Link": {
                "description": 'The address of the next rows, rel="next"; absent on the last page',
                "schema": {"type": "string"},
            }
        }
    problems = {
        status: {"$ref": f"#/components/responses/{_name_of(status)}"} for status in _PROBLEMS
    }
    sent = {"requestBody": _files(operation.files)} if operation.files else {}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [_parameter(one) for one in operation.parameters],
        **sent,
        "responses": {str(operation.status): answer, **problems},
    }


def _files(description: str) -> dict[str, Any]:
    several = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {
        "type": "object",
        "properties": {FILES: several | {"description": description}},
    }
    return {"content": {"multipart/form-data": {"schema": schema}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "path" if parameter.is_in_path else "query",
        "description": parameter.description,
        "required": parameter.is_required,
        "schema": dict(parameter.schema),
    }


def _problem(words: str) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(name=ProblemDocument.__name__)}
    return {
        "description": words,
        "content": {"application/problem+json": {"schema": reference}},
    }


def _name_of(status: str) -> str:
    return f"Problem{status}"
