"""What package.json writes behind a name, and which versions that means.

Source: npm's package.json(5), "dependencies"; npm-pick-manifest for the choice among versions.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

import nodesemver

from auditor.domain.package_facts import NpmPackage, NpmRelease
from auditor.domain.packages import Ecosystem
from auditor.estimate.closures.limits import MAX_CONSTRAINT_LENGTH, is_name

# It writes a line of debugging for every comparison, and a traceback for every odd range.
logging.getLogger("nodesemver").setLevel(logging.ERROR)

_ELSEWHERE = re.compile(r"(?:[a-z+]+:|\.{0,2}/|~/|[^@\s<>=|~^]+/)", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_VERSION = re.compile(
    r"([0-9]{1,16})\.([0-9]{1,16})\.([0-9]{1,16})(?:-([0-9A-Za-z.-]{1,128}))?(?:\+[0-9A-Za-z.-]*)?"
)

_Key = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


class SpecKind(Enum):
    """Where a spec sends npm."""

    RANGE = auto()
    TAG = auto()
    ELSEWHERE = auto()
    NOT_UNDERSTOOD = auto()


@dataclass(frozen=True, slots=True)
class Spec:
    """A package of the registry (`name`, which an alias makes another one) in some versions."""

    kind: SpecKind
    name: str
    text: str
    is_alias: bool = False


def read_spec(name: str, text: str) -> Spec:
    """What `text` behind `name` asks for: a range, a tag, an alias of either, or elsewhere."""
    plain = " ".join(text[: MAX_CONSTRAINT_LENGTH + 1].split())
    if plain.startswith("npm:"):
        other, _, rest = plain[4:].rpartition("@")
        # "npm:@scope/name" has no version behind its only "@".
        real, rest = (other, rest) if other else (plain[4:], "")
        inner = read_registry_spec(real, rest)
        return Spec(inner.kind, inner.name, inner.text, is_alias=True)
    return read_registry_spec(name, plain)


def read_registry_spec(name: str, text: str) -> Spec:
    """A spec that is no alias, its spaces already single."""
    if not is_name(Ecosystem.NPM, name) or len(text) > MAX_CONSTRAINT_LENGTH:
        return Spec(SpecKind.NOT_UNDERSTOOD, name, text)
    if _ELSEWHERE.match(text):
        return Spec(SpecKind.ELSEWHERE, name, text)
    if _range(text) is not None:
        return Spec(SpecKind.RANGE, name, text or "*")
    kind = SpecKind.TAG if _TAG.fullmatch(text) else SpecKind.NOT_UNDERSTOOD
    return Spec(kind, name, text)


def _range(text: str) -> nodesemver.Range | None:
    try:
        return nodesemver.make_range(text, loose=True)
    except (ValueError, TypeError, IndexError):
        return None


@dataclass(slots=True)
class Versions:
    """Ranges and versions, each read once; every question answered once."""

    node_version: str = ""
    _ranges: dict[str, nodesemver.Range | None] = field(default_factory=dict)
    _parsed: dict[str, nodesemver.SemVer | None] = field(default_factory=dict)
    _answers: dict[tuple[str, str], bool] = field(default_factory=dict)
    _ordered: dict[str, list[str]] = field(default_factory=dict)

    def satisfies(self, version: str, spec: Spec, package: NpmPackage | None = None) -> bool:
        """Whether a version is one that `spec` means, the name apart."""
        if spec.kind is SpecKind.TAG:
            return package is not None and package.tags.get(spec.text) == version
        return spec.kind is SpecKind.RANGE and self._fits(version, spec.text)

    def pick(self, package: NpmPackage, spec: Spec) -> NpmRelease | None:
        """The version npm would take; None where none fits.

        `latest` where it fits, else the newest; those that are deprecated or for another Node
        only where nothing else fits.
        """
        if spec.kind is SpecKind.TAG:
            return package.releases.get(package.tags.get(spec.text, ""))
        latest = package.releases.get(package.tags.get("latest", ""))
        if latest and self._is_good(latest) and self._is_latest(latest, spec):
            return latest
        return self._newest(package, spec)

    def _is_latest(self, latest: NpmRelease, spec: Spec) -> bool:
        return spec.text == "*" or self.satisfies(latest.version, spec)

    def _newest(self, package: NpmPackage, spec: Spec) -> NpmRelease | None:
        best: NpmRelease | None = None
        for release in self._fitting(package, spec):
            if self._is_good(release):
                return release
            if best is None or self._goodness(release) > self._goodness(best):
                best = release
        return best

    def _fitting(self, package: NpmPackage, spec: Spec) -> Iterator[NpmRelease]:
        for version in self._newest_first(package):
            if self.satisfies(version, spec):
                yield package.releases[version]

    def _newest_first(self, package: NpmPackage) -> list[str]:
        if package.name not in self._ordered:
            known = (version for version in package.releases if sort_key(version) is not None)
            ordered = sorted(known, key=lambda one: sort_key(one) or _LOWEST, reverse=True)
            self._ordered[package.name] = ordered
        return self._ordered[package.name]

    def _is_good(self, release: NpmRelease) -> bool:
        return not release.is_deprecated and self.fits_node(release)

    def _goodness(self, release: NpmRelease) -> tuple[bool, bool]:
        return self.fits_node(release), not release.is_deprecated

    def fits_node(self, release: NpmRelease) -> bool:
        """Whether `engines.node` allows the target's Node; nothing known fits."""
        if not self.node_version or not release.node:
            return True
        return len(release.node) > MAX_CONSTRAINT_LENGTH or self._fits(
            self.node_version, " ".join(release.node.split())
        )

    def _fits(self, version: str, text: str) -> bool:
        key = version, text
        if key not in self._answers:
            self._answers[key] = self._compare(version, text)
        return self._answers[key]

    def _compare(self, version: str, text: str) -> bool:
        if text not in self._ranges:
            self._ranges[text] = _range(text)
        wanted, parsed = self._ranges[text], self._parse(version)
        return wanted is not None and parsed is not None and bool(wanted.test(parsed))

    def _parse(self, version: str) -> nodesemver.SemVer | None:
        if version not in self._parsed:
            is_version = _VERSION.fullmatch(version) is not None
            self._parsed[version] = (
                nodesemver.make_semver(version, loose=True) if is_version else None
            )
        return self._parsed[version]


def sort_key(version: str) -> _Key | None:
    """What versions are sorted by (semver.org, 11); None for what is no version."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    major, minor, patch, pre = match.groups()
    parts = tuple(map(_identifier, pre.split("."))) if pre else ()
    return int(major), int(minor), int(patch), not pre, parts


def _identifier(text: str) -> tuple[bool, int, str]:
    """Numbers before words; the pattern above keeps them short."""
    return (False, int(text), "") if text.isdigit() else (True, 0, text)


_LOWEST: _Key = (-1, 0, 0, False, ())
