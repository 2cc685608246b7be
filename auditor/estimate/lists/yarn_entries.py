"""One entry of a yarn.lock, whichever form it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class YarnEntry:
    """A package at a version. `keys` are the ranges it stands for; the first one names it.

    `needs` are names, ranges and whether they are optional. `is_own` is a folder of the
    workspace, `is_root` the folder that the lock lies in, `is_elsewhere` what no index has.
    """

    keys: tuple[str, ...]
    name: str
    version: str = ""
    needs: list[tuple[str, str, bool]] = field(default_factory=list)
    systems: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    libcs: tuple[str, ...] = ()
    is_own: bool = False
    is_root: bool = False
    is_elsewhere: bool = False


def name_of(key: str) -> str:
    """The package behind a key: `a@^1`, `@s/a@^1`, or `alias@npm:a@^1`."""
    name, _, rest = key[1:].partition("@")
    if rest.startswith("npm:") and "@" in rest.removeprefix("npm:")[1:]:
        inner = rest.removeprefix("npm:")
        return inner[0] + inner[1:].partition("@")[0]
    return key[:1] + name


def range_of(key: str) -> str:
    """The range of a key: `^1` of `@s/a@^1`."""
    return key[1:].partition("@")[2]
