"""What packages and their versions can be called, by ecosystem: nothing else leaves this room.

Every pattern is without repetition inside repetition, and is given bounded text.
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from auditor.domain.packages import Ecosystem
from auditor.estimate.lists.limits import quoted, refused, shown

_LONGEST_VERSION = 256
_NAMES = {
    # Debian Policy 5.6.1; an architecture may follow.
    Ecosystem.APT: re.compile(r"[a-z0-9][a-z0-9+.-]{1,213}(?::[a-z0-9-]{1,20})?"),
    # Alpine's packages, and what they provide ("so:libc.musl-x86_64.so.1", "cmd:sh", "py3.12:x").
    Ecosystem.APK: re.compile(r"(?:[a-z][a-z0-9.]{0,19}:)?[A-Za-z0-9_][A-Za-z0-9_.+-]{0,213}"),
    # PEP 508.
    Ecosystem.PIP: re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?"),
    # validate-npm-package-name, with the capitals of old packages; 214 characters in all.
    Ecosystem.NPM: re.compile(
        r"(?=.{1,214}$)(?:@[A-Za-z0-9~_-][A-Za-z0-9._~-]*/)?[A-Za-z0-9~-][A-Za-z0-9._~-]*"
    ),
}
_VERSIONS = {
    # Debian Policy 5.6.12; apt-get takes "*" at the end.
    Ecosystem.APT: re.compile(r"[0-9][A-Za-z0-9.+:~-]*\*?"),
    # apk-package(5).
    Ecosystem.APK: re.compile(r"[0-9][A-Za-z0-9._-]*"),
    # semver.org, as npm writes it.
    Ecosystem.NPM: re.compile(
        r"[0-9]{1,16}\.[0-9]{1,16}\.[0-9]{1,16}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
    ),
}
_CONSTRAINT = re.compile(r"[A-Za-z0-9 .,<>=!~^*|+:_@/()&-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~-]{0,299}")
_PLATFORM = re.compile(r"!?[a-z0-9_-]{1,40}")
_NO_PACKAGES = frozenset({"node_modules", "favicon.ico"})


def is_name(ecosystem: Ecosystem, name: str) -> bool:
    """Whether packages of this ecosystem can be called so."""
    is_reserved = ecosystem is Ecosystem.NPM and name.lower() in _NO_PACKAGES
    return _NAMES[ecosystem].fullmatch(name) is not None and not is_reserved


def is_version(ecosystem: Ecosystem, version: str) -> bool:
    """Whether it is one whole version as the ecosystem writes it."""
    if len(version) > _LONGEST_VERSION:
        return False
    if ecosystem is Ecosystem.PIP:
        try:
            Version(version)
        except (InvalidVersion, ValueError):
            return False
        return True
    return _VERSIONS[ecosystem].fullmatch(version) is not None


def is_file_name(name: str) -> bool:
    """Whether an archive can be called so: no path, nothing that a terminal acts on."""
    return _FILE_NAME.fullmatch(name) is not None


def platforms(listed: tuple[str, ...]) -> tuple[str, ...]:
    """The entries of npm's `os`, `cpu` or `libc` that can be one."""
    return tuple(one for one in listed if _PLATFORM.fullmatch(one))


def checked_name(file: str, ecosystem: Ecosystem, name: object, line: int = 0) -> str:
    """The name. Raises UsageError for what no package of the ecosystem can be called."""
    if isinstance(name, str) and is_name(ecosystem, name):
        return name
    raise refused(
        file,
        f"{_at(line)}{quoted(name)} is no name of a package for {ecosystem}",
        "mend the name, or take it out",
    )


def checked_version(file: str, ecosystem: Ecosystem, version: object, whose: str) -> str:
    """The version. Raises UsageError for what is none."""
    if isinstance(version, str) and is_version(ecosystem, version):
        return version
    raise refused(
        file, f"{quoted(version)} is no version of {shown(whose)}", "write it anew with its tool"
    )


def checked_constraint(file: str, constraint: object, line: int = 0) -> str:
    """The constraint, stripped. Raises UsageError for what no tool would understand."""
    if isinstance(constraint, str) and is_constraint(constraint.strip()):
        return constraint.strip()
    raise refused(
        file,
        f"{_at(line)}{quoted(constraint)} is no version",
        "write it as the tool does",
    )


def is_constraint(constraint: str) -> bool:
    """Whether it has only characters that ranges and tags have, and not too many."""
    return len(constraint) <= _LONGEST_VERSION and _CONSTRAINT.fullmatch(constraint) is not None


def _at(line: int) -> str:
    return f"line {line}: " if line else ""
