"""What lies where in a stage, as far as its steps tell: each deed with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from auditor.analysis.effects.packages import package_name
from auditor.dockerfiles.faults import fault
from auditor.dockerfiles.places import SYSTEM, is_within
from auditor.domain.build_plan import (
    Compile,
    Copy,
    CopyFrom,
    Deed,
    Download,
    Folder,
    IndexKept,
    InlineFile,
    Install,
    LeftBehind,
    Other,
    Removal,
    Unknown,
    Unpack,
    Upgrade,
)

MOST_LOOKED_AT = 1_000_000
_MOST_HELD = 20_000
_LIE_SOMEWHERE = (
    *(Install, Copy, CopyFrom, InlineFile, Folder, Unpack, Compile, Other, Unknown, IndexKept),
    LeftBehind,
)
_Change = Callable[[Install], Install]

Key = tuple[int, int, int]
"""A deed by the numbers of its stage, its step and itself."""


@dataclass(frozen=True, slots=True)
class Item:
    """A deed that left something at `place`; `key` says which it was, `stage` where."""

    deed: Deed
    place: str
    key: Key

    @property
    def stage(self) -> int:
        """The stage whose step it was."""
        return self.key[0]


@dataclass(slots=True)
class Work:
    """How much is left to look at over a whole Dockerfile, so that copies of copies end."""

    left: int = MOST_LOOKED_AT

    def take(self, count: int, line: int) -> None:
        """Count items looked at; raises UsageError at the end."""
        self.left -= count
        if self.left < 0:
            message = "the steps copy and change more by here than can be followed"
            raise fault(line, message, "use fewer stages or fewer copies between them")


@dataclass(slots=True)
class Contents:
    """Items of a stage, in the order they came; whatever asks looks at all of them."""

    work: Work
    items: list[Item] = field(default_factory=list)

    def copy(self, line: int) -> Contents:
        """The same to go on from."""
        self.work.take(len(self.items), line)
        return Contents(self.work, list(self.items))

    def within(self, path: str, line: int) -> list[Item]:
        """Items at the path or below it."""
        self.work.take(len(self.items) + 1, line)
        return [item for item in self.items if is_within(item.place, path)]

    def around(self, path: str, line: int) -> list[Item]:
        """Items whose place holds the path and more, the latest first."""
        self.work.take(len(self.items) + 1, line)
        return [
            item
            for item in reversed(self.items)
            if item.place != path and is_within(path, item.place)
        ]

    def add(self, items: list[Item], line: int) -> None:
        """Items that came by a copy."""
        if len(self.items) + len(items) > _MOST_HELD:
            self.work.take(self.work.left + 1, line)
        self.items += items

    def do(self, deed: Deed, key: Key, line: int) -> bool:
        """Let a deed change the contents; whether it removed something."""
        if isinstance(deed, Removal):
            return self._remove(deed, line)
        if isinstance(deed, Install) and deed.starts_anew:
            self._drop((deed.place,), line)
        if isinstance(deed, Install) and deed.is_repeated:
            self._update(deed, line)
        else:
            self.add([Item(one, place, key) for one, place in _places(deed)], line)
        return False

    def _remove(self, deed: Removal, line: int) -> bool:
        if deed.is_dev_only:
            return self._change(lambda one: _without_dev(one, deed.paths), line)
        if deed.names:
            names = frozenset(deed.names)
            return self._change(lambda one: _without(one, deed, names), line)
        return self._drop(deed.paths, line)

    def _drop(self, paths: tuple[str, ...], line: int) -> bool:
        self.work.take(len(self.items) * len(paths), line)
        kept = [
            item for item in self.items if not any(is_within(item.place, path) for path in paths)
        ]
        is_less = len(kept) < len(self.items)
        self.items = kept
        return is_less

    def _change(self, change: _Change, line: int) -> bool:
        self.work.take(len(self.items), line)
        before = self.items
        self.items = [
            replace(item, deed=change(item.deed)) if isinstance(item.deed, Install) else item
            for item in before
        ]
        return self.items != before

    def _update(self, deed: Install, line: int) -> None:
        """The same installed again: what only development needs may go."""
        if not deed.has_dev:
            self._change(lambda one: _without_dev(one, (deed.place,)), line)


def _without_dev(install: Install, places: tuple[str, ...]) -> Install:
    return replace(install, has_dev=False) if install.place in places else install


def _without(install: Install, removal: Removal, names: frozenset[str]) -> Install:
    if install.ecosystem is not removal.ecosystem:
        return install
    kept = tuple(one for one in install.packages if package_name(one.name) not in names)
    return replace(install, packages=kept) if len(kept) < len(install.packages) else install


def _places(deed: Deed) -> Iterator[tuple[Deed, str]]:
    """What a deed leaves, and where."""
    if isinstance(deed, Download):
        if deed.is_kept:
            yield deed, deed.place
        if deed.unpacked_to:
            yield replace(deed, place=deed.unpacked_to, is_kept=False), deed.unpacked_to
    elif isinstance(deed, Upgrade):
        yield deed, SYSTEM
    elif isinstance(deed, _LIE_SOMEWHERE) and not (isinstance(deed, Install) and deed.is_empty):
        yield deed, deed.place
