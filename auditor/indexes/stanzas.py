"""A file of stanzas, of which only those that are asked for are taken apart."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from auditor.domain.package_facts import SystemPackage
from auditor.indexes.unpacking import UnusableError

MOST_BYTES = 2**40
_LONGEST_STANZA = 2**20
_MOST_STANZAS = 500_000
_MOST_PROVIDED = 2_000_000
_MOST_OF_ONE_NAME = 2_000
_MOST_ALIKE = 3
_LIKE_ENOUGH = 0.6
_LENGTHS_APART = 3


@dataclass(frozen=True, slots=True)
class Form:
    r"""How a format writes stanzas: `name` and `provides` begin the lines of those fields.

    `provided` yields the names in the value of `provides`; `required` are lines that mark a
    package every root has; `parse` makes a package of a stanza, None of one that is no use.
    `completes` begins the line that names what a package completes, empty where there is none.
    """

    name: bytes
    provides: bytes
    provided: Callable[[str], Iterable[str]]
    required: tuple[bytes, ...]
    parse: Callable[[str], SystemPackage | None]
    completes: bytes = b""


class Stanzas:
    """One file: names with where their stanzas begin and end, and the bytes themselves.

    Raises UnusableError for more packages than any release has.
    Source: Debian Policy 5.1; apk-package(5).
    """

    def __init__(self, content: bytes, form: Form) -> None:
        self._content = content
        self._form = form
        self._starts: list[int] = []
        self._names: dict[str, tuple[int, ...]] = {}
        self._read_names()

    @property
    def names(self) -> Iterable[str]:
        """Every name there is."""
        return self._names.keys()

    def named(self, name: str) -> Iterator[SystemPackage]:
        """The packages of a name."""
        for start in self._names.get(name, ()):
            if (package := self._package(start)) and package.name == name:
                yield package

    def providing(self, name: str) -> Iterator[SystemPackage]:
        """The packages that say they provide a name."""
        for start in self._providers.get(name, ()):
            package = self._package(start)
            if package and any(one.name == name for one in package.provides):
                yield package

    def completing(self, name: str) -> Iterator[SystemPackage]:
        """The packages that come by themselves once a name, and all else they name, is there."""
        for start in self._completed.get(name, ()):
            package = self._package(start)
            if package and any(one.name == name for one in package.install_if):
                yield package

    def required(self) -> Iterator[SystemPackage]:
        """The packages that every root has."""
        starts = {self._start_of(at) for line in self._form.required for at in self._found(line)}
        for start in sorted(starts):
            if package := self._package(start):
                yield package

    @cached_property
    def _providers(self) -> dict[str, tuple[int, ...]]:
        return self._by_value(self._form.provides)

    @cached_property
    def _completed(self) -> dict[str, tuple[int, ...]]:
        return self._by_value(self._form.completes) if self._form.completes else {}

    def _by_value(self, mark: bytes) -> dict[str, tuple[int, ...]]:
        """Where the stanzas begin that have a name in the field `mark` begins."""
        stanzas: dict[str, tuple[int, ...]] = {}
        for at in self._found(mark):
            value = self._content[at + len(mark) : self._line_end(at)]
            start = self._start_of(at)
            for name in self._form.provided(value.decode(errors="replace")):
                known = stanzas.get(name, ())
                if start not in known[-1:] and len(known) < _MOST_OF_ONE_NAME:
                    stanzas[name] = (*known, start)
            if len(stanzas) > _MOST_PROVIDED:
                break
        return stanzas

    def _read_names(self) -> None:
        content, mark = self._content, self._form.name
        last = 0
        for at in self._marks():
            start = content.rfind(b"\n\n", last, at + 1) + 1 or last
            end = content.find(b"\n", at + 1)
            name = content[at + len(mark) : end if end >= 0 else None].strip()
            self._starts.append(start)
            key = name.decode(errors="replace")
            known = self._names.get(key, ())
            if len(known) < _MOST_OF_ONE_NAME:
                self._names[key] = (*known, start)
            if len(self._starts) > _MOST_STANZAS:
                raise UnusableError(f"it lists more than {_MOST_STANZAS:,} packages")
            last = at + 1

    def _marks(self) -> Iterator[int]:
        """Where the line before each name ends; the first name may have none before it."""
        if self._content.startswith(self._form.name[1:]):
            yield -1
        yield from self._found(self._form.name)

    def _found(self, mark: bytes) -> Iterator[int]:
        at = self._content.find(mark)
        while at >= 0:
            yield at
            at = self._content.find(mark, at + 1)

    def _line_end(self, at: int) -> int:
        end = self._content.find(b"\n", at + 1)
        return end if end >= 0 else len(self._content)

    def _start_of(self, at: int) -> int:
        return self._starts[max(0, bisect_right(self._starts, at) - 1)]

    def _package(self, start: int) -> SystemPackage | None:
        end = self._content.find(b"\n\n", start + 1)
        stanza = self._content[start : end if end >= 0 else None]
        if len(stanza) > _LONGEST_STANZA:
            return None
        return self._form.parse(stanza.decode(errors="replace"))


class SystemPackages:
    """Debian's or Alpine's packages of one release and architecture, of all their files."""

    def __init__(self, files: Iterable[Stanzas], notes: tuple[str, ...] = ()) -> None:
        self._files = tuple(files)
        self.notes = notes

    def named(self, name: str) -> tuple[SystemPackage, ...]:
        """All versions of a package; empty where there is none."""
        return _once(package for file in self._files for package in file.named(name))

    def providing(self, name: str) -> tuple[SystemPackage, ...]:
        """The packages that provide a name which is none of theirs."""
        return _once(package for file in self._files for package in file.providing(name))

    def required(self) -> tuple[SystemPackage, ...]:
        """What every root has."""
        return _once(package for file in self._files for package in file.required())

    def completed_by(self, name: str) -> tuple[SystemPackage, ...]:
        """The packages with this name in their `install_if`."""
        return _once(package for file in self._files for package in file.completing(name))

    def alike(self, name: str) -> tuple[str, ...]:
        """At most three names that look like this one."""
        near = {
            known
            for file in self._files
            for known in file.names
            if known[:1] == name[:1] and abs(len(known) - len(name)) <= _LENGTHS_APART
        }
        found = difflib.get_close_matches(name[:100], sorted(near), _MOST_ALIKE, _LIKE_ENOUGH)
        return tuple(found)


def size_in(text: str, unit_bytes: int = 1) -> int | None:
    """A size as a field has it; None for what is no number, or beyond all reason."""
    if not re.fullmatch(r"[0-9]{1,16}", text):
        return None
    size = int(text) * unit_bytes
    return size if size <= MOST_BYTES else None


def _once(packages: Iterable[SystemPackage]) -> tuple[SystemPackage, ...]:
    """Each version once: the file asked first is believed."""
    found: dict[tuple[str, str], SystemPackage] = {}
    for package in packages:
        found.setdefault((package.name, package.version), package)
    return tuple(found.values())
