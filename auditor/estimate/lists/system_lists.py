"""Lists of Debian's and Alpine's packages: one a line, or what their own tools print."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import Notes, check_count, lines_of
from auditor.estimate.lists.names import system_wanted

_SELECTED, _NOT_SELECTED = frozenset({"install", "hold"}), frozenset({"deinstall", "purge"})
_STATES = re.compile(r"[uirph][ncHUFWti]R?")
_THERE = frozenset({"ii", "hi", "iU", "iF", "iW", "it", "iHR", "ht"})
_HEADS_OF_DPKG = ("Desired=", "| Status", "|/ Err", "||/ Name", "+++-")
_HEADS = ("Listing...", "WARNING:")
# `apk list`: musl-1.2.5-r0 x86_64 {musl} (MIT) [installed]
_OF_APK = re.compile(r"(?P<name>[^\s]{1,250})-(?P<version>[0-9][^\s-]{0,60}-r[0-9]{1,5})")
_VIRTUAL = "names made by `apk add --virtual` are left out"
_REFUSED = "packages it refuses are left out"
_LEAST_OF_DPKG, _LEAST_OF_APK = 4, 3


def read_debian_list(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Packages, each with a version after `=`, or what Debian's own tools print.

    That is `dpkg --get-selections`, `dpkg -l`, `apt-mark showmanual` and
    `apt list --installed`. Raises UsageError naming the line.
    """
    return (_read(file, content, Ecosystem.APT, lambda words, _: _of_debian(words)),)


def read_alpine_list(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Alpine's `/etc/apk/world`, packages one a line, or what `apk list` and `apk info -v` print.

    Raises UsageError naming the line.
    """
    return (_read(file, content, Ecosystem.APK, _of_alpine),)


def _read(
    file: str,
    content: bytes,
    ecosystem: Ecosystem,
    words_of: Callable[[list[str], Notes], Iterator[str]],
) -> PackageList:
    wanted: dict[Wanted, None] = {}
    notes = Notes(file)
    for number, line in lines_of(file, content):
        # A backslash at the end comes with lists that are copied out of a Dockerfile.
        plain = line.partition("#")[0].strip().removesuffix("\\").strip()
        if not plain or plain.startswith((*_HEADS_OF_DPKG, *_HEADS)):
            continue
        for word in words_of(plain.split(), notes):
            wanted[system_wanted(file, ecosystem, word, number)] = None
        check_count(file, len(wanted))
    return PackageList(ecosystem, file, tuple(wanted), (), notes.told())


def _of_debian(words: list[str]) -> Iterator[str]:
    if len(words) >= _LEAST_OF_DPKG and _STATES.fullmatch(words[0]) and words[2][:1].isdigit():
        if words[0] in _THERE:
            yield f"{words[1]}={words[2]}"
    elif len(words) == 2 and words[1] in _SELECTED | _NOT_SELECTED:  # noqa: PLR2004 - name and state
        if words[1] in _SELECTED:
            yield words[0]
    elif "/" in words[0] and len(words) > 2:  # noqa: PLR2004 - apt list: name/suite version arch
        yield f"{words[0].partition('/')[0]}={words[1]}"
    else:
        yield from words


def _of_alpine(words: list[str], notes: Notes) -> Iterator[str]:
    found = _OF_APK.fullmatch(words[0])
    if found and (len(words) == 1 or (len(words) >= _LEAST_OF_APK and words[2].startswith("{"))):
        yield f"{found['name']}={found['version']}"
        return
    for word in words:
        if word.startswith("."):
            notes.add(_VIRTUAL, word)
        elif word.startswith("!"):
            notes.add(_REFUSED, word[1:])
        else:
            yield word
