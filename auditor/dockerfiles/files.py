"""Where files of a stage come from: which file of the build context a path in the image is."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from auditor.analysis.effects.paths import name_in_url
from auditor.dockerfiles.places import below, in_folder, is_within

# Looking further back than this is no use to anybody and would cost a hostile file its square.
_MOST_LOOKED_AT = 200
_MOST_STAGES = 8
_WILD = frozenset("*?[")
_LONGEST_PATTERN, _MOST_STARS = 256, 2
_FILES = frozenset({"Makefile", "Dockerfile", "Pipfile", "Gemfile", "Procfile", "Rakefile"})


@dataclass(frozen=True, slots=True)
class Copied:
    """Sources that a step puts at `place`; `files` None for the build context."""

    sources: tuple[str, ...]
    place: str
    is_folder: bool
    files: Files | None = None


@dataclass(slots=True)
class Looks:
    """How many sources may be looked at over a whole Dockerfile; then no file is found."""

    left: int = 300_000


@dataclass(slots=True)
class Files:
    """What steps of a stage copied, in order, on top of what its base stage copied."""

    looks: Looks
    base: Files | None = None
    copied: list[Copied] = field(default_factory=list)

    def locate(self, path: str, mounts: tuple[Copied, ...] = ()) -> str:
        """Where in the build context the file `path` comes from; empty where no step tells.

        `mounts` are there for one step, and come first. Files named by a step win over folders.
        """
        return self.locate_from(path, mounts, _MOST_STAGES)

    def locate_from(self, path: str, mounts: tuple[Copied, ...], stages_left: int) -> str:
        """The same, through so many more stages."""
        if not stages_left:
            return ""
        latest = [*reversed(mounts), *self._latest()]
        for find in (_named_file, _in_folder):
            for one in latest:
                self.looks.left -= 1 + len(one.sources)
                if self.looks.left < 0:
                    return ""
                if source := find(one, path):
                    if one.files is None:
                        return source.removeprefix("/")
                    return one.files.locate_from(in_folder("/", source), (), stages_left - 1)
        return ""

    def _latest(self) -> Iterator[Copied]:
        left, files = _MOST_LOOKED_AT, self
        while left > 0:
            yield from files.copied[: -left - 1 : -1]
            left -= len(files.copied) + 1
            if files.base is None:
                return
            files = files.base


def _named_file(one: Copied, path: str) -> str:
    """The source that is this file by its name: copied under its own, by a pattern, or renamed."""
    folder, name = posixpath.split(path)
    for source in one.sources:
        last = name_in_url(source)
        if one.place == folder and last == name:
            return source
        if one.place == folder and is_match(name, last):
            return posixpath.join(posixpath.dirname(source), name)
    is_renamed = one.place == path and not one.is_folder and len(one.sources) == 1
    return one.sources[0] if is_renamed else ""


def is_match(name: str, pattern: str) -> bool:
    """Whether a pattern, which it must be, stands for the name."""
    is_long = len(pattern) > _LONGEST_PATTERN or pattern.count("*") > _MOST_STARS
    return not is_long and not _WILD.isdisjoint(pattern) and fnmatchcase(name, pattern)


def _in_folder(one: Copied, path: str) -> str:
    """The path below a folder that was copied; of several folders, the first."""
    if not is_within(path, one.place) or path == one.place:
        return ""
    rest = below(path, one.place)
    for source in one.sources:
        if is_folder(source):
            return posixpath.normpath(posixpath.join(source, rest))
    return ""


def is_folder(source: str) -> bool:
    """Not a file by its name: `.` and `src` are folders, `main.py` and `LICENSE` are none."""
    name = name_in_url(source)
    is_file = "." in name.strip(".") or name.isupper() or name in _FILES
    return not is_file and _WILD.isdisjoint(name)
