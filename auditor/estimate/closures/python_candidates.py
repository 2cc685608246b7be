"""What resolvelib asks while it resolves Python packages, answered as pip answers.

Source: pip's documentation, "Dependency Resolution"; PEP 440, 592 and 685.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider
from resolvelib.structs import RequirementInformation

from auditor.domain.package_facts import PythonMetadata
from auditor.domain.packages import Ecosystem
from auditor.estimate.closures.limits import check_count, is_name
from auditor.estimate.closures.python_files import FileChooser, Release, version_of
from auditor.estimate.closures.python_needs import Need, needs_in, read_requirement
from auditor.estimate.ports import PythonIndex

# The identity of Python itself, which no project can have.
_PYTHON = NormalizedName("<python>")
_NO_METADATA = PythonMetadata()
_UPPER_BOUNDS = ("<", "<=", "~=")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version of a project, or of an extra of it; without a release it lies in the base."""

    name: NormalizedName
    extra: str
    version: Version
    release: Release | None

    @property
    def key(self) -> str:
        """What has one version."""
        return f"{self.name}[{self.extra}]" if self.extra else self.name


Information = RequirementInformation[Need, Candidate]


@dataclass(slots=True)
class Projects:
    """What the index says of projects, asked once each."""

    index: PythonIndex
    chooser: FileChooser
    _releases: dict[str, list[Release]] = field(default_factory=dict)
    _metadata: dict[tuple[str, Version], PythonMetadata | None] = field(default_factory=dict)

    def look_ahead(self, names: Iterable[str]) -> None:
        """Have the index read what is going to be asked of it."""
        new = sorted({name for name in names if name not in self._releases})
        if new:
            check_count(Ecosystem.PIP, len(self._releases) + len(new))
            self.index.look_ahead(new)

    def releases(self, name: NormalizedName) -> list[Release]:
        """Versions of a project that can be installed, newest first."""
        if name not in self._releases:
            is_real = is_name(Ecosystem.PIP, name)
            files = self.index.files(name) if is_real else ()
            self._releases[name] = self.chooser.releases(name, files)
        return self._releases[name]

    def metadata(self, name: str, release: Release) -> PythonMetadata | None:
        """What a release needs, by its file or by a wheel of the same version for others."""
        key = name, release.version
        if key not in self._metadata:
            said = self.index.metadata(release.file)
            if said is None and release.twin is not None:
                said = self.index.metadata(release.twin)
            self._metadata[key] = said
        return self._metadata[key]


@dataclass(slots=True)
class PipProvider(AbstractProvider[Need, Candidate, str]):
    """pip's preferences, over one index and one target."""

    projects: Projects
    in_base: Mapping[NormalizedName, Version]

    def identify(self, requirement_or_candidate: Need | Candidate) -> str:
        return requirement_or_candidate.key

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],  # noqa: ARG002 - resolvelib's signature
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002
        information: Mapping[str, Iterator[Information]],
        backtrack_causes: Sequence[Information],  # noqa: ARG002
    ) -> tuple[bool, bool, bool, bool, bool, str]:
        """What is decided first: what leaves the least to choose, and what the user asked for."""
        known = list(information[identifier])
        specifiers = [one for each in known for one in each.requirement.specifier]
        return (
            identifier != _PYTHON,
            not any(map(_pins, specifiers)),
            not any(map(_bounds, specifiers)),
            all(each.parent is not None for each in known),
            not specifiers,
            identifier,
        )

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Candidate],  # noqa: ARG002 - resolvelib's signature
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002
        information: Mapping[str, Iterator[Information]],  # noqa: ARG002
        backtrack_causes: Sequence[Information],
    ) -> Iterable[str]:
        """What conflicted is decided before all else, so that it is not decided again and again."""
        if not backtrack_causes:
            return identifiers
        conflicting = {cause.requirement.key for cause in backtrack_causes}
        conflicting.update(cause.parent.key for cause in backtrack_causes if cause.parent)
        everything = list(identifiers)
        return [one for one in everything if one in conflicting] or everything

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Need]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> list[Candidate]:
        """Versions that all who ask agree on, the one in the base first, then newest first."""
        needs = list(requirements[identifier])
        name, extra = needs[0].name, needs[0].extra
        if name == _PYTHON:
            return []
        others = list(requirements[name]) if extra else []
        specifier = reduce(SpecifierSet.__and__, (one.specifier for one in [*needs, *others]))
        refused = {candidate.version for candidate in incompatibilities[identifier]}
        return [
            Candidate(name, extra, version, release)
            for version, release in self._allowed(name, specifier)
            if version not in refused
        ]

    def is_satisfied_by(self, requirement: Need, candidate: Candidate) -> bool:
        return requirement.specifier.contains(candidate.version, prereleases=True)

    def get_dependencies(self, candidate: Candidate) -> list[Need]:
        """What a version needs, extras and markers considered."""
        owner = f"{candidate.name} {candidate.version}"
        metadata = self._metadata(candidate)
        environment = self.projects.chooser.target.markers()
        needs = [
            need
            for line in metadata.requires
            if (requirement := read_requirement(line)) and not requirement.url
            for need in needs_in(requirement, environment, extra=candidate.extra, owner=owner)
        ]
        if candidate.extra:
            same = SpecifierSet(f"=={candidate.version}")
            needs.insert(0, Need(candidate.name, "", same, owner))
        if not self.projects.chooser.fits_python(metadata.requires_python):
            needs.append(Need(_PYTHON, "", SpecifierSet(metadata.requires_python), owner))
        self.projects.look_ahead(need.name for need in needs if need.name != _PYTHON)
        return needs

    def _metadata(self, candidate: Candidate) -> PythonMetadata:
        release = candidate.release
        if release is None and candidate.extra:
            known = self.projects.releases(candidate.name)
            release = next((one for one in known if one.version == candidate.version), None)
        if release is None:
            return _NO_METADATA
        return self.projects.metadata(candidate.name, release) or _NO_METADATA

    def _allowed(
        self, name: NormalizedName, specifier: SpecifierSet
    ) -> Iterator[tuple[Version, Release | None]]:
        """As pip: pre-releases where nothing else is there, yanked ones where pinned to one."""
        there = self.in_base.get(name)
        if there is not None and specifier.contains(there, prereleases=True):
            yield there, None
        releases = {release.version: release for release in self.projects.releases(name)}
        allowed = [releases[version] for version in specifier.filter(releases)]
        is_only_yanked = all(release.is_yanked for release in allowed)
        for release in allowed:
            is_wanted = is_only_yanked and any(map(_pins, specifier))
            if (is_wanted or not release.is_yanked) and release.version != there:
                yield release.version, release


def base_versions(in_base: Mapping[str, str]) -> dict[NormalizedName, Version]:
    """What lies in the base, by normalised name; versions that are none are left out."""
    return {
        canonicalize_name(name): version
        for name, text in in_base.items()
        if (version := version_of(text)) is not None
    }


def _pins(specifier: Specifier) -> bool:
    return specifier.operator == "===" or (
        specifier.operator == "==" and not specifier.version.endswith(".*")
    )


def _bounds(specifier: Specifier) -> bool:
    return specifier.operator in _UPPER_BOUNDS or specifier.version.endswith(".*")
