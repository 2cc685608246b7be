"""What every list is held to: size, depth, number of entries, names; and the errors that say so."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from auditor.domain.errors import UsageError
from auditor.domain.packages import Ecosystem
from auditor.domain.text import clean_line

MOST_BYTES = 20_000_000
MOST_ENTRIES = 100_000
MOST_DEPTH = 64
_LONGEST_LINE = 20_000
_SHOWN = 80
_NAMES = {
    # Debian Policy 5.6.1; an architecture may follow.
    Ecosystem.APT: re.compile(r"[a-z0-9][a-z0-9+.-]{1,213}(?::[a-z0-9-]{1,20})?"),
    # Alpine's packages, and virtual ones ("so:libc.musl-x86_64.so.1", "cmd:sh").
    Ecosystem.APK: re.compile(r"(?:[a-z]{1,20}:)?[A-Za-z0-9_][A-Za-z0-9_.+-]{0,213}"),
    # PEP 508.
    Ecosystem.PIP: re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?"),
    # validate-npm-package-name, with the capitals of old packages.
    Ecosystem.NPM: re.compile(
        r"(?:@[A-Za-z0-9~_][A-Za-z0-9._~-]{0,213}/)?[A-Za-z0-9~_][A-Za-z0-9._~-]{0,213}"
    ),
}
_CONSTRAINT = re.compile(r"[A-Za-z0-9 .,<>=!~^*|+:_@/()&-]{0,256}")
_OPENS, _CLOSES = frozenset("[{"), frozenset("]}")


def refused(file: str, why: str, next_step: str) -> UsageError:
    """The error for a file that cannot be used."""
    return UsageError(f"{clean_line(file)}: {why}", next_step=next_step)


def shown(text: object) -> str:
    """Anything out of a file, safe to print and in at most 80 characters."""
    return clean_line(str(text)[: 2 * _SHOWN], _SHOWN)


def text_of(file: str, content: bytes) -> str:
    """The file's text, without a byte order mark. Raises UsageError for too much and for no text."""
    if len(content) > MOST_BYTES:
        raise refused(file, f"it has over {MOST_BYTES:,} bytes", "give a shorter list of packages")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(file, f"byte {error.start} is no UTF-8", "save it as UTF-8") from error
    if "\0" in text:
        raise refused(file, "it has a NUL character", "give a text file")
    return text.replace("\r\n", "\n")


def lines_of(file: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, stripped; raises UsageError for one that is too long."""
    for number, line in enumerate(text_of(file, content).split("\n"), 1):
        if len(line) > _LONGEST_LINE:
            raise refused(
                file, f"line {number} has over {_LONGEST_LINE:,} characters", "break it up"
            )
        yield number, line.strip()


def json_of(file: str, content: bytes) -> Mapping[str, Any]:
    """A JSON object. Raises UsageError for anything else, and for too deep nesting."""
    text = text_of(file, content)
    _check_depth(file, text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(file, f"it is no JSON: {shown(error)}", "write it anew") from error
    return table(file, document, "the document")


def toml_of(file: str, content: bytes) -> Mapping[str, Any]:
    """A TOML document. Raises UsageError for anything else, and for too deep nesting."""
    text = text_of(file, content)
    _check_depth(file, text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(file, f"it is no TOML: {shown(error)}", "write it anew") from error


def yaml_of(file: str, content: bytes) -> Mapping[str, Any]:
    """A YAML mapping without aliases and tags, which could make much of little.

    Raises UsageError for anything else, and for too deep nesting.
    """
    text = text_of(file, content)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_events(file, text, loader)
        document = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise refused(file, f"it is no YAML: {shown(error)}", "write it anew") from error
    return table(file, document, "the document")


def table(file: str, value: object, what: str) -> Mapping[str, Any]:
    """A mapping with names for keys. Raises UsageError."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise refused(file, f"{what} is not what it should be", "write it anew with its tool")
    return value


def tables(file: str, value: object, what: str) -> Sequence[Mapping[str, Any]]:
    """A list of mappings, none for None. Raises UsageError for others, and for too many."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise refused(file, f"{what} is no list", "write it anew with its tool")
    check_count(file, len(value))
    return [table(file, one, what) for one in value]


def words(value: object) -> tuple[str, ...]:
    """The texts of a list, or the one text; nothing for anything else."""
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """A text, empty for anything else."""
    return value if isinstance(value, str) else ""


def check_count(file: str, count: int) -> None:
    """Raises UsageError for more entries than any list of packages has."""
    if count > MOST_ENTRIES:
        raise refused(
            file, f"it has over {MOST_ENTRIES:,} entries", "give a shorter list of packages"
        )


def is_name(ecosystem: Ecosystem, name: str) -> bool:
    """Whether packages of this ecosystem can be called so."""
    return _NAMES[ecosystem].fullmatch(name) is not None


def checked_name(file: str, ecosystem: Ecosystem, name: object, line: int = 0) -> str:
    """The name. Raises UsageError for what no package of the ecosystem can be called."""
    if isinstance(name, str) and is_name(ecosystem, name):
        return name
    where = f"line {line}: " if line else ""
    raise refused(
        file,
        f"{where}{shown(name)!r} is no name of a package of {ecosystem}",
        "look for a slip of the pen",
    )


def checked_constraint(file: str, constraint: object, line: int = 0) -> str:
    """The constraint, stripped. Raises UsageError for what no tool would understand."""
    if isinstance(constraint, str) and _CONSTRAINT.fullmatch(constraint.strip()):
        return constraint.strip()
    where = f"line {line}: " if line else ""
    raise refused(file, f"{where}{shown(constraint)!r} is no version", "write it as the tool does")


def _check_depth(file: str, text: str) -> None:
    """Refuse deep nesting before a parser recurses into it; brackets in strings count too."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += 1 if found.group() in _OPENS else -1
        if depth > _MOST_BRACKETS:
            raise refused(file, "it is nested too deep", "give a file that a tool wrote")


_BRACKETS = re.compile(r"[\[\]{}]")
_MOST_BRACKETS = 200


def _check_events(file: str, text: str, loader: type[yaml.SafeLoader]) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refused(file, "it has aliases, which lock files have not", "write it anew")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            raise refused(file, "it is nested too deep", "give a file that a tool wrote")
        if count > 20 * MOST_ENTRIES:
            raise refused(file, "it has too many entries", "give a shorter list of packages")
