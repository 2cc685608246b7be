"""requirements.txt as pip reads it. Source: pip documentation, "Requirements File Format"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import check_count, lines_of, shown
from auditor.estimate.lists.names import requirement

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION_BEHIND = re.compile(r"\s--(?:hash|global-option|config-settings|install-option)[= ].*$")
_OTHER_FILES = ("-r", "--requirement", "-c", "--constraint")
_EDITABLE = ("-e", "--editable")
_ADDRESS = re.compile(r"^(?:[A-Za-z0-9+]+:|\.{0,2}/)|^[^\s;]*\.(?:whl|zip|tar\.gz)\b")
_AT_ADDRESS = re.compile(r"^\s*([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*@")


def read_requirements(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Every requirement; other files, folders and addresses are told in notes.

    Raises UsageError naming the line that is none of these.
    """
    wanted: list[Wanted] = []
    notes: list[str] = []
    for number, line in _joined(file, content):
        if line.startswith("-"):
            notes += _on_option(file, line)
        elif _AT_ADDRESS.match(line) or _ADDRESS.match(line):
            notes.append(f"{shown(line)} is no package of an index: not counted.")
        else:
            plain = _OPTION_BEHIND.sub("", line).strip()
            wanted.append(requirement(file, plain, number))
        check_count(file, len(wanted) + len(notes))
    return (PackageList(Ecosystem.PIP, file, tuple(wanted), (), tuple(dict.fromkeys(notes))),)


def _joined(file: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Logical lines: continued ones joined, comments and empty ones left out."""
    gathered, first = "", 0
    for number, line in lines_of(file, content):
        first = first or number
        if line.endswith("\\") and not line.startswith("#"):
            gathered += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", gathered + line).strip()
        if whole:
            yield first, whole
        gathered, first = "", 0
    if whole := _COMMENT.sub("", gathered).strip():
        yield first, whole


def _on_option(file: str, line: str) -> Iterator[str]:
    option, _, value = line.replace("=", " ", 1).partition(" ")
    if option in _OTHER_FILES:
        yield f"{shown(file)} includes {shown(value.strip())}: give that file too."
    elif option in _EDITABLE:
        yield f"{shown(value.strip())} is no package of an index: not counted."
