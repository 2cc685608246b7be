"""What SARIF 2.1.0 asks of the objects that the program writes, in words of our own.

Source: OASIS SARIF 2.1.0, the section named beside each object. Unknown properties are
refused: the standard allows others in property bags only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, str], Iterator[str]]
_RELATIVE_URI = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=@%-]+(/[A-Za-z0-9._~!$&'()*+,;=@%-]*)*")


def complaints(document: Any) -> list[str]:
    """Everything that is wrong with a SARIF document, with where it is."""
    return [*_LOG(document, "$"), *_references(document)]


def _object(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    allowed = required | (optional or {})

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: no object"
            return
        yield from (f"{where}: lacks {name}" for name in required if name not in value)
        for name, inner in value.items():
            if name in allowed:
                yield from allowed[name](inner, f"{where}.{name}")
            else:
                yield f"{where}: unknown {name}"

    return check


def _array(of: Check, *, least: int = 0, unique: bool = False) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) < least:
            yield f"{where}: no array of {least} or more"
            return
        if unique and len({repr(one) for one in value}) < len(value):
            yield f"{where}: has equal elements"
        for position, one in enumerate(value):
            yield from of(one, f"{where}[{position}]")

    return check


def _one_of(*values: str) -> Check:
    return _that(lambda value: value in values, f"none of {values}")


def _that(is_right: Callable[[Any], bool], wrong: str) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if not is_right(value):
            yield f"{where}: {wrong}: {value!r}"

    return check


def _is_message(value: Any) -> bool:
    """Braces come in pairs (3.11.5), nothing reads as a link (3.11.6), no lone surrogate."""
    if not isinstance(value, str) or not value:
        return False
    value.encode()
    left = value.replace("{{", "").replace("}}", "")
    return "{" not in left and "}" not in left and "](" not in value


def _is_relative(value: Any) -> bool:
    """3.10: a URI reference that starts with no scheme."""
    is_written_right = isinstance(value, str) and _RELATIVE_URI.fullmatch(value) is not None
    return is_written_right and ":" not in value


_STRING = _that(lambda value: isinstance(value, str), "no string")
_NATURAL = _that(lambda value: type(value) is int and value >= 0, "no index")
_LINE = _that(lambda value: type(value) is int and value >= 1, "no line")
_BAG = _that(lambda value: isinstance(value, dict), "no property bag")
_PRINTS = _that(
    lambda value: isinstance(value, dict) and all(isinstance(one, str) for one in value.values()),
    "no map of strings",
)
_MESSAGE = _object({"text": _that(_is_message, "no plain message")})  # 3.11, 3.12
_RULE = _object(  # 3.49
    {"id": _STRING, "shortDescription": _MESSAGE, "fullDescription": _MESSAGE, "help": _MESSAGE},
    {"properties": _BAG},
)
_DRIVER = _object(  # 3.19
    {"name": _STRING, "version": _STRING, "rules": _array(_RULE, unique=True)}
)
_PHYSICAL = _object(  # 3.29, 3.4, 3.30
    {
        "artifactLocation": _object({"uri": _that(_is_relative, "no relative reference")}),
        "region": _object({"startLine": _LINE}),
    }
)
_LOGICAL = _object({"name": _STRING, "fullyQualifiedName": _STRING, "kind": _STRING})  # 3.33
_LOCATION = _object(  # 3.28
    {
        "physicalLocation": _PHYSICAL,
        "logicalLocations": _array(_LOGICAL, least=1, unique=True),
    }
)
_RESULT = _object(  # 3.27
    {
        "ruleId": _STRING,
        "level": _one_of("none", "note", "warning", "error"),
        "message": _MESSAGE,
        "locations": _array(_LOCATION, least=1),
        "fingerprints": _PRINTS,
        "partialFingerprints": _PRINTS,
    },
    {"ruleIndex": _NATURAL, "properties": _BAG},
)
_RUN = _object(  # 3.14
    {"tool": _object({"driver": _DRIVER}), "results": _array(_RESULT)},
    {"columnKind": _one_of("utf16CodeUnits", "unicodeCodePoints"), "properties": _BAG},
)
_LOG = _object(  # 3.13
    {"version": _one_of("2.1.0"), "runs": _array(_RUN, least=1)}, {"$schema": _STRING}
)


def _references(document: Any) -> Iterator[str]:
    """3.27.6: an index leads to the rule of that name; 3.49.3: rules are told apart."""
    for run in document["runs"]:
        names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        if len(set(names)) < len(names):
            yield "two rules have the same id"
        for result in run["results"]:
            index = result.get("ruleIndex")
            if index is not None and names[index] != result["ruleId"]:
                yield f"{result['ruleId']} has the index of another rule"
