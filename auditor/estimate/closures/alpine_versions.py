"""Order of Alpine package versions: 1.2.3a_rc1-r4.

Source: apk-package(5) of apk-tools, "version"; numbers after a dot that begin with 0 compare
as text, as in Gentoo's versions, from which these come.
"""

from __future__ import annotations

import re

from auditor.domain.package_facts import Relation

_VERSION = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~[0-9a-f]+)?(?:-r(?P<revision>[0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_RANKS = {
    "alpha": -4,
    "beta": -3,
    "pre": -2,
    "rc": -1,
    "cvs": 1,
    "svn": 2,
    "git": 3,
    "hg": 4,
    "p": 5,
}
_MAX_LENGTH = 256

# A number: whether it compares as a number, its length, its digits.
_Number = tuple[int, int, str]
_Suffix = tuple[int, _Number]
VersionKey = tuple[int, tuple[_Number, ...], str, tuple[_Suffix, ...], _Number, str]

_NO_NUMBER: _Number = (-1, 0, "")
_NO_SUFFIX: _Suffix = (0, _NO_NUMBER)


def version_key(version: str) -> VersionKey:
    """What versions are sorted by. Texts that are no versions come first, by themselves."""
    match = _VERSION.fullmatch(version) if len(version) <= _MAX_LENGTH else None
    if match is None:
        return 0, (), "", (), _NO_NUMBER, version
    first, *others = match["numbers"].split(".")
    return (
        1,
        (_number(first), *map(_later_number, others)),
        match["letter"],
        (*_suffixes(match["suffixes"]), _NO_SUFFIX),
        _number(match["revision"]) if match["revision"] else _NO_NUMBER,
        "",
    )


def compare(left: str, right: str) -> int:
    """-1, 0 or 1: whether `left` is older, the same or newer."""
    one, other = version_key(left), version_key(right)
    return (one > other) - (one < other)


def satisfies(version: str, relation: Relation) -> bool:
    """Whether a version is one that `relation` allows, its name apart.

    "~1.2" allows 1.2, 1.2.3 and 1.2-r4, not 1.20.
    """
    if not relation.operator:
        return True
    if relation.operator == "~":
        return _begins_with(version, relation.version)
    allowed = _ALLOWED.get(relation.operator)
    return allowed is not None and compare(version, relation.version) in allowed


_ALLOWED = {"<<": (-1,), "<=": (-1, 0), "=": (0,), ">=": (0, 1), ">>": (1,)}


def _begins_with(version: str, start: str) -> bool:
    whole, wanted = _tokens(version), _tokens(start)
    return bool(wanted) and whole[: len(wanted)] == wanted


def _tokens(version: str) -> tuple[object, ...]:
    is_version, numbers, letter, suffixes, revision, text = version_key(version)
    if not is_version:
        return (text,) if text else ()
    tail = () if revision == _NO_NUMBER else (("revision", revision),)
    letters = (letter,) if letter else ()
    return (*numbers, *letters, *suffixes[:-1], *tail)


def _suffixes(text: str) -> tuple[_Suffix, ...]:
    return tuple(
        (_RANKS[name], _number(digits) if digits else _NO_NUMBER)
        for name, digits in _SUFFIX.findall(text)
    )


def _number(digits: str) -> _Number:
    plain = digits.lstrip("0")
    return 1, len(plain), plain


def _later_number(digits: str) -> _Number:
    return (0, 0, digits) if digits.startswith("0") else _number(digits)
