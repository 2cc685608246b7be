"""yarn.lock in both its forms: the entries, and which of them are for development alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.estimate.lists.grammar import checked_name, checked_version, platforms
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count, text_of
from auditor.estimate.lists.npm_graph import Edge, reached
from auditor.estimate.lists.npm_sources import is_own
from auditor.estimate.lists.package_json import Manifest, read_manifest
from auditor.estimate.lists.yarn_berry import berry_entries
from auditor.estimate.lists.yarn_classic import classic_entries
from auditor.estimate.lists.yarn_entries import YarnEntry

_MANIFEST = "package.json"
_MOST_OF_A_NAME = 20
_NO_MARKS = "it does not say what is for development only: give package.json too"
_MEMBERS = "all parts of its workspace are counted; what is for development only, of one"
_OWN = "these are your own, to be counted with your files"
_STRANGE = "package.json asks for what it does not have: run `yarn install` anew"


def read_yarn_lock(
    file: str, content: bytes, manifest: bytes | None = None
) -> tuple[PackageList, ...]:
    """Every package once; what only development leads to is marked where a package.json tells.

    Raises UsageError.
    """
    is_berry = "__metadata:" in text_of(file, content)
    entries = list((berry_entries if is_berry else classic_entries)(file, content))
    check_count(file, len(entries))
    lock = _Lock(file, entries)
    known = read_manifest(_MANIFEST, manifest) if manifest is not None else None
    kept, dev = lock.walk(known)
    locked = lock.locked(kept, dev)
    return (PackageList(Ecosystem.NPM, file, (), tuple(locked), lock.notes.told()),)


@dataclass(slots=True)
class _Lock:
    file: str
    entries: list[YarnEntry]
    by_key: dict[str, str] = field(default_factory=dict)
    by_id: dict[str, YarnEntry] = field(default_factory=dict)
    by_name: dict[str, dict[str, None]] = field(default_factory=dict)
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.file)
        for one in self.entries:
            self.by_id.setdefault(one.keys[0], one)
            for key in one.keys:
                self.by_key.setdefault(key, one.keys[0])
                self.by_name.setdefault(_asked_name(key), {})[one.keys[0]] = None

    def walk(self, manifest: Manifest | None) -> tuple[Mapping[str, bool], Mapping[str, bool]]:
        """What is installed in any case and whether that is optional; what for development."""
        if manifest is None:
            self.notes.add(_NO_MARKS)
            return reached(self._tops(), self._needs), {}
        certain = {**manifest.dependencies}
        for name in manifest.optional:
            certain.pop(name, None)
        roots = [*self._meant(certain), *self._meant(manifest.optional, is_optional=True)]
        kept = reached([*roots, *self._of_members(manifest)], self._needs)
        return kept, reached(self._meant(manifest.dev), self._needs)

    def locked(self, kept: Mapping[str, bool], dev: Mapping[str, bool]) -> Iterator[Locked]:
        """Packages of the registry, each version once; notes tell of the others."""
        order = (*kept, *(one for one in dev if one not in kept))
        done: set[tuple[str, str]] = set()
        for one in order:
            entry = self.by_id[one]
            if entry.is_own or entry.is_elsewhere:
                self.notes.add(_OWN if entry.is_own else ELSEWHERE, entry.name)
            elif (entry.name, entry.version) not in done:
                done.add((entry.name, entry.version))
                yield self._locked(
                    entry, is_dev=one not in kept, is_optional=kept.get(one, dev.get(one, False))
                )

    def _locked(self, entry: YarnEntry, *, is_dev: bool, is_optional: bool) -> Locked:
        return Locked(
            name=checked_name(self.file, Ecosystem.NPM, entry.name),
            version=checked_version(self.file, Ecosystem.NPM, entry.version, entry.name),
            is_dev=is_dev,
            is_optional=is_optional,
            systems=platforms(entry.systems),
            architectures=platforms(entry.architectures),
            libcs=platforms(entry.libcs),
        )

    def _tops(self) -> list[Edge]:
        """What nothing else needs; then the rest, for what needs each other in a circle."""
        needed = {key for one in self.entries for key, _ in self._needs(one.keys[0])}
        tops = [(one.keys[0], False) for one in self.entries if one.keys[0] not in needed]
        there = reached(tops, self._needs)
        return [*tops, *((one, False) for one in self.by_id if one not in there)]

    def _needs(self, key: str) -> Iterable[Edge]:
        for name, spec, is_optional in self.by_id[key].needs:
            for one in self._find(name, spec):
                yield one, is_optional

    def _meant(self, ranges: Mapping[str, str], *, is_optional: bool = False) -> Iterator[Edge]:
        for name, spec in ranges.items():
            found = self._find(name, spec)
            if not found and not is_optional and not is_own(spec):
                self.notes.add(_STRANGE, name)
            for one in found:
                yield one, is_optional

    def _of_members(self, manifest: Manifest) -> Iterator[Edge]:
        """Parts of a workspace apart from the one whose package.json is known."""
        asked = {*manifest.dependencies, *manifest.optional, *manifest.dev}
        others = [
            one
            for one in self.entries
            if one.is_own and not (one.is_root or {name for name, _, _ in one.needs} == asked)
        ]
        if others:
            self.notes.add(_MEMBERS)
        yield from ((one.keys[0], False) for one in others)

    def _find(self, name: str, spec: str) -> list[str]:
        """Entries for a name and a range: of the lock's spellings, else all of that name."""
        for key in (f"{name}@{spec}", f"{name}@npm:{spec}"):
            if key in self.by_key:
                return [self.by_key[key]]
        return list(islice(self.by_name.get(name, {}), _MOST_OF_A_NAME))


def _asked_name(key: str) -> str:
    """`a` of `a@^1`, `@s/a` of `@s/a@^1`."""
    return key[:1] + key[1:].partition("@")[0]
