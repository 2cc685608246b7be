"""Markers of PEP 508: checked, joined along a walk, freed of extras that are decided.

Whether one holds is for closures to say, which know the image's Python.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from auditor.estimate.lists.limits import quoted, refused, shown

LONGEST_MARKER = 4_000
_MOST_BRACKETS = 60
_LONGEST_JOINED = 2_000
_MOST_TERMS = 8
_MOST_PARTS = 6
_EXTRA = re.compile(r"""\bextra\s?(==|!=)\s?(?:'([^']*)'|"([^"]*)")""")
# packaging has no constants.
_ALWAYS, _NEVER = "python_version >= '0'", "python_version < '0'"

Term = frozenset[str]
"""Markers that must all hold."""
Condition = frozenset[Term]
"""Terms of which one must hold; none is never, one without markers always."""

ALWAYS: Condition = frozenset({frozenset()})


def checked_marker(file: str, marker: object, whose: str) -> str:
    """The marker, stripped. Raises UsageError for what is none."""
    text = marker.strip() if isinstance(marker, str) else ""
    if not text and marker in ("", None):
        return ""
    if text.isascii() and len(text) <= LONGEST_MARKER and text.count("(") <= _MOST_BRACKETS:
        try:
            return str(Marker(text))
        except (InvalidMarker, ValueError, RecursionError):
            pass
    raise refused(
        file,
        f"{quoted(marker)} is no marker of {shown(whose)}",
        "write it as PEP 508 has it: python_version < '3.11'",
    )


def decide_extras(marker: str, chosen: Collection[str]) -> str:
    """The marker with `extra == 'a'` replaced by whether `a` was chosen; "*" is all of them."""

    def decided(found: re.Match[str]) -> str:
        is_chosen = "*" in chosen or canonicalize_name(found[2] or found[3] or "") in chosen
        return _ALWAYS if is_chosen is (found[1] == "==") else _NEVER

    return _EXTRA.sub(decided, marker)


def both(condition: Condition, marker: str) -> Condition:
    """The condition, and the marker too."""
    if not marker:
        return condition
    # A term of many parts loses those beyond: it holds too often, never too rarely.
    grown = (term | {marker} for term in condition)
    return frozenset(term if len(term) <= _MOST_PARTS else term - {marker} for term in grown)


def either(one: Condition, other: Condition) -> Condition:
    """Either of them; always, where that would be too much to write."""
    terms = one | other
    least = frozenset(term for term in terms if not any(each < term for each in terms))
    return least if len(least) <= _MOST_TERMS else ALWAYS


def any_of(markers: Sequence[str]) -> str:
    """One marker that holds where any of these does; the empty one holds always."""
    if "" in markers or len(markers) == 1:
        return "" if "" in markers else markers[0]
    joined = " or ".join(f"({one})" for one in markers)
    return joined if len(joined) <= LONGEST_MARKER else ""


def written(condition: Condition) -> str:
    """The condition as one marker, empty for always."""
    terms = sorted(" and ".join(_bracketed(part) for part in sorted(term)) for term in condition)
    if "" in terms:
        return ""
    text = terms[0] if len(terms) == 1 else " or ".join(f"({term})" for term in terms)
    return text if len(text) <= _LONGEST_JOINED and text.count("(") <= _MOST_BRACKETS else ""


def _bracketed(marker: str) -> str:
    return f"({marker})" if " or " in marker else marker
