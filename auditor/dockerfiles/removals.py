"""What a RUN removes: of what it brought itself, and of what was there before."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from auditor.analysis.effects.acts import Act, StepActs
from auditor.analysis.effects.packages import names_removed, package_change, package_name
from auditor.analysis.effects.paths import removed_paths, swept_folders
from auditor.dockerfiles.places import in_folder
from auditor.dockerfiles.python import pip_words
from auditor.dockerfiles.system import ECOSYSTEMS
from auditor.domain.build_plan import Install, Removal
from auditor.domain.packages import Ecosystem, Wanted

# Deeper paths are no folders that anything is installed to.
_MOST_PARENTS = 32


class Removals:
    """Paths and packages that commands of one RUN remove, by the position of the command.

    `mounted` are folders of which nothing reaches the layer, as if they were removed last.
    """

    def __init__(self, mounted: Iterable[str], end: int) -> None:
        self.last = dict.fromkeys(mounted, end)
        self.paths: dict[str, None] = {}
        self.names: dict[Ecosystem, dict[str, int]] = {}

    def note(self, at: int, act: Act) -> None:
        for path in (*removed_paths(act), *swept_folders(act)):
            place = in_folder("/", path.removesuffix("/*"))
            self.last[place] = max(at, self.last.get(place, at))
            self.paths[place] = None
        ecosystem, names = _names(act)
        if ecosystem and names:
            self.names.setdefault(ecosystem, {}).update(dict.fromkeys(names, at))

    def covers(self, place: str, at: int) -> bool:
        """Whether a later command than `at` removes the place or a folder above it."""
        for _ in range(_MOST_PARENTS):
            if self.last.get(place, -1) > at:
                return True
            if place in ("/", ""):
                break
            place = posixpath.dirname(place)
        return False

    def of_others(self, brought: Iterable[Install]) -> Iterator[Removal]:
        """What it removes beside what the RUN itself brought; `brought` as the text names it."""
        own = {(one.ecosystem, package_name(each.name)) for one in brought for each in one.packages}
        for ecosystem, names in self.names.items():
            others = tuple(sorted(name for name in names if (ecosystem, name) not in own))
            if others:
                yield Removal(ecosystem, others)
        if self.paths:
            yield Removal(paths=tuple(self.paths))


def _names(act: Act) -> tuple[Ecosystem | None, frozenset[str]]:
    """Packages that a command removes, of which ecosystem."""
    words = pip_words(act)
    if words is not None and words[:1] == ("uninstall",):
        return Ecosystem.PIP, frozenset(one for one in words[1:] if not one.startswith("-"))
    if act.name == "npm" and act.operands[:1] in (("uninstall",), ("rm",), ("remove",)):
        return Ecosystem.NPM, frozenset(act.operands[1:])
    return ECOSYSTEMS.get(act.name), names_removed(act)


def names_left(one: StepActs) -> frozenset[str]:
    """The system's packages that a RUN leaves in its end, groups and `autoremove` followed."""
    return frozenset(package.name for package in package_change(one).left)


def reduced(install: Install, at: int, left: frozenset[str], removals: Removals) -> Install:
    """The install less what later commands of the RUN remove of it; `left` of `names_left`."""
    if removals.covers(install.place, at):
        gone = (*install.gone, *install.packages)
        return replace(install, packages=(), gone=gone, lists=(), local=(), unread=())
    if install.ecosystem in _SYSTEM:
        stays = {one: package_name(one.name) in left for one in install.packages}
        unread = tuple(one for one in install.unread if _may_stay(one, install, left))
        install = replace(install, unread=unread)
    else:
        names = removals.names.get(install.ecosystem, {})
        stays = _not_removed(install.packages, names, at)
    packages = tuple(one for one in install.packages if stays[one])
    gone = tuple(one for one in install.packages if not stays[one])
    return replace(install, packages=packages, gone=gone)


_SYSTEM = frozenset({Ecosystem.APT, Ecosystem.APK})


def _may_stay(word: str, install: Install, left: frozenset[str]) -> bool:
    """A word of unknown value stays with its group; one that stands for no name stays."""
    return word == install.tool or package_name(word) in left


def _not_removed(
    packages: tuple[Wanted, ...], names: Mapping[str, int], at: int
) -> dict[Wanted, bool]:
    return {one: names.get(one.name, -1) <= at for one in packages}
