"""uv.lock: what the project's own entry leads to, with the files each package may be."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from packaging.utils import canonicalize_name

from auditor.domain.packages import Ecosystem, Locked, LockedFile, PackageList
from auditor.estimate.lists.choices import ALL, Choices
from auditor.estimate.lists.documents import table, table_at, tables_at, text, toml_of, words
from auditor.estimate.lists.grammar import checked_name, checked_version, is_file_name
from auditor.estimate.lists.limits import ELSEWHERE, Notes, refused, shown
from auditor.estimate.lists.markers import (
    ALWAYS,
    Condition,
    any_of,
    both,
    checked_marker,
    decide_extras,
    either,
    written,
)

_DEV = "dev"
_LOCAL = ("virtual", "editable", "directory")
_OF_AN_INDEX = "registry"
_MOST_CHANGES = 8
_MOST_FORKS = 100
_LONGEST_MARKER = 5_000
_MOST_BYTES = 1 << 50
_WORKSPACE = "it has no project of its own: all members of its workspace are counted"
_NO_PROJECT = "it has no entry for a project: all its packages are counted"
_OWN = "these are your own, to be counted with your files"

_Entry = Mapping[str, Any]
_State = tuple[int, str]
"""A package, by its place in the file, and one of its extras, or "" for itself."""


def read_uv_lock(file: str, content: bytes, choices: Choices) -> tuple[PackageList, ...]:
    """Packages that the project's own entry leads to; those only "dev" leads to are dev.

    A package that is reached under markers alone keeps them. Raises UsageError.
    """
    document = toml_of(file, content)
    graph = _Graph(file, tables_at(file, document, "package"))
    notes = Notes(file)
    roots = _roots(file, document, graph, notes)
    choices = _settled(file, roots, choices, notes)
    names = _decided_extras(roots, choices)
    walk = _Walk(graph, names)
    for root in roots:
        walk.follow(_wanted_always(file, root, choices))
    plain = dict(walk.found)
    for root in roots:
        walk.follow(_wanted_for_development(file, root, choices))
    locked = tuple(_locked(graph, plain, walk.found, notes))
    return (PackageList(Ecosystem.PIP, file, (), locked, notes.told()),)


def _roots(file: str, document: _Entry, graph: _Graph, notes: Notes) -> list[_Entry]:
    """The project; of a workspace without one, its members; else all that is local."""
    local = [one for one in graph.packages if graph.is_local(one)]
    for one in local:
        source = table_at(file, one, "source")
        if "." in (source.get("virtual"), source.get("editable")):
            return [one]
    members = words(table_at(file, document, "manifest").get("members"))
    found = [one for one in local if text(one.get("name")) in members] or local
    if len(found) > 1:
        notes.add(_WORKSPACE, *(text(one.get("name")) for one in found))
    return found or [_of_no_project(file, document, graph, notes)]


def _of_no_project(file: str, document: _Entry, graph: _Graph, notes: Notes) -> _Entry:
    """An entry in place of the project's: what a script asks for (PEP 723), else everything."""
    asked = tables_at(file, table_at(file, document, "manifest"), "requirements")
    if asked:
        return {"dependencies": list(asked)}
    if graph.packages:
        notes.add(_NO_PROJECT)
    named = [{key: one.get(key) for key in ("name", "version")} for one in graph.packages]
    return {"dependencies": named}


def _settled(file: str, roots: Sequence[_Entry], choices: Choices, notes: Notes) -> Choices:
    extras: dict[str, None] = {}
    groups: dict[str, None] = {}
    for root in roots:
        metadata = table_at(file, root, "metadata")
        extras |= dict.fromkeys(table_at(file, root, "optional-dependencies"))
        extras |= dict.fromkeys(words(metadata.get("provides-extras")))
        groups |= dict.fromkeys(table_at(file, root, "dev-dependencies"))
        groups |= dict.fromkeys(table_at(file, metadata, "requires-dev"))
    settled = choices.settle(file, extras, groups)
    settled.note(notes, extras, [one for one in groups if one != _DEV])
    return settled


def _decided_extras(roots: Sequence[_Entry], choices: Choices) -> frozenset[str]:
    """Extras and groups as uv writes them into markers where they exclude each other.

    Source: uv, crates/uv-resolver, "conflict markers": extra-3-foo-cpu, group-3-foo-dev.
    """
    names = set()
    for root in roots:
        own = canonicalize_name(text(root.get("name")))
        kinds = (("extra", choices.extras), ("group", choices.groups | {_DEV}))
        for kind, asked in kinds:
            names |= {f"{kind}-{len(own)}-{own}-{one}" for one in asked if one != ALL}
    return frozenset(names)


def _wanted_always(file: str, root: _Entry, choices: Choices) -> Iterator[_Entry]:
    yield from tables_at(file, root, "dependencies")
    extras = table_at(file, root, "optional-dependencies")
    for name in extras:
        if choices.has_extra(name):
            yield from tables_at(file, extras, name)
    groups = table_at(file, root, "dev-dependencies")
    for name in groups:
        if choices.has_group(name):
            yield from tables_at(file, groups, name)


def _wanted_for_development(file: str, root: _Entry, choices: Choices) -> Iterator[_Entry]:
    if not choices.has_group(_DEV):
        yield from tables_at(file, table_at(file, root, "dev-dependencies"), _DEV)


@dataclass(slots=True)
class _Graph:
    """The entries, and which of them a dependency means; every marker is checked once."""

    file: str
    packages: Sequence[_Entry]
    by_name: dict[str, list[int]] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    forks: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, one in enumerate(self.packages):
            self.by_name.setdefault(text(one.get("name")), []).append(place)

    def is_local(self, package: _Entry) -> bool:
        """Whether it is a folder of the project's."""
        return any(key in table_at(self.file, package, "source") for key in _LOCAL)

    def meant(self, wanted: _Entry) -> list[int]:
        """Places of the entries that a dependency means: one, or one for each fork."""
        places = self.by_name.get(text(wanted.get("name")), [])
        if len(places) > _MOST_FORKS:
            name = shown(text(wanted.get("name")))
            raise refused(self.file, f"{name} has over {_MOST_FORKS} entries", "write it anew")
        version = text(wanted.get("version"))
        return [
            one for one in places if not version or self.packages[one].get("version") == version
        ]

    def needs(self, state: _State) -> Sequence[_Entry]:
        """Dependencies of a package, or of one of its extras."""
        place, extra = state
        package = self.packages[place]
        if not extra:
            return tables_at(self.file, package, "dependencies")
        return tables_at(self.file, table_at(self.file, package, "optional-dependencies"), extra)

    def marker(self, wanted: _Entry, decided: frozenset[str]) -> str:
        """The marker of a dependency, its extras decided. Raises UsageError for none."""
        written_so = wanted.get("marker")
        if not isinstance(written_so, str):
            return checked_marker(self.file, written_so, text(wanted.get("name")))
        if written_so not in self.markers:
            plain = decide_extras(written_so[:_LONGEST_MARKER], decided)
            self.markers[written_so] = checked_marker(self.file, plain, text(wanted.get("name")))
        return self.markers[written_so]

    def fork(self, place: int, decided: frozenset[str]) -> str:
        """Where this version stands for one fork among several: that fork's markers."""
        if place not in self.forks:
            package = self.packages[place]
            name, listed = package.get("name"), words(package.get("resolution-markers"))
            is_alone = len(self.by_name[text(name)]) == 1
            known = [
                self.marker({"marker": one, "name": name}, decided)
                for one in (() if is_alone else listed[:_MOST_FORKS])
            ]
            self.forks[place] = any_of(known) if known else ""
        return self.forks[place]


@dataclass(slots=True)
class _Walk:
    """Follows dependencies; each state changes a few times at most, so circles end."""

    graph: _Graph
    decided: frozenset[str]
    found: dict[_State, Condition] = field(default_factory=dict)
    changes: dict[_State, int] = field(default_factory=dict)

    def follow(self, wanted: Iterable[_Entry]) -> None:
        waiting: deque[_State] = deque()
        self._meet(wanted, ALWAYS, waiting)
        while waiting:
            state = waiting.popleft()
            self._meet(self.graph.needs(state), self.found[state], waiting)

    def _meet(self, wanted: Iterable[_Entry], outer: Condition, waiting: deque[_State]) -> None:
        for one in wanted:
            condition = both(outer, self.graph.marker(one, self.decided))
            for place in self.graph.meant(one):
                inner = condition
                if not text(one.get("version")):
                    inner = both(condition, self.graph.fork(place, self.decided))
                for extra in ("", *words(one.get("extra"))):
                    self._reach((place, extra), inner, waiting)

    def _reach(self, state: _State, condition: Condition, waiting: deque[_State]) -> None:
        before = self.found.get(state, frozenset())
        after = either(before, condition)
        if after == before:
            return
        self.changes[state] = self.changes.get(state, 0) + 1
        self.found[state] = after if self.changes[state] < _MOST_CHANGES else ALWAYS
        waiting.append(state)


def _locked(
    graph: _Graph,
    plain: Mapping[_State, Condition],
    found: Mapping[_State, Condition],
    notes: Notes,
) -> Iterator[Locked]:
    """One for each package reached; one more where development needs it in other cases too."""
    for place in sorted(place for place, extra in found if not extra):
        package = graph.packages[place]
        name = checked_name(graph.file, Ecosystem.PIP, package.get("name"))
        source = table_at(graph.file, package, "source")
        if graph.is_local(package):
            notes.add(_OWN, name)
        elif source and _OF_AN_INDEX not in source:
            notes.add(ELSEWHERE, name)
        else:
            state = (place, "")
            one = Locked(
                name=name,
                version=checked_version(graph.file, Ecosystem.PIP, package.get("version"), name),
                is_dev=state not in plain,
                marker=written(plain.get(state, found[state])),
                files=tuple(_files(graph.file, package)),
            )
            yield one
            if state in plain and plain[state] != found[state]:
                yield replace(one, is_dev=True, marker=written(found[state]))


def _files(file: str, package: _Entry) -> Iterator[LockedFile]:
    source = package.get("sdist")
    own = [table(file, source, "sdist")] if source else []
    for each in (*tables_at(file, package, "wheels"), *own):
        address = text(each.get("url")) or text(each.get("path")) or text(each.get("filename"))
        name = address.partition("#")[0].replace("\\", "/").rpartition("/")[2]
        size = each.get("size")
        is_size = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < _MOST_BYTES
        if is_file_name(name):
            yield LockedFile(name, size if is_size else None)
