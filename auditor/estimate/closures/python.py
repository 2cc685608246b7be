"""Python packages that a `pip install` brings, resolved by resolvelib, as pip does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from resolvelib import BaseReporter, ResolutionImpossible, ResolutionTooDeep
from resolvelib.resolvers import Criterion, Resolution
from resolvelib.structs import State

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Ecosystem, SizedPackage, Wanted
from auditor.estimate.closures.limits import check_names, few, shown, unknown_packages
from auditor.estimate.closures.python_candidates import (
    Candidate,
    Information,
    PipProvider,
    Projects,
    base_versions,
)
from auditor.estimate.closures.python_files import FileChooser, Release
from auditor.estimate.closures.python_needs import Need, needs_of, read_requirement
from auditor.estimate.closures.python_target import PythonTarget
from auditor.estimate.ports import PythonIndex

# Each round decides one package or takes decisions back; large applications need some hundred.
MAX_ROUNDS = 2_000
_MAX_CAUSES = 6

_State = State[Need, Candidate, str]


def python_closure(
    wanted: Iterable[Wanted],
    index: PythonIndex,
    target: PythonTarget,
    *,
    in_base: Mapping[str, str],
) -> Closure:
    """What `pip install` would fetch for a target whose base has `in_base`, versions by name.

    Raises UsageError for unknown packages, for requirements that no versions fulfil together,
    for those not settled within 2,000 rounds, and for more packages than are looked at.
    """
    asked = list(wanted)
    check_names(Ecosystem.PIP, (one.name for one in asked))
    needs = [need for one in asked for need in needs_of(one, target.markers())]
    needs.sort(key=lambda need: (need.key, str(need.specifier)))
    projects = Projects(index, FileChooser(target))
    base = base_versions(in_base)
    _check_known(needs, projects, base)
    result = _resolve(needs, PipProvider(projects, base))
    return _Report(result, projects, target).closure()


def _check_known(
    needs: list[Need], projects: Projects, base: Mapping[NormalizedName, object]
) -> None:
    names = sorted({need.name for need in needs})
    projects.look_ahead(names)
    unknown = [name for name in names if name not in base and not projects.index.files(name)]
    if unknown:
        raise unknown_packages(Ecosystem.PIP, unknown, {})


def _resolve(needs: list[Need], provider: PipProvider) -> _State:
    reporter = _LastConflict()
    # Not Resolver: it looks for what is left over by recursion, which does not end in a circle.
    resolution: Resolution[Need, Candidate, str] = Resolution(provider, reporter)
    try:
        return resolution.resolve(needs, max_rounds=MAX_ROUNDS)
    except ResolutionImpossible as error:
        raise _conflict("no versions fit together", error.causes) from None
    except ResolutionTooDeep:
        tried = f"no versions found that fit together in {MAX_ROUNDS} rounds"
        raise _conflict(tried, reporter.causes) from None


class _LastConflict(BaseReporter[Need, Candidate, str]):
    """Remembers who disagreed last, for an end without a result."""

    def __init__(self) -> None:
        self.causes: Collection[Information] = ()

    def rejecting_candidate(
        self,
        criterion: Criterion[Need, Candidate],
        candidate: Candidate,  # noqa: ARG002 - resolvelib's signature
    ) -> None:
        self.causes = criterion.information


def _conflict(problem: str, causes: Iterable[Information]) -> UsageError:
    disagreeing = sorted({str(cause.requirement) for cause in causes})
    more = "; and more" if len(disagreeing) > _MAX_CAUSES else ""
    return UsageError(
        f"{problem}: {'; '.join(disagreeing[:_MAX_CAUSES])}{more}",
        next_step="loosen one of these, or give a lock file, which needs no resolving",
    )


@dataclass(slots=True)
class _Report:
    """What was chosen, with sizes and with what is not sure about them."""

    result: _State
    projects: Projects
    target: PythonTarget
    notes: list[str] = field(default_factory=list)
    is_approximate: bool = False

    def closure(self) -> Closure:
        chosen = [self.result.mapping[key] for key in sorted(self._reached())]
        packages = tuple(self._sized(chosen))
        return Closure(
            ecosystem=Ecosystem.PIP,
            packages=packages,
            in_base=tuple(one.name for one in chosen if one.release is None and not one.extra),
            is_approximate=self.is_approximate,
            notes=few(self.notes),
        )

    def _reached(self) -> set[str]:
        """What the user's wishes lead to; the rest was given up on the way."""
        leads_to: dict[str, list[str]] = {}
        for key in self.result.mapping:
            for cause in self.result.criteria[key].information:
                leads_to.setdefault(cause.parent.key if cause.parent else "", []).append(key)
        reached, waiting = set[str](), [""]
        while waiting:
            new = set(leads_to.get(waiting.pop(), ())) - reached
            reached |= new
            waiting.extend(new)
        return reached

    def _sized(self, chosen: list[Candidate]) -> Iterator[SizedPackage]:
        parents = self._parents()
        for one in chosen:
            if one.extra or one.release is None:
                continue
            self._note_needs(one, one.release)
            owners = parents.get(one.name, {""})
            asked_by = "" if "" in owners else min(owners)
            yield self._weighed(one, one.release, asked_by)

    def _parents(self) -> dict[str, set[str]]:
        """Who asked for a project, or for an extra of it: names, "" for the user."""
        parents: dict[str, set[str]] = {}
        for key in self.result.mapping:
            for cause in self.result.criteria[key].information:
                owner = cause.parent.name if cause.parent else ""
                if owner != cause.requirement.name:
                    parents.setdefault(cause.requirement.name, set()).add(owner)
        return parents

    def _weighed(self, one: Candidate, release: Release, asked_by: str) -> SizedPackage:
        index = self.projects.index
        file = release.file if release.is_wheel else release.twin or release.file
        contents = index.contents(file)
        if not release.is_wheel:
            self._note_source(one, release)
        return SizedPackage(
            name=one.name,
            version=str(one.version),
            archive_bytes=index.size_bytes(file),
            unpacked_bytes=contents.unpacked_bytes if contents else None,
            source_bytes=contents.source_bytes if contents else None,
            file_count=contents.file_count if contents else None,
            asked_by=asked_by,
        )

    def _note_source(self, one: Candidate, release: Release) -> None:
        if release.twin is not None:
            size = "counted as a wheel of the same version for another platform"
        else:
            size = "counted as its source archive, its size once built unknown"
        self._guess(
            f"{shown(one.name)} {one.version} has no wheel for Python {self.target.minor_version}"
            f" on {shown(self.target.machine)} with {shown(self.target.libc)} and would be built"
            f" from source: {size}"
        )

    def _note_needs(self, one: Candidate, release: Release) -> None:
        metadata = self.projects.metadata(one.name, release)
        if metadata is None:
            self._guess(f"{shown(one.name)} {one.version} says what it needs only once built")
            return
        for line in metadata.requires:
            requirement = read_requirement(line)
            if requirement is None:
                self._guess(f"{shown(one.name)} needs something not understood: {shown(line)}")
            elif requirement.url and requirement.marker is None:
                other = shown(requirement.name)
                self._guess(f"{shown(one.name)} takes {other} from an address: not counted")

    def _guess(self, note: str) -> None:
        self.notes.append(note)
        self.is_approximate = True
