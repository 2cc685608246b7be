"""requirements.txt as pip reads it. Source: pip documentation, "Requirements File Format"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import check_count, lines_of, shown
from auditor.estimate.lists.names import requirement

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION_BEHIND = re.compile(r"\s--(?:hash|global-option|config-settings|install-option)[= ].*$")
_CONSTRAINTS = ("-c", "--constraint")
_NOTHING: Mapping[str, bytes] = {}
_INCLUDE = re.compile(r"(?:-r\s*|--requirement(?:\s+|\s*=\s*))(\S.*)$")
_EDITABLE = ("-e", "--editable")
_ADDRESS = re.compile(r"^(?:[A-Za-z0-9+]+:|\.{0,2}/)|^[^\s;]*\.(?:whl|zip|tar\.gz)\b")
_AT_ADDRESS = re.compile(r"^\s*([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*@")


def read_requirements(
    file: str, content: bytes, companions: Mapping[str, bytes] = _NOTHING
) -> tuple[PackageList, ...]:
    """Every requirement, those of included files among them where `companions` has these.

    Other files, folders and addresses are told in notes. Raises UsageError naming the line that
    is none of these.
    """
    wanted: list[Wanted] = []
    notes: list[str] = []
    # Each file once, however often and in whatever circle files include one another.
    left, begun = [(file, content)], {file}
    while left:
        name, text = left.pop(0)
        for included in _read(name, text, wanted, notes):
            found = _companion(included, companions)
            if not found:
                notes.append(f"{shown(name)} includes {shown(included)}: give that file too.")
            elif found not in begun:
                begun.add(found)
                left.append((found, companions[found]))
    return (PackageList(Ecosystem.PIP, file, tuple(wanted), (), tuple(dict.fromkeys(notes))),)


def _companion(included: str, companions: Mapping[str, bytes]) -> str:
    """What a file that is included is called among those given; empty for none."""
    last = included.replace("\\", "/").rpartition("/")[2]
    names = (included, included.removeprefix("./"), last)
    return next((name for name in names if name in companions), "")


def _read(file: str, content: bytes, wanted: list[Wanted], notes: list[str]) -> Iterator[str]:
    """One file; yields what it includes."""
    for number, line in _joined(file, content):
        if included := _included(line):
            yield included
        elif line.startswith("-"):
            notes += _on_option(file, line)
        elif _AT_ADDRESS.match(line) or _ADDRESS.match(line):
            notes.append(f"{shown(line)} is no package of an index: not counted.")
        else:
            plain = _OPTION_BEHIND.sub("", line).strip()
            wanted.append(requirement(file, plain, number))
        check_count(file, len(wanted) + len(notes))


def _included(line: str) -> str:
    """`base.txt` of `-r base.txt`, `-rbase.txt` and `--requirement=base.txt`."""
    found = _INCLUDE.match(line)
    return found[1].strip() if found else ""


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
    if option in _CONSTRAINTS:
        yield f"{shown(value.strip())} may hold {shown(file)} to other versions: not looked at."
    elif option in _EDITABLE:
        yield f"{shown(value.strip())} is no package of an index: not counted."
