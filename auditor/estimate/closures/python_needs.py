"""Requirements of Python packages: read, filtered by markers, said in words.

Source: PEP 508, PEP 685 (names of extras).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from auditor.domain.errors import UsageError
from auditor.domain.packages import Wanted
from auditor.estimate.closures.limits import shown

# Of requirements and markers: they are read with patterns and nest; real ones have 200.
_MAX_LENGTH = 4_096
_MAX_BRACKETS = 64


@dataclass(frozen=True, slots=True)
class Need:
    """A project in some versions, or its extra; `owner` is who says so, "" for the user."""

    name: NormalizedName
    extra: str
    specifier: SpecifierSet
    owner: str = ""

    @property
    def key(self) -> str:
        """What has one version: a project, or an extra of it."""
        return f"{self.name}[{self.extra}]" if self.extra else self.name

    def __str__(self) -> str:
        owner = shown(self.owner) if self.owner else "the list"
        return f"{owner} wants {shown(f'{self.key}{self.specifier}')}"


def needs_of(wanted: Wanted, environment: Mapping[str, str]) -> list[Need]:
    """What a user asks for; nothing where the marker does not hold.

    Raises UsageError for a constraint or a marker that is none.
    """
    name = canonicalize_name(wanted.name)
    specifier = _read_specifier(wanted.constraint)
    marker = read_marker(wanted.marker) if wanted.marker else None
    if specifier is None or (wanted.marker and marker is None):
        raise UsageError(
            f"not understood: {shown(wanted.name)} {shown(wanted.constraint)}"
            f" {shown(wanted.marker)}",
            next_step="write versions as pip does: >=2,<3 or ==2.1 or ~=2.1",
        )
    is_asked = marker is None or holds(marker, environment)
    return list(_expanded(name, wanted.extras, specifier, "")) if is_asked else []


def _read_specifier(constraint: str) -> SpecifierSet | None:
    """Specifiers of PEP 440; a bare version means that one. None where not understood."""
    text = constraint.strip()
    try:
        return SpecifierSet(_bounded(f"=={text}" if text[:1].isdigit() else text))
    except (InvalidRequirement, InvalidSpecifier):
        return None


def read_requirement(text: str) -> Requirement | None:
    """A line of Requires-Dist; None where it is not understood."""
    try:
        return Requirement(_bounded(text))
    except (InvalidRequirement, ValueError):
        return None


def read_marker(text: str) -> Marker | None:
    """A marker of PEP 508; None where it is not understood."""
    try:
        return Marker(_bounded(text))
    except (InvalidRequirement, InvalidMarker, ValueError):
        return None


def needs_in(
    requirement: Requirement, environment: Mapping[str, str], *, extra: str, owner: str
) -> list[Need]:
    """What a requirement of `owner` comes to here; nothing where its marker does not hold."""
    if requirement.marker and not holds(requirement.marker, {**environment, "extra": extra}):
        return []
    name = canonicalize_name(requirement.name)
    return list(_expanded(name, requirement.extras, requirement.specifier, owner))


def holds(marker: Marker, environment: Mapping[str, str]) -> bool:
    """Whether a marker is true; one that compares what cannot be compared is not."""
    try:
        return marker.evaluate({"extra": "", **environment})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False


def _expanded(
    name: NormalizedName, extras: Iterable[str], specifier: SpecifierSet, owner: str
) -> Iterator[Need]:
    yield Need(name, "", specifier, owner)
    for extra in sorted({canonicalize_name(one) for one in extras}):
        yield Need(name, extra, specifier, owner)


def _bounded(text: str) -> str:
    if len(text) > _MAX_LENGTH or text.count("(") > _MAX_BRACKETS:
        raise InvalidRequirement("too long")
    return text
