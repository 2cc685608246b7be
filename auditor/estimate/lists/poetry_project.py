"""[tool.poetry] of pyproject.toml, and the tables of a Pipfile, which are written alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.documents import table, table_at, text, toml_of, words
from auditor.estimate.lists.grammar import checked_constraint, checked_name
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count
from auditor.estimate.lists.markers import checked_marker
from auditor.estimate.lists.poetry_versions import of_platform, of_python, to_pep440

_DEV = "dev"
_ELSEWHERE_KEYS = ("git", "path", "url", "file", "hg", "svn")
# A Pipfile may have any marker as a key: sys_platform = "== 'win32'".
_MARKER_KEYS = (
    *("os_name", "sys_platform", "platform_machine", "platform_system", "python_version"),
    *("python_full_version", "platform_python_implementation", "implementation_name"),
)


@dataclass(frozen=True, slots=True)
class PoetryProject:
    """What Poetry's own table asks for, apart from [project]."""

    file: str
    poetry: Mapping[str, Any]
    choices: Choices

    @property
    def extras(self) -> tuple[str, ...]:
        """Names of its extras."""
        return tuple(table_at(self.file, self.poetry, "extras"))

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of its groups, the old table for development among them."""
        old = (_DEV,) if "dev-dependencies" in self.poetry else ()
        return (*table_at(self.file, self.poetry, "group"), *old)

    @property
    def optional_groups(self) -> tuple[str, ...]:
        """Groups that are installed only where asked for."""
        return tuple(one for one, group in self._groups() if group.get("optional") is True)

    @property
    def has_dependencies(self) -> bool:
        """Whether it names any."""
        return bool(table_at(self.file, self.poetry, "dependencies"))

    def wanted(self, notes: Notes) -> Iterator[Wanted]:
        """Dependencies, those of the extras asked for, and groups. Raises UsageError."""
        main = table_at(self.file, self.poetry, "dependencies")
        yield from entries(self.file, main, notes, self._asked())
        old = table_at(self.file, self.poetry, "dev-dependencies")
        yield from entries(self.file, old, notes, is_dev=not self.choices.has_group(_DEV))
        for name, group in self._groups():
            is_asked = self.choices.has_group(name)
            if is_asked or group.get("optional") is not True:
                inner = table_at(self.file, group, "dependencies")
                yield from entries(self.file, inner, notes, is_dev=not is_asked)

    def _groups(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, group in table_at(self.file, self.poetry, "group").items():
            yield name, table(self.file, group, name)

    def _asked(self) -> frozenset[str]:
        """Canonical names of the packages that the extras asked for bring."""
        extras = table_at(self.file, self.poetry, "extras")
        asked = (words(value) for name, value in extras.items() if self.choices.has_extra(name))
        return frozenset(canonicalize_name(one) for names in asked for one in names)


def read_pipfile(file: str, content: bytes) -> tuple[PackageList, ...]:
    """A Pipfile: `packages`, and `dev-packages` for development. Raises UsageError."""
    document = toml_of(file, content)
    notes = Notes(file)
    wanted = [
        *entries(file, table_at(file, document, "packages"), notes),
        *entries(file, table_at(file, document, "dev-packages"), notes, is_dev=True),
    ]
    check_count(file, len(wanted))
    return (PackageList(Ecosystem.PIP, file, tuple(wanted), (), notes.told()),)


def entries(
    file: str,
    dependencies: Mapping[str, Any],
    notes: Notes,
    asked: Collection[str] = (),
    *,
    is_dev: bool = False,
) -> Iterator[Wanted]:
    """What a table asks for: `name = "^1"`, a table of its own, or a list of such tables."""
    for name, value in dependencies.items():
        if canonicalize_name(name) == "python":
            continue
        for each in value if isinstance(value, list) else [value]:
            entry = {"version": each} if isinstance(each, str) else table(file, each, name)
            if entry.get("optional") is True and canonicalize_name(name) not in asked:
                continue
            checked_name(file, Ecosystem.PIP, name)
            if any(key in entry for key in _ELSEWHERE_KEYS):
                notes.add(ELSEWHERE, name)
                continue
            yield _wanted(file, name, entry, is_dev=is_dev)


def _wanted(file: str, name: str, entry: Mapping[str, Any], *, is_dev: bool) -> Wanted:
    constraint = to_pep440(text(entry.get("version")), file, name)
    extras = (checked_name(file, Ecosystem.PIP, one) for one in words(entry.get("extras")))
    return Wanted(
        name=name,
        constraint=checked_constraint(file, constraint),
        extras=tuple(sorted(extras)),
        marker=_marker(file, name, entry),
        is_dev=is_dev,
    )


def _marker(file: str, name: str, entry: Mapping[str, Any]) -> str:
    parts = [text(entry.get("markers"))]
    parts += [of_python(one, file, name) for one in words(entry.get("python"))]
    parts += [of_platform(one) for one in words(entry.get("platform"))]
    parts += [f"{key} {text(entry[key])}" for key in _MARKER_KEYS if key in entry]
    known = [one for one in parts if one.strip()]
    joined = known[0] if len(known) == 1 else " and ".join(f"({one})" for one in known)
    return checked_marker(file, joined, name)
