"""`/api`: what the API answers, rendered from its own description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template

from web.api.openapi import openapi_document
from web.browse_like import Site

_BOUNDS = (("minimum", "from"), ("maximum", "to"))


@dataclass(frozen=True, slots=True)
class Words:
    """What a schema says: a type, the shape it leads to, and what else is to be known."""

    kind: str
    shape: str = ""
    more: str = ""


def blueprint(site: Site) -> Blueprint:
    """Return the route."""
    pages = Blueprint("api", __name__)

    @pages.get("/api")
    def page() -> str:
        document = openapi_document(current_app, site.version)
        return render_template(
            "api.html",
            document=document,
            operations=[
                (path, method.upper(), operation)
                for path, item in document["paths"].items()
                for method, operation in item.items()
            ],
            schemas=document["components"]["schemas"],
            responses=document["components"]["responses"],
            words=words_of,
            answers=answers_of,
        )

    return pages


def answers_of(operation: dict[str, Any]) -> list[str]:
    """Names of the shapes that an operation may answer."""
    answer = next(one for one in operation["responses"].values() if "content" in one)
    schema = answer["content"]["application/json"]["schema"]
    return [_shape(one) for one in schema.get("oneOf", [schema])]


def words_of(schema: dict[str, Any]) -> Words:
    """A schema in words."""
    if "$ref" in schema:
        return Words("object", _shape(schema))
    if "anyOf" in schema:
        return _nullable(schema["anyOf"])
    if schema.get("type") == "array":
        inner = words_of(schema["items"])
        return Words(f"list of {inner.kind}", inner.shape, inner.more)
    kind = schema.get("format") or schema.get("type") or "value"
    return Words(kind, more=". ".join(_more(schema)))


def _nullable(schemas: list[dict[str, Any]]) -> Words:
    inner = words_of(next(one for one in schemas if one.get("type") != "null"))
    return Words(f"{inner.kind} or null", inner.shape, inner.more)


def _more(schema: dict[str, Any]) -> Iterator[str]:
    if "enum" in schema:
        yield f"One of {', '.join(map(str, schema['enum']))}"
    bounds = [f"{word} {schema[name]}" for name, word in _BOUNDS if name in schema]
    if bounds and schema.get("maximum"):
        yield " ".join(bounds).capitalize()
    if "default" in schema:
        yield f"Usually {schema['default']}"
    if "description" in schema:
        yield str(schema["description"]).rstrip(".")


def _shape(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
