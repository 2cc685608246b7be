"""Packages named on a command line or in a field of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import (
    check_count,
    checked_constraint,
    checked_name,
    refused,
    shown,
)

_LONGEST = 100_000
_SPACES = re.compile(r"[\s,]+")
_SYSTEM = re.compile(r"([^=<>~]*)((?:=|<=?|>=?|~).*)?")
_SPECIFIER_GOES_ON = re.compile(r"\s*(?:[<>=!~]=?|===)")


def parse_names(ecosystem: Ecosystem, text: str) -> PackageList:
    """Packages separated by commas or spaces, each with a version as its ecosystem writes it.

    `git,curl=8.14.1-2` (apt, apk), `flask[async]>=2,<4` (pip: a comma before a comparison goes
    on with the same package), `express@^4,@scope/x@1` (npm). Raises UsageError naming what
    cannot be a package.
    """
    source = f"--{ecosystem}"
    if len(text) > _LONGEST:
        raise refused(source, f"over {_LONGEST:,} characters", "put them into a file")
    parts = list(_split(ecosystem, text))
    check_count(source, len(parts))
    parse = {Ecosystem.PIP: requirement, Ecosystem.NPM: npm_wanted}.get(ecosystem)
    wanted = tuple(
        parse(source, part) if parse else system_wanted(source, ecosystem, part) for part in parts
    )
    return PackageList(ecosystem, source, tuple(dict.fromkeys(wanted)))


def _split(ecosystem: Ecosystem, text: str) -> Iterator[str]:
    if ecosystem is not Ecosystem.PIP:
        yield from (part for part in _SPACES.split(text) if part)
        return
    yield from _requirements(text)


def _requirements(text: str) -> Iterator[str]:
    """Split at commas and spaces, but within brackets and before comparisons."""
    gathered = ""
    for piece in re.split(r"([,\s]+)", text):
        is_gap = bool(piece) and not piece.strip(", \t\n\r\f\v")
        if is_gap or not piece:
            gathered += "," if "," in piece else (" " if piece else "")
        elif _goes_on(gathered, piece):
            gathered += piece
        else:
            if gathered.strip(", "):
                yield gathered.strip(", ")
            gathered = piece
    if gathered.strip(", "):
        yield gathered.strip(", ")


def _goes_on(gathered: str, piece: str) -> bool:
    """Whether a piece belongs to what stands before it."""
    before = gathered.rstrip(", ")
    if before.count("[") > before.count("]"):
        return True
    return bool(_SPECIFIER_GOES_ON.match(piece)) or bool(re.search(r"[<>=!~]=?$", before))


def requirement(source: str, text: str, line: int = 0, *, is_dev: bool = False) -> Wanted:
    """One requirement of PEP 508. Raises UsageError for anything else, addresses among them."""
    where = f"line {line}: " if line else ""
    if len(text) > _LONGEST_REQUIREMENT:
        raise refused(source, f"{where}a requirement of {len(text):,} characters", "shorten it")
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise refused(
            source, f"{where}{shown(text)!r} is no requirement", "write it as name>=1,<2"
        ) from error
    return Wanted(
        name=checked_name(source, Ecosystem.PIP, found.name, line),
        constraint=checked_constraint(source, str(found.specifier), line),
        extras=tuple(sorted(found.extras)),
        marker=str(found.marker) if found.marker else "",
        is_dev=is_dev,
    )


_LONGEST_REQUIREMENT = 4_000


def npm_wanted(source: str, text: str, line: int = 0) -> Wanted:
    """`name`, `name@range` or `@scope/name@range`. Raises UsageError."""
    at = text.find("@", 1)
    name, constraint = (text, "") if at < 0 else (text[:at], text[at + 1 :])
    return Wanted(
        checked_name(source, Ecosystem.NPM, name, line),
        checked_constraint(source, constraint, line),
    )


def system_wanted(source: str, ecosystem: Ecosystem, text: str, line: int = 0) -> Wanted:
    """`name`, `name=version`, apt's `name/suite`, apk's `name~1.2`. Raises UsageError."""
    if ecosystem is Ecosystem.APT:
        text = text.partition("/")[0]
    found = _SYSTEM.fullmatch(text)
    name, constraint = (found[1], found[2] or "") if found else (text, "")
    return Wanted(
        checked_name(source, ecosystem, name.strip(), line),
        checked_constraint(source, constraint, line),
    )
