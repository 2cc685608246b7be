"""Packages as they are named on a command line: name, version, extras."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act
from auditor.dockerfiles.places import in_folder
from auditor.domain.packages import Ecosystem, Wanted

_PYTHON_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SYSTEM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:-]*|\.?[A-Za-z0-9_-]+")
_NPM_NAME = re.compile(r"(?:@[A-Za-z0-9*~._-]+/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_ARCHIVES = (".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".deb", ".apk")
_COMPARES = frozenset("<>=!~(")
_APK_VERSION = re.compile(r"[<>=~]")


@dataclass(frozen=True, slots=True)
class Named:
    """Words of an install command: packages, what no index has, and what is not known."""

    packages: tuple[Wanted, ...] = ()
    local: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def named(words: Iterable[str], ecosystem: Ecosystem, act: Act) -> Named:
    """What the words of an install command name; paths come out absolute."""
    packages: list[Wanted] = []
    local: list[str] = []
    unread: list[str] = []
    for word in words:
        if "$" in word or "`" in word:
            unread.append(word)
        elif _is_local(word, ecosystem):
            local.append(word if ":" in word else _absolute(word, act.folder))
        elif wanted := _READERS[ecosystem](word):
            packages.append(wanted)
        else:
            unread.append(word)
    return Named(tuple(packages), tuple(local), tuple(unread))


def _absolute(word: str, folder: str) -> str:
    """A path, the extras behind it kept: `.[web]`."""
    path, sign, extras = word.partition("[")
    return in_folder(folder, path) + sign + extras


def _is_local(word: str, ecosystem: Ecosystem) -> bool:
    """A path, an archive or an address, which no index knows."""
    if "://" in word or word.startswith(("git@", "github:", "file:", "git+")):
        return True
    if word.startswith((".", "/", "~")):
        return ecosystem is not Ecosystem.APK or "/" in word
    if ecosystem is Ecosystem.NPM:
        is_short = "/" in word and not word.startswith("@") and "@" not in word.partition("/")[0]
        return is_short or word.endswith((".tgz", ".tar.gz"))
    path = word.partition("[")[0]
    return path.endswith(_ARCHIVES) or (ecosystem is Ecosystem.PIP and "/" in path)


def python_wanted(word: str) -> Wanted | None:
    """`uvicorn[standard]>=0.30; python_version > "3.8"` taken apart. Source: PEP 508."""
    requirement, _, marker = word.partition(";")
    name = _PYTHON_NAME.match(requirement.strip())
    if not name:
        return None
    rest = requirement.strip()[name.end() :].lstrip()
    extras: tuple[str, ...] = ()
    if rest.startswith("["):
        inside, _, rest = rest[1:].partition("]")
        extras = tuple(one.strip() for one in inside.split(",") if one.strip())
    rest = rest.strip()
    if rest and rest[0] not in _COMPARES:
        return None
    return Wanted(name[0], rest.strip("()").strip(), extras, marker.strip())


def npm_wanted(word: str) -> Wanted | None:
    """`@scope/name@^1.2` taken apart."""
    name, _, version = word[1:].partition("@")
    name = word[:1] + name
    return Wanted(name, version) if _NPM_NAME.fullmatch(name) else None


def apt_wanted(word: str) -> Wanted | None:
    """`nginx=1.22.1-9`, `nginx/stable`, `libc6:i386`; None for `nginx-`, which removes."""
    head, _, version = word.partition("=")
    name = head.partition("/")[0]
    if not _SYSTEM_NAME.fullmatch(name) or name.endswith("-"):
        return None
    return Wanted(
        name.removesuffix("+") if name.count("+") == 1 else name, version and f"={version}"
    )


def apk_wanted(word: str) -> Wanted | None:
    """`bash=5.2-r0`, `bash>5`, `bash~5.2`, `bash@edge`; None for `!bash`."""
    word = word.partition("@")[0]
    sign = _APK_VERSION.search(word)
    name = word[: sign.start()] if sign else word
    if not _SYSTEM_NAME.fullmatch(name):
        return None
    return Wanted(name, word[len(name) :])


_READERS = {
    Ecosystem.APT: apt_wanted,
    Ecosystem.APK: apk_wanted,
    Ecosystem.PIP: python_wanted,
    Ecosystem.NPM: npm_wanted,
}
