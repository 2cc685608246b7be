"""Order of Debian package versions: epoch, upstream version, revision.

Source: Debian Policy 5.6.12.
"""

from __future__ import annotations

import re

from auditor.domain.package_facts import Relation

# Of letters, "~" sorts before the end of a part, and letters before everything else.
_END = 0
_AFTER_LETTERS = 0x110000
_RUNS = re.compile(r"([^0-9]*)([0-9]*)")
_EPOCH = re.compile(r"[0-9]+")

_Part = tuple[tuple[tuple[int, ...], tuple[int, str]], ...]
VersionKey = tuple[tuple[int, str], _Part, _Part]


def version_key(version: str) -> VersionKey:
    """What versions are sorted by: equal for versions that are equal, such as "1.0" and "1.0-0".

    Never raises: a text that is no version has a place in the order too.
    """
    epoch, colon, rest = version.partition(":")
    if not colon or not _EPOCH.fullmatch(epoch):
        epoch, rest = "", version
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, ""
    return _number(epoch), _part(upstream), _part(revision)


def compare(left: str, right: str) -> int:
    """-1, 0 or 1: whether `left` is older, the same or newer."""
    one, other = version_key(left), version_key(right)
    return (one > other) - (one < other)


def satisfies(version: str, relation: Relation) -> bool:
    """Whether a version is one that `relation` allows, its name apart.

    Source: Debian Policy 7.1; "<" and ">" of old mean "<=" and ">=".
    """
    if not relation.operator:
        return True
    order = compare(version, relation.version)
    allowed = _ALLOWED.get(relation.operator)
    return allowed is not None and order in allowed


_ALLOWED = {
    "<<": (-1,),
    "<=": (-1, 0),
    "<": (-1, 0),
    "=": (0,),
    ">=": (0, 1),
    ">": (0, 1),
    ">>": (1,),
}


def _part(text: str) -> _Part:
    """Runs of non-digits and numbers in turn; the end is an empty run and a zero.

    Twice, since the first run may be that too: "0" is newer than "0~1".
    """
    runs = [
        (_letters(letters), _number(digits))
        for letters, digits in _RUNS.findall(text)
        if letters or digits
    ]
    # What follows the last run is nothing, and "~" is less than nothing.
    while runs and runs[-1] == _NOTHING:
        runs.pop()
    return (*runs, _NOTHING, _NOTHING)


def _letters(run: str) -> tuple[int, ...]:
    return (*(_rank(letter) for letter in run), _END)


def _rank(letter: str) -> int:
    if letter == "~":
        return -1
    return ord(letter) if letter.isalpha() and letter.isascii() else _AFTER_LETTERS + ord(letter)


def _number(digits: str) -> tuple[int, str]:
    """A number of any length, compared without making one: its length, then its digits."""
    plain = digits.lstrip("0")
    return len(plain), plain


_NOTHING = (_letters(""), _number(""))
