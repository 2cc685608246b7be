"""Packages named on a command line or in a field of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.grammar import (
    checked_constraint,
    checked_name,
    is_name,
    is_version,
)
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count, quoted, refused
from auditor.estimate.lists.npm_sources import is_elsewhere
from auditor.estimate.lists.pep508 import requirement

_LONGEST = 100_000
_SPACES = re.compile(r"[\s,]+")
_ALTERNATIVES = re.compile(r"\s*\|\|\s*")
_SYSTEM = re.compile(r"([^=<>~]*)((?:[<>=~]=?|=~).*)?")
_SUITE = re.compile(r"[a-z0-9][A-Za-z0-9+.~_-]{0,60}(?:/[A-Za-z0-9+.~_-]{1,60})?")
_TAG = re.compile(r"@[A-Za-z0-9_.-]{1,60}")
_COMPARES = frozenset("<>=!~")
_RANGE_GOES_ON = frozenset("<>=|^")
_GOES_ON = _COMPARES | frozenset("[(;@")
_SIGNS = {
    Ecosystem.APT: {"=": "="},
    Ecosystem.APK: {
        **{sign: sign for sign in ("=", "<", "<=", ">", ">=", "~")},
        "=~": "~",
        "~=": "~",
    },
}


def parse_names(ecosystem: Ecosystem, text: str) -> PackageList:
    """Packages separated by commas or spaces, each with a version as its ecosystem writes it.

    `git,curl=8.14.1-2` (apt, apk), `flask[async]>=2,<4` (pip: a comma or space before a
    comparison, or within brackets, goes on with the same package; behind a `;` a marker goes on
    to the next comma or line), `express@^4,@scope/x@1` (npm). Raises UsageError naming what
    cannot be a package.
    """
    source = f"--{ecosystem}"
    if len(text) > _LONGEST:
        raise refused(source, f"over {_LONGEST:,} characters", "put them into a file")
    notes = Notes(source)
    parts = list(_split(ecosystem, text))
    check_count(source, len(parts))
    wanted = (_one(source, ecosystem, part, notes) for part in parts)
    found = dict.fromkeys(one for one in wanted if one)
    return PackageList(ecosystem, source, tuple(found), (), notes.told())


def _split(ecosystem: Ecosystem, text: str) -> Iterator[str]:
    if ecosystem is Ecosystem.PIP:
        yield from _Requirements().split(text)
        return
    parts = (part for part in _SPACES.split(_ALTERNATIVES.sub("||", text)) if part)
    yield from _with_ranges(parts) if ecosystem is Ecosystem.NPM else parts


def _with_ranges(parts: Iterator[str]) -> Iterator[str]:
    """`a@>=1 <2` is one package: what begins with a comparison goes on."""
    gathered: list[str] = []
    for part in parts:
        if gathered and part[0] not in _RANGE_GOES_ON:
            yield " ".join(gathered)
            gathered = []
        gathered.append(part)
    if gathered:
        yield " ".join(gathered)


def _one(source: str, ecosystem: Ecosystem, part: str, notes: Notes) -> Wanted | None:
    if ecosystem is Ecosystem.PIP:
        return requirement(source, part, notes)
    if ecosystem is Ecosystem.NPM:
        return npm_wanted(source, part, notes)
    return system_wanted(source, ecosystem, part)


@dataclass(slots=True)
class _Requirements:
    """Splits at commas and spaces, but not within what belongs to one requirement."""

    parts: list[str] = field(default_factory=list)
    gap: str = ""
    depth: int = 0
    in_marker: bool = False

    def split(self, text: str) -> Iterator[str]:
        for sign in text:
            if self._is_gap(sign):
                self.gap = "," if "," in (self.gap, sign) else " "
                continue
            if self.gap and self.parts and not self._goes_on(sign):
                yield self._taken()
            self._add(sign)
        if self.parts:
            yield self._taken()

    def _is_gap(self, sign: str) -> bool:
        if self.in_marker:
            return sign in ",\n"
        return not self.depth and (sign == "," or sign.isspace())

    def _goes_on(self, sign: str) -> bool:
        """Whether it belongs to what stands before the gap."""
        if self.in_marker:
            return False
        return sign in _GOES_ON or self.parts[-1] in _COMPARES | {"@", ";"}

    def _add(self, sign: str) -> None:
        if self.parts and self.gap:
            self.parts.append(self.gap)
        self.gap = ""
        self.parts.append(sign)
        self.in_marker = self.in_marker or sign == ";"
        self.depth = max(0, self.depth + (sign in "[(") - (sign in "])"))

    def _taken(self) -> str:
        whole = "".join(self.parts).strip()
        self.parts, self.gap, self.depth, self.in_marker = [], "", 0, False
        return whole


def npm_wanted(source: str, text: str, notes: Notes) -> Wanted | None:
    """`name`, `name@range`, `@scope/name@range`, `alias@npm:name@range`.

    None, with a note, for what comes from elsewhere: `name@https://…`. Raises UsageError.
    """
    at = text.find("@", 1)
    name, constraint = (text, "") if at < 0 else (text[:at], text[at + 1 :])
    if text.startswith("-"):
        # Such names are in use, but on a command line they are options gone astray.
        raise _no_package(source, Ecosystem.NPM, text, 0)
    if at > 0 and is_name(Ecosystem.NPM, name) and is_elsewhere(constraint):
        notes.add(ELSEWHERE, name)
        return None
    return Wanted(
        checked_name(source, Ecosystem.NPM, name),
        checked_constraint(source, constraint),
    )


def system_wanted(source: str, ecosystem: Ecosystem, text: str, line: int = 0) -> Wanted:
    """`name`, `name=version`, apt's `name/suite`, apk's `name~1.2` and `name@tag`.

    Suites and tags say where from, which the index decides here. Raises UsageError.
    """
    plain, suite = text, ""
    if ecosystem is Ecosystem.APT:
        plain, slash, suite = text.partition("/")
        if slash and not _SUITE.fullmatch(suite):
            raise _no_package(source, ecosystem, text, line)
    elif tag := _TAG.search(text):
        plain = text[: tag.start()] + text[tag.end() :]
    found = _SYSTEM.fullmatch(plain)
    name, constraint = (found[1], found[2] or "") if found else (plain, "")
    return Wanted(
        checked_name(source, ecosystem, name, line),
        _system_constraint(source, ecosystem, constraint, line),
    )


def _system_constraint(source: str, ecosystem: Ecosystem, text: str, line: int) -> str:
    if not text:
        return ""
    version = text.lstrip("<>=~")
    sign = _SIGNS[ecosystem].get(text[: len(text) - len(version)])
    if sign is None or not is_version(ecosystem, version):
        where = f"line {line}: " if line else ""
        raise refused(
            source,
            f"{where}{quoted(text)} is no version for {ecosystem}",
            "write it as =1.2-3" if ecosystem is Ecosystem.APT else "write it as =1.2-r0 or ~1.2",
        )
    return sign + version


def _no_package(source: str, ecosystem: Ecosystem, text: str, line: int) -> Exception:
    where = f"line {line}: " if line else ""
    return refused(
        source,
        f"{where}{quoted(text)} is no name of a package for {ecosystem}",
        "mend the name, or take it out",
    )
