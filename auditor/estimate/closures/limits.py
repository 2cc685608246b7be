"""What every closure is held to, and the errors that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from auditor.domain.errors import UsageError
from auditor.domain.packages import Ecosystem
from auditor.domain.text import clean_line

MAX_PACKAGES = 5_000
MAX_NAME_LENGTH = 214
MAX_CONSTRAINT_LENGTH = 256
_MAX_NOTES = 20
_MAX_SHOWN = 12
_SHOWN_LENGTH = 80

_NAMES = {
    # Debian Policy 5.6.1; an architecture may follow.
    Ecosystem.APT: re.compile(r"[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?"),
    # Names of Alpine, and of what its packages provide ("so:libc.musl-x86_64.so.1", "cmd:sh").
    Ecosystem.APK: re.compile(r"(?:[a-z]+:)?[A-Za-z0-9_/.][A-Za-z0-9_/.+:-]*"),
    # PEP 508.
    Ecosystem.PIP: re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"),
    # validate-npm-package-name, with the capitals of old packages.
    Ecosystem.NPM: re.compile(r"(?:@[A-Za-z0-9~-][\w.~-]*/)?[A-Za-z0-9~_-][\w.~!'()*-]*", re.ASCII),
}


def shown(text: str) -> str:
    """A name or a version from anywhere, made safe to print, in at most 80 characters."""
    return clean_line(text, _SHOWN_LENGTH)


def listed(names: Iterable[str]) -> str:
    """Names in a row, sorted, the first twelve and how many more."""
    ordered = sorted(set(names))
    more = len(ordered) - _MAX_SHOWN
    row = ", ".join(map(shown, ordered[:_MAX_SHOWN]))
    return f"{row} and {more} more" if more > 0 else row


def is_name(ecosystem: Ecosystem, name: str) -> bool:
    """Whether packages of this ecosystem can be called so."""
    return len(name) <= MAX_NAME_LENGTH and _NAMES[ecosystem].fullmatch(name) is not None


def check_names(ecosystem: Ecosystem, names: Iterable[str]) -> None:
    """Raises UsageError that names whatever is no name of a package."""
    wrong = {name for name in names if not is_name(ecosystem, name)}
    if wrong:
        raise UsageError(
            f"no name of a package for {ecosystem}: {listed(wrong)}",
            next_step="write names as the package index does, with the version behind them",
        )


def check_count(ecosystem: Ecosystem, count: int) -> None:
    """Raises UsageError for more packages than are looked at."""
    if count > MAX_PACKAGES:
        raise UsageError(
            f"more than {MAX_PACKAGES} packages for {ecosystem}",
            next_step="ask for fewer at a time, or for the folder they end up in, with --files",
        )


def unknown_packages(
    ecosystem: Ecosystem, names: Iterable[str], near: Mapping[str, Sequence[str]]
) -> UsageError:
    """The error for packages that no index has; `near` are names that look like them."""
    hints = [
        f"{shown(name)} may be {' or '.join(map(shown, near[name]))}"
        for name in sorted(near)[:_MAX_SHOWN]
        if near[name]
    ]
    steps = [*hints, "check the spelling, and that the index that has them is configured"]
    return UsageError(
        f"the index for {ecosystem} has no package {listed(names)}", next_step="; ".join(steps)
    )


def few(notes: Iterable[str]) -> tuple[str, ...]:
    """Notes without repetitions, the first twenty and how many more."""
    distinct = tuple(dict.fromkeys(notes))
    more = len(distinct) - _MAX_NOTES
    return (*distinct[:_MAX_NOTES], f"and {more} more notes") if more > 0 else distinct
