"""JSON and TOML of strangers, parsed with bounded work, and the values in them by kind.

The number of values is counted before a parser sees the text, since a parser makes fifty times
the bytes of a file of empty lists; depth and TOML's dotted keys likewise.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.estimate.lists.limits import check_count, refused, shown, split_lines, text_of

MOST_VALUES = 1_000_000
"""Of a file of 20 MB; real lock files of that size have half of it."""
_MOST_BRACKETS = 200
_MOST_DOTS = 64
_MOST_KEY_WORK = 5_000_000
_BRACKETS = re.compile(r"[\[\]{}]")
_OPENS = frozenset("[{")
_ANEW = "write it anew with its tool"


def json_of(file: str, content: bytes) -> Mapping[str, Any]:
    """A JSON object. Raises UsageError for anything else, and for too much or too deep of it.

    Of a key that stands twice the last counts, as for npm and pipenv.
    """
    text = text_of(file, content)
    _check_values(file, text, ",{[")
    _check_depth(file, text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(file, f"it is no JSON: {shown(str(error))}", _ANEW) from error
    return table(file, document, "the document")


def toml_of(file: str, content: bytes) -> Mapping[str, Any]:
    """A TOML document. Raises UsageError for anything else, and for too much or too deep of it."""
    text = text_of(file, content)
    _check_values(file, text, ",\n\\")
    _check_values(file, text, ".")  # a dotted key makes a table of each of its parts
    _check_depth(file, text)
    _check_keys(file, text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(file, f"it is no TOML: {shown(str(error))}", _ANEW) from error


def table(file: str, value: object, what: str) -> Mapping[str, Any]:
    """A mapping with names for keys. Raises UsageError."""
    if not isinstance(value, dict):
        raise refused(file, f"{shown(what)} is not what it should be", _ANEW)
    return value


def table_at(file: str, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The mapping under `key`, an empty one for none. Raises UsageError for anything else."""
    return table(file, document.get(key) or {}, key)


def tables_at(file: str, document: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """The list of mappings under `key`, an empty one for none. Raises UsageError for others."""
    value = document.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise refused(file, f"{shown(key)} is no list", _ANEW)
    check_count(file, len(value))
    return [table(file, one, f"an entry of {key}") for one in value]


def words(value: object) -> tuple[str, ...]:
    """The texts of a list, or the one text; nothing for anything else."""
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """A text, empty for anything else."""
    return value if isinstance(value, str) else ""


def is_true(value: object) -> bool:
    """Whether JSON's and TOML's true, or YAML's, which is read as text."""
    return value is True or value == "true"


def _check_values(file: str, text: str, signs: str) -> None:
    if sum(map(text.count, signs)) > MOST_VALUES:
        raise refused(
            file, f"it has over {MOST_VALUES:,} values", "give a shorter list of packages"
        )


def _check_depth(file: str, text: str) -> None:
    """Refuse deep nesting before a parser recurses into it; brackets in strings count too."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += 1 if found.group() in _OPENS else -1
        if depth > _MOST_BRACKETS:
            raise refused(file, "it is nested too deep", "give a file that a tool wrote")


def _check_keys(file: str, text: str) -> None:
    """Refuse `a.a.a…`: for a key of n parts, below a header of m, tomllib does (n + m)² work."""
    header, work = 0, 0
    for number, line in enumerate(split_lines(text), 1):
        plain = line.lstrip()
        dots = _dots(plain)
        if plain.startswith("["):
            header = dots
        work += (header + dots) ** 2
        if work > _MOST_KEY_WORK + 100 * number or header > _MOST_DOTS:
            raise refused(file, f"line {number} has a key of too many parts", "shorten the key")


def _dots(line: str) -> int:
    """Dots of the line's key; of all of it where quotes could hide its end."""
    if line.startswith(("#", "{")):
        return 0
    key = line.partition("=")[0]
    return (line if '"' in key or "'" in key else key).count(".")
