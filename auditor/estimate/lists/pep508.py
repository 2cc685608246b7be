"""One requirement of a Python project. Source: PEP 508."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement

from auditor.domain.packages import Ecosystem, Wanted
from auditor.estimate.lists.grammar import checked_constraint, checked_name
from auditor.estimate.lists.limits import ELSEWHERE, Notes, quoted, refused

_LONGEST = 4_000
_MOST_BRACKETS = 60


def requirement(
    source: str, text: str, notes: Notes, line: int = 0, *, is_dev: bool = False
) -> Wanted | None:
    """What a line asks for; None, with a note, for an address (`name @ https://…`).

    Raises UsageError for what is no requirement.
    """
    where = f"line {line}: " if line else ""
    if len(text) > _LONGEST:
        raise refused(source, f"{where}a requirement of {len(text):,} characters", "shorten it")
    if text.count("(") > _MOST_BRACKETS:
        raise refused(source, f"{where}a marker that is nested too deep", "shorten it")
    try:
        found = Requirement(text)
        marker, constraint = str(found.marker or ""), str(found.specifier)
    except (InvalidRequirement, ValueError, RecursionError) as error:
        raise refused(
            source, f"{where}{quoted(text)} is no requirement", "write it as name>=1,<2"
        ) from error
    name = checked_name(source, Ecosystem.PIP, found.name, line)
    if found.url:
        notes.add(ELSEWHERE, name)
        return None
    if not (marker.isascii() and marker.isprintable()):
        raise refused(source, f"{where}{quoted(marker)} is no marker", "write it in ASCII")
    extras = tuple(checked_name(source, Ecosystem.PIP, one, line) for one in sorted(found.extras))
    return Wanted(name, checked_constraint(source, constraint, line), extras, marker, is_dev)
