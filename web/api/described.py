"""Routes of the API that say what they take and what they answer.

A route takes the parameters it declares and no other, and its answer is a shape of
`auditor.reports.shapes`: the document at `/api/v1/openapi.json` is made of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from auditor.domain.errors import UsageError
from web.query import LONGEST_TEXT, MOST_OFFSET, Arguments

Answer = Callable[..., Response]
_OPERATION = "operation"
FILES = "from"
"""The field of a form that files stand in, as it is called on the command line."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name in the query string, or in the path where `is_in_path`."""

    name: str
    description: str
    schema: Mapping[str, Any]
    is_required: bool = False
    is_in_path: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route is for. `answers` are the shapes of its answer: one of them, with `status`.

    Parameters of a POST may also stand in a form. `is_paged`: a `Link` header leads to the next
    rows, as long as there are some. `files` says what files of a form are, where it takes any.
    """

    name: str
    summary: str
    answers: tuple[type, ...]
    parameters: tuple[Parameter, ...] = ()
    is_paged: bool = False
    method: str = "GET"
    status: int = 200
    files: str = ""


def text(name: str, description: str, *, is_required: bool = False) -> Parameter:
    """A text of bounded length."""
    return Parameter(name, description, {"type": "string", "maxLength": LONGEST_TEXT}, is_required)


def long_text(name: str, description: str, most: int) -> Parameter:
    """A text that may be a list; given several times, it goes on."""
    return Parameter(name, description, {"type": "string", "maxLength": most})


def flag(name: str, description: str) -> Parameter:
    """1 for yes; no without it."""
    return Parameter(name, description, {"type": "boolean", "default": False})


def decimal(name: str, description: str, *, least: float, most: float) -> Parameter:
    """A number within bounds."""
    return Parameter(name, description, {"type": "number", "minimum": least, "maximum": most})


def date(name: str, description: str, *, is_required: bool = False) -> Parameter:
    """A date, or a moment, as commands take it."""
    schema = {
        "type": "string",
        "maxLength": LONGEST_TEXT,
        "examples": ["2026-11-25", "2026-11-25T14:30Z"],
    }
    return Parameter(name, description, schema, is_required)


def number(name: str, description: str, *, least: int, most: int, default: int) -> Parameter:
    """A whole number within bounds."""
    bounds = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return Parameter(name, description, bounds)


def choice(name: str, description: str, kind: type[StrEnum], default: StrEnum | None) -> Parameter:
    """One of the values of `kind`."""
    schema: dict[str, Any] = {"type": "string", "enum": [one.value for one in kind]}
    return Parameter(
        name, description, schema if default is None else schema | {"default": default.value}
    )


def rows(most_rows: int) -> tuple[Parameter, Parameter]:
    """`limit` and `offset`."""
    return (
        number("limit", "How many rows.", least=1, most=most_rows, default=most_rows),
        number("offset", "How many rows to pass over.", least=0, most=MOST_OFFSET, default=0),
    )


REGISTRY = text("registry", "Only this registry.")


def described(api: Blueprint, path: str, operation: Operation) -> Callable[[Answer], Answer]:
    """Add a route; what it is given are the arguments of the request."""
    known = [one.name for one in operation.parameters if not one.is_in_path]

    def add(answer: Answer) -> Answer:
        @wraps(answer)
        def view(**in_path: str) -> Response:
            arguments = given()
            _check_names(arguments, known)
            return answer(arguments, **in_path)

        setattr(view, _OPERATION, operation)
        api.add_url_rule(path, view_func=view, methods=[operation.method])
        return answer

    return add


def leading_on(response: Response, arguments: Arguments, *, shown: int, matches: int) -> Response:
    """The answer, with a `Link` to the rows after those `shown` as long as there are some."""
    if shown < matches:
        asked: dict[str, Any] = {name: value for name, value in arguments.items() if value}
        address = url_for(str(request.endpoint), **(asked | {"offset": shown}))
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """What a view says about itself."""
    found = getattr(view, _OPERATION, None)
    return found if isinstance(found, Operation) else None


def given() -> Arguments:
    """The arguments of this request: of its address, and of a form that was sent."""
    return request.args if request.method in ("GET", "HEAD") else MultiDict(request.values)


def _check_names(arguments: Arguments, known: list[str]) -> None:
    for name in arguments:
        if name not in known:
            raise UsageError(
                f"there is no parameter {name[:80]!r} here",
                next_step=f"Known are: {', '.join(known)}." if known else "Leave it out.",
            )
