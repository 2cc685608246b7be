"""package-lock.json in its three versions, and npm-shrinkwrap.json, which is the same.

Source: npm documentation, "package-lock.json": `packages` since version 2, else `dependencies`
within each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.domain.text import is_clean_line
from auditor.estimate.lists.documents import json_of, table, table_at, text, words
from auditor.estimate.lists.grammar import checked_name, checked_version, platforms
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count, quoted, refused
from auditor.estimate.lists.npm_sources import is_elsewhere, is_not_of_registry

_FOLDER = "node_modules/"
_LONGEST_PLACE = 1_000
_OWN = "these are your own, to be counted with your files"
_BUNDLED = "not counted by themselves, since they lie within the archives of others"
_EXTRANEOUS = "nothing needs them, and they are not counted"


def read_package_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Every copy of every package, where npm puts it. Raises UsageError."""
    document = json_of(file, content)
    reading = _Reading(file)
    if "packages" in document:
        entries = table_at(file, document, "packages")
        check_count(file, len(entries))
        locked = [one for place, value in entries.items() for one in reading.entry(place, value)]
    elif "dependencies" in document:
        locked = list(reading.nested(table_at(file, document, "dependencies")))
    elif "lockfileVersion" in document:
        locked = []
    else:
        raise refused(
            file, "it has neither packages nor dependencies", "write it anew with `npm install`"
        )
    return (PackageList(Ecosystem.NPM, file, (), tuple(locked), reading.notes.told()),)


@dataclass(slots=True)
class _Reading:
    file: str
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.file)

    def entry(self, place: str, value: object) -> Iterator[Locked]:
        """An entry of `packages`; nothing for the project itself."""
        entry = table(self.file, value, place)
        if not place:
            return
        name = text(entry.get("name")) or place.rpartition(_FOLDER)[2]
        if _FOLDER not in place or entry.get("link") is True:
            if _FOLDER not in place:
                self.notes.add(_OWN, place)
        elif left := _left_out(entry):
            self.notes.add(left, name)
        else:
            is_optional = entry.get("optional") is True or entry.get("devOptional") is True
            yield self._locked(name, place, entry, is_optional=is_optional)

    def nested(self, top: Mapping[str, Any]) -> Iterator[Locked]:
        """Entries of the first version, and those within them."""
        waiting: list[tuple[str, Mapping[str, Any]]] = [("", top)]
        count = 0
        while waiting:
            above, entries = waiting.pop()
            count += len(entries)
            check_count(self.file, count)
            for name, value in entries.items():
                entry = table(self.file, value, name)
                place = f"{above}{_FOLDER}{name}"
                yield from self._old_entry(name, place, entry)
                if inner := table_at(self.file, entry, "dependencies"):
                    waiting.append((f"{place}/", inner))

    def _old_entry(self, name: str, place: str, entry: Mapping[str, Any]) -> Iterator[Locked]:
        version = text(entry.get("version"))
        if version.startswith("npm:"):
            name, _, version = version.removeprefix("npm:").rpartition("@")
        if left := _left_out({**entry, "version": version}):
            self.notes.add(left, name)
            return
        plain = {**entry, "version": version}
        yield self._locked(name, place, plain, is_optional=entry.get("optional") is True)

    def _locked(
        self, name: str, place: str, entry: Mapping[str, Any], *, is_optional: bool
    ) -> Locked:
        if len(place) > _LONGEST_PLACE or not is_clean_line(place):
            raise refused(
                self.file, f"{quoted(place)} is no place for a package", "write it anew with npm"
            )
        return Locked(
            name=checked_name(self.file, Ecosystem.NPM, name),
            version=checked_version(self.file, Ecosystem.NPM, entry.get("version"), name),
            is_dev=entry.get("dev") is True,
            is_optional=is_optional,
            place=place,
            systems=platforms(words(entry.get("os"))),
            architectures=platforms(words(entry.get("cpu"))),
            libcs=platforms(words(entry.get("libc"))),
        )


def _left_out(entry: Mapping[str, Any]) -> str:
    """Why an entry does not count, empty where it does."""
    if entry.get("inBundle") is True or entry.get("bundled") is True:
        return _BUNDLED
    if entry.get("extraneous") is True:
        return _EXTRANEOUS
    version, resolved = text(entry.get("version")), text(entry.get("resolved"))
    return ELSEWHERE if is_elsewhere(version) or is_not_of_registry(resolved) else ""
