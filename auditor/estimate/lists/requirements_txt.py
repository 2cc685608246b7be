"""requirements.txt as pip reads it. Source: pip documentation, "Requirements File Format"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import (
    ELSEWHERE,
    MOST_ENTRIES,
    Notes,
    check_count,
    lines_of,
    quoted,
    refused,
)
from auditor.estimate.lists.pep508 import requirement

_LONGEST_LOGICAL_LINE = 200_000
_MOST_FILES = 50
_COMMENT = re.compile(r"(?:^|\s)#.*")
_OPTION_BEHIND = re.compile(r"\s--(?:hash|global-option|config-settings|install-option)[= ].*")
_REQUIREMENTS, _CONSTRAINTS = ("-r", "--requirement"), ("-c", "--constraint")
_EDITABLE = ("-e", "--editable")
_WITH_VALUE = (
    *("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"),
    *("--trusted-host", "--no-binary", "--only-binary", "--use-feature"),
)
_ALONE = ("--no-index", "--pre", "--prefer-binary", "--require-hashes")
_ADDRESS = re.compile(r"[A-Za-z0-9+]{1,20}:|\.{0,2}/|~|\.$|[^\s;@\[]*\.(?:whl|zip|tar\.gz)(?:\s|$)")

_IGNORED = "its options are not followed, since indexes are those of your own configuration"
_INCLUDED = "it includes other files, which are to be given too"
_BOUNDED = "versions are bounded by other files too, which are not followed"


def read_requirements(
    file: str, content: bytes, companions: Mapping[str, bytes] | None = None
) -> tuple[PackageList, ...]:
    """Every requirement, those of `-r` files among the companions too.

    Notes tell which files are missing and which options and addresses were passed over.
    Raises UsageError naming the line that is none of these.
    """
    reading = _Reading(file, companions or {})
    reading.read(file, content)
    wanted = tuple(dict.fromkeys(reading.wanted))
    return (PackageList(Ecosystem.PIP, file, wanted, (), reading.notes.told()),)


def names_included(file: str, content: bytes) -> frozenset[str]:
    """Last parts of the names behind `-r` and `-c`: files that are no lists of their own.

    Raises UsageError.
    """
    options = (_split_option(line) for _, line in _logical(file, content) if line[0] == "-")
    included = (*_REQUIREMENTS, *_CONSTRAINTS)
    return frozenset(_last_part(value) for option, value in options if option in included)


@dataclass(slots=True)
class _Reading:
    file: str
    companions: Mapping[str, bytes]
    wanted: list[Wanted] = field(default_factory=list)
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.file)

    def read(self, file: str, content: bytes) -> None:
        """The file, then those it includes, each once."""
        seen, waiting = {file}, [(file, content)]
        while waiting:
            name, text = waiting.pop(0)
            for included in self._read_one(name, text):
                if included in self.companions and included not in seen:
                    waiting.append((included, self.companions[included]))
                seen.add(included)
                if len(seen) > _MOST_FILES:
                    raise refused(file, f"it includes over {_MOST_FILES} files", "join them")

    def _read_one(self, file: str, content: bytes) -> Iterator[str]:
        for number, line in _logical(file, content):
            if line.startswith("-"):
                yield from self._on_option(file, line, number)
            elif _ADDRESS.match(line):
                self.notes.add(ELSEWHERE, line)
            else:
                plain = _OPTION_BEHIND.sub("", line).strip()
                if one := requirement(file, plain, self.notes, number):
                    self.wanted.append(one)
            check_count(file, len(self.wanted))

    def _on_option(self, file: str, line: str, number: int) -> Iterator[str]:
        option, value = _split_option(line)
        if option in _REQUIREMENTS:
            name = _last_part(value)
            if name not in self.companions:
                self.notes.add(_INCLUDED, value)
            yield name
        elif option in _CONSTRAINTS:
            self.notes.add(_BOUNDED, value)
        elif option in _EDITABLE:
            self.notes.add(ELSEWHERE, value)
        elif option in (*_WITH_VALUE, *_ALONE):
            self.notes.add(_IGNORED, option)
        else:
            raise refused(file, f"line {number}: {quoted(line)} is no option of pip", "mend it")


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _split_option(line: str) -> tuple[str, str]:
    """`--name value`, `--name=value`, `-rfile`."""
    if not line.startswith("--"):
        return line[:2], line[2:].strip(" =")
    option, _, value = line.replace("=", " ", 1).partition(" ")
    return option, value.strip()


def _logical(file: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Continued lines joined; comments and empty lines left out."""
    parts: list[str] = []
    length, first = 0, 0
    for number, raw in lines_of(file, content):
        line = raw.strip()
        first = first or number
        is_continued = line.endswith("\\") and not line.startswith("#")
        parts.append(line[:-1] if is_continued else line)
        length += len(line)
        if length > _LONGEST_LOGICAL_LINE or len(parts) > MOST_ENTRIES:
            raise refused(
                file, f"line {first} has over {_LONGEST_LOGICAL_LINE:,} characters", "break it up"
            )
        if not is_continued:
            yield from _whole(first, parts)
            parts, length, first = [], 0, 0
    yield from _whole(first, parts)


def _whole(first: int, parts: list[str]) -> Iterator[tuple[int, str]]:
    if whole := _COMMENT.sub("", " ".join(parts)).strip():
        yield first, whole
