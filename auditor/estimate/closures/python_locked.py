"""Python packages at the versions a lock file fixes: nothing to resolve, wheels to choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from auditor.domain.package_facts import PythonFile
from auditor.domain.packages import Closure, Ecosystem, Locked, SizedPackage
from auditor.estimate.closures.limits import check_count, check_names, few, shown
from auditor.estimate.closures.python_candidates import base_versions
from auditor.estimate.closures.python_files import FileChooser, source_version, version_of
from auditor.estimate.closures.python_needs import holds, read_marker
from auditor.estimate.closures.python_target import PythonTarget
from auditor.estimate.ports import PythonIndex


def python_locked(
    locked: Iterable[Locked],
    index: PythonIndex,
    target: PythonTarget,
    *,
    dev: bool,
    in_base: Mapping[str, str],
) -> Closure:
    """What installing from a lock file fetches for this target.

    Optional packages are left out: they are installed by naming the extra that has them.
    Raises UsageError for names that are none, and for more packages than are looked at.
    """
    known = list(locked)
    check_names(Ecosystem.PIP, (one.name for one in known))
    check_count(Ecosystem.PIP, len(known))
    weighing = _Weighing(index, FileChooser(target))
    # For development a package may be wanted under other markers, and stand there once more.
    wanted = {
        (one.name, one.version): one
        for one in sorted(known, key=lambda each: not each.is_dev)
        if weighing.is_wanted(one, dev=dev)
    }
    kept = list(wanted.values())
    there = base_versions(in_base)
    same = [one for one in kept if _is_there(one, there)]
    index.look_ahead(sorted({one.name for one in kept if one not in same}))
    packages = [package for one in kept if one not in same for package in weighing.sized(one)]
    return Closure(
        ecosystem=Ecosystem.PIP,
        packages=tuple(sorted(packages, key=lambda one: (one.name, one.version))),
        in_base=tuple(sorted(one.name for one in same)),
        is_approximate=weighing.is_approximate,
        notes=few(weighing.notes),
    )


def _is_there(one: Locked, base: Mapping[NormalizedName, Version]) -> bool:
    version = base.get(canonicalize_name(one.name))
    return version is not None and version == version_of(one.version)


@dataclass(slots=True)
class _Weighing:
    index: PythonIndex
    chooser: FileChooser
    notes: list[str] = field(default_factory=list)
    is_approximate: bool = False

    def is_wanted(self, one: Locked, *, dev: bool) -> bool:
        """Whether it is installed here: not optional, its marker true, not for development."""
        if (one.is_dev and not dev) or one.is_optional:
            return False
        if not one.marker:
            return True
        marker = read_marker(one.marker)
        if marker is None:
            self._guess(f"the marker of {shown(one.name)} is not understood: it is counted")
            return True
        return holds(marker, self.chooser.target.markers())

    def sized(self, one: Locked) -> Iterator[SizedPackage]:
        """The package with what its lock and its index say of the file for this target."""
        indexed = {file.name: file for file in self.index.files(one.name)}
        name = self._choose(one, indexed)
        file = indexed.get(name or "")
        size = next((each.size_bytes for each in one.files if each.name == name), None)
        if size is None and file is not None:
            size = self.index.size_bytes(file)
        if size is None:
            self._guess(f"nobody says how big {shown(one.name)} {shown(one.version)} is")
        contents = self.index.contents(file) if file else None
        yield SizedPackage(
            name=one.name,
            version=one.version,
            archive_bytes=size,
            unpacked_bytes=contents.unpacked_bytes if contents else None,
            source_bytes=contents.source_bytes if contents else None,
            file_count=contents.file_count if contents else None,
            is_dev=one.is_dev,
        )

    def _choose(self, one: Locked, indexed: Mapping[str, PythonFile]) -> str | None:
        """The wheel that fits, else a wheel for others as a guess, else the source."""
        names = [each.name for each in one.files] or self._of_version(one, indexed)
        best = self.chooser.best_wheel(names)
        if best is not None or not names:
            return best
        wheels = sorted(name for name in names if name.endswith(".whl"))
        if wheels:
            size = "counted as a wheel of the same version for another platform"
        else:
            size = "counted as its source archive, its size once built unknown"
        self._guess(f"{shown(one.name)} {shown(one.version)} has no wheel that fits: {size}")
        return max(wheels, key=lambda name: ("linux" in name, name)) if wheels else min(names)

    def _of_version(self, one: Locked, indexed: Mapping[str, PythonFile]) -> list[str]:
        version = version_of(one.version)
        releases = self.chooser.releases(one.name, indexed.values())
        same = [release for release in releases if release.version == version]
        name = canonicalize_name(one.name)
        if same and same[0].is_wheel:
            return [same[0].file.name]
        twins = [release.twin.name for release in same if release.twin]
        sources = [file for file in indexed if source_version(file, name) == version]
        return twins + sources if version is not None else []

    def _guess(self, note: str) -> None:
        self.notes.append(note)
        self.is_approximate = True
