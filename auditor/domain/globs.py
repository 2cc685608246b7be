"""Patterns for names: `*` stands for any characters but `/`, `**` for any at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_STARS = re.compile(r"\*\*+")


def matches(pattern: str, name: str) -> bool:
    """Whether the pattern stands for the whole name; letters in the same case."""
    return _compiled(pattern).fullmatch(name) is not None


def matches_any(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns stands for the whole name."""
    return any(matches(pattern, name) for pattern in patterns)


def has_wildcard(pattern: str) -> bool:
    """Whether the pattern stands for more than one name."""
    return "*" in pattern


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""An expression that takes time of at most the square of the name's length.

    Each part but the last is atomic, `(?>...)`: once found at its earliest place it is not
    looked for again. That loses no match. Between two `*` of one segment, and between two
    `**`, an earlier place leaves more to what follows; a part that holds a `/` has one
    place only for a given start, and the start in the earliest segment ends earliest.
    """
    first, *others = _STARS.split(pattern)
    if not others:
        return re.compile(_last(first))
    *middle, last = others
    between = "".join(f"(?>.*?{_earliest(part)})" for part in middle)
    return re.compile(f"{_earliest(first)}{between}.*{_last(last)}", re.DOTALL)


def _earliest(part: str) -> str:
    """What is between two `**`, so that it ends as early as it can."""
    first, *others = map(re.escape, part.split("*"))
    return first + "".join(f"(?>[^/]*?{literal})" for literal in others)


def _last(part: str) -> str:
    """What is after the last `**`, up to the end of the name."""
    before, star, literal = part.rpartition("*")
    return f"{_earliest(before)}[^/]*{re.escape(literal)}" if star else re.escape(literal)
