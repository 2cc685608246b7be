"""Files of a Python project: which version each is, and which one pip would take.

Source: the binary distribution format (PEP 427), PEP 592 (yanked), PEP 503 (names).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import (
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from auditor.domain.package_facts import PythonFile
from auditor.estimate.closures.python_target import PythonTarget

_SOURCES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
_MAX_NAME_LENGTH = 256
# A file name multiplies its tags: "py2.py3-none-any" is two; real ones have a dozen.
_MAX_TAGS = 200


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a project: `file` is what pip would take of it.

    `twin` is a wheel of the same version for others, where `file` has to be built.
    """

    version: Version
    file: PythonFile
    is_wheel: bool
    is_yanked: bool
    twin: PythonFile | None = None


@dataclass(slots=True)
class FileChooser:
    """Chooses for one target; remembers nothing of projects."""

    target: PythonTarget
    _ranks: Mapping[Tag, int] = field(init=False)

    def __post_init__(self) -> None:
        self._ranks = {tag: rank for rank, tag in reversed(list(enumerate(self.target.tags())))}

    def releases(self, name: str, files: Iterable[PythonFile]) -> list[Release]:
        """Versions that can be installed, newest first."""
        versions: dict[Version, _Files] = {}
        project = canonicalize_name(name)
        for file in files:
            if self.fits_python(file.requires_python):
                self._sort_in(project, file, versions)
        found = (one.release(version) for version, one in versions.items())
        return sorted(
            (release for release in found if release is not None),
            key=lambda release: release.version,
            reverse=True,
        )

    def best_wheel(self, names: Iterable[str]) -> str | None:
        """Of wheels by file name, the one pip would take here."""
        ranked = [(rank, name) for name in names if (rank := self._rank(name)) is not None]
        return min(ranked)[1] if ranked else None

    def fits_python(self, requires: str) -> bool:
        """Whether the target's Python is allowed; what is no specifier allows all, as for pip."""
        if not requires:
            return True
        try:
            return SpecifierSet(requires).contains(self.target.full_version, prereleases=True)
        except InvalidSpecifier:
            return True

    def _sort_in(
        self, project: NormalizedName, file: PythonFile, versions: dict[Version, _Files]
    ) -> None:
        if file.name.endswith(".whl"):
            parsed = parse_wheel(file.name)
            if parsed is not None and parsed.name == project:
                known = versions.setdefault(parsed.version, _Files())
                known.add_wheel(file, self._rank_of(parsed))
        elif (version := source_version(file.name, project)) is not None:
            versions.setdefault(version, _Files()).sources.append(file)

    def _rank(self, name: str) -> tuple[int, int, str] | None:
        parsed = parse_wheel(name)
        return None if parsed is None else self._rank_of(parsed)

    def _rank_of(self, wheel: Wheel) -> tuple[int, int, str] | None:
        """Smaller is better: its best tag, then the higher build number."""
        ranks = [self._ranks[tag] for tag in wheel.tags if tag in self._ranks]
        return (min(ranks), -wheel.build[0], wheel.build[1]) if ranks else None


@dataclass(frozen=True, slots=True)
class Wheel:
    """What the name of a wheel says."""

    name: NormalizedName
    version: Version
    build: tuple[int, str]
    tags: frozenset[Tag]


def parse_wheel(name: str) -> Wheel | None:
    """The parts of a wheel's name; None for what is no such name."""
    if len(name) > _MAX_NAME_LENGTH or _tag_count(name) > _MAX_TAGS:
        return None
    try:
        project, version, build, tags = parse_wheel_filename(name)
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return Wheel(project, version, build or (0, ""), tags)


def _tag_count(name: str) -> int:
    count = 1
    for part in name.removesuffix(".whl").rsplit("-", 3)[1:]:
        count *= part.count(".") + 1
    return count


def source_version(name: str, project: NormalizedName) -> Version | None:
    """The version of a source distribution of that project; None where it is none.

    Names hold dashes of their own, so that the project's says where the version begins.
    """
    stem = next((name.removesuffix(end) for end in _SOURCES if name.endswith(end)), None)
    if stem is None or len(name) > _MAX_NAME_LENGTH:
        return None
    for index, letter in enumerate(stem):
        if letter == "-" and canonicalize_name(stem[:index]) == project:
            return version_of(stem[index + 1 :])
    return None


def version_of(text: str) -> Version | None:
    """A version of PEP 440; None for what is none, and for endless ones."""
    if len(text) > _MAX_NAME_LENGTH:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        return None


@dataclass(slots=True)
class _Files:
    best: PythonFile | None = None
    rank: tuple[int, int, str] | None = None
    others: list[PythonFile] = field(default_factory=list)
    sources: list[PythonFile] = field(default_factory=list)

    def add_wheel(self, file: PythonFile, rank: tuple[int, int, str] | None) -> None:
        if rank is None:
            self.others.append(file)
        elif self.rank is None or rank < self.rank:
            self.best, self.rank = file, rank

    def release(self, version: Version) -> Release | None:
        """What there is of a version here; nothing where there are wheels for others only."""
        if self.best is not None:
            return Release(version, self.best, is_wheel=True, is_yanked=self.best.is_yanked)
        if not self.sources:
            return None
        source = self.sources[0]
        twin = max(self.others, key=_likeness, default=None)
        return Release(version, source, is_wheel=False, is_yanked=source.is_yanked, twin=twin)


def _likeness(file: PythonFile) -> tuple[bool, bool, str]:
    """Of wheels for others, one for Linux is the best guess; then any, the last by name."""
    return "linux" in file.name, file.has_metadata, file.name
