"""Debian packages that an `apt-get install` brings, chosen as apt chooses.

apt marks what was asked for, then goes through each package's dependencies, the first one to its
end before the second: an alternative that something earlier brought is taken, else the first
that can be had. Of one name it takes the newest version, unless another one is asked for.
Source: Debian Policy 7; apt's depcache.cc, MarkInstall and CompareProviders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.domain.errors import UsageError
from auditor.domain.package_facts import Alternatives, Relation, SystemPackage
from auditor.domain.packages import Closure, Ecosystem, Wanted
from auditor.estimate.closures.debian_versions import satisfies, version_key
from auditor.estimate.closures.limits import listed, shown
from auditor.estimate.closures.system_roots import (
    at_version,
    check_known,
    constraint_of,
    merged_wanted,
    note_gone,
)
from auditor.estimate.closures.system_state import SystemState, provides, written
from auditor.estimate.ports import SystemIndex

_PRIORITIES = ("required", "important", "standard", "optional", "extra")


def apt_closure(
    wanted: Iterable[Wanted], index: SystemIndex, *, in_base: frozenset[str], recommends: bool
) -> Closure:
    """What `apt-get install` would fetch on top of a base with the packages `in_base`.

    Raises UsageError for unknown packages, for a virtual one with several providers, and for
    more packages than are looked at.
    """
    roots = [Wanted(_plain(one.name), one.constraint) for one in wanted]
    state = SystemState(Ecosystem.APT, index, in_base, satisfies)
    check_known(state, roots)
    walk = _Walk(state, recommends=recommends)
    names = walk.run(merged_wanted(roots))
    return state.closure(names)


def minbase(index: SystemIndex) -> frozenset[str]:
    """Names of what a minimal Debian root holds: all that is required, apt, and what they need.

    `usr-is-merged` is put there too, so that nothing has to merge /usr later and need Perl for
    it. Source: debootstrap(8), `--variant=minbase`, from which Debian's images are made.
    """
    required = (package.name for package in index.required())
    return installed_with((*required, "apt", "usr-is-merged"), index, frozenset())


def installed_with(
    names: Iterable[str], index: SystemIndex, base: frozenset[str], *, recommends: bool = False
) -> frozenset[str]:
    """Names of what is there once `names` are installed on `base`; unknown ones are passed over."""
    state = SystemState(Ecosystem.APT, index, base, satisfies)
    known = {name for name in map(_plain, names) if index.named(name)}
    _Walk(state, recommends=recommends).run([Wanted(name) for name in sorted(known)])
    return base | frozenset(state.chosen)


def _plain(name: str) -> str:
    """A name without the architecture it may carry ("python3:any")."""
    return name.partition(":")[0]


@dataclass(slots=True)
class _Walk:
    state: SystemState
    recommends: bool
    pins: dict[str, SystemPackage] = field(default_factory=dict)
    stack: list[Iterator[_Need]] = field(default_factory=list)

    def run(self, wanted: list[Wanted]) -> list[str]:
        """Names of what was asked for, once all that it needs is chosen."""
        roots = [package for one in wanted for package in self._root(one)]
        for package in roots:
            self.state.add(package, "")
        for package in roots:
            self.stack.append(self._needs(package))
            self._drain()
        return [package.name for package in roots]

    def _root(self, wanted: Wanted) -> tuple[SystemPackage, ...]:
        if wanted.name in self.state.base:
            self.state.needed_base.add(wanted.name)
            return ()
        relation = constraint_of(wanted)
        package = self._pinned(relation) if relation.operator else self._candidate(wanted.name)
        if package is None:
            package = self._only_provider(wanted.name)
        self.pins[package.name] = package
        return (package,)

    def _pinned(self, relation: Relation) -> SystemPackage | None:
        packages = self.state.index.named(relation.name)
        newest = _newest(packages)
        allowed = _newest(at_version(packages, relation, self.state))
        if newest is not None and allowed is None:
            note_gone(self.state, relation, newest)
        return allowed or newest

    def _only_provider(self, name: str) -> SystemPackage:
        providers = self._providers(Relation(name))
        if len(providers) != 1:
            raise UsageError(
                f"{shown(name)} is a virtual package for apt",
                next_step=f"ask for one of {listed(one.name for one in providers)}",
            )
        return providers[0]

    def _drain(self) -> None:
        while self.stack:
            need = next(self.stack[-1], None)
            if need is None:
                self.stack.pop()
            else:
                self._meet(need)

    def _needs(self, package: SystemPackage) -> Iterator[_Need]:
        for alternatives in package.depends:
            yield _Need(package.name, alternatives, is_firm=True)
        if self.recommends:
            for alternatives in package.recommends:
                yield _Need(package.name, alternatives, is_firm=False)

    def _meet(self, need: _Need) -> None:
        holder = next(filter(None, map(self.state.holder, need.alternatives)), None)
        if holder is None:
            holder = self._bring(need)
        if holder is not None:
            self.state.note_need(need.owner, holder, is_firm=need.is_firm)

    def _bring(self, need: _Need) -> str | None:
        options = [one for relation in need.alternatives for one in self._options(relation)]
        peaceful = [one for one in options if self.state.clash(one) is None]
        if not (peaceful or (options and need.is_firm)):
            self._note_missing(need)
            return None
        package = (peaceful or options)[0]
        if not peaceful:
            clash = self.state.clash(package) or ""
            self.state.guess(f"{shown(package.name)} and {shown(clash)} refuse each other")
        self.state.add(package, need.owner)
        self.stack.append(self._needs(package))
        return package.name

    def _note_missing(self, need: _Need) -> None:
        if need.is_firm:
            choice = " or ".join(map(written, need.alternatives[:3]))
            self.state.guess(f"{shown(need.owner)} needs {choice}, which the index does not have")

    def _options(self, relation: Relation) -> list[SystemPackage]:
        """What would be that: the package of the name, then those that provide it."""
        package = self._candidate(relation.name)
        real = [package] if package and satisfies(package.version, relation) else []
        return [*real, *self._providers(relation)]

    def _providers(self, relation: Relation) -> list[SystemPackage]:
        candidates = [
            package
            for package in self.state.index.providing(relation.name)
            if self._is_candidate(package)
            and any(
                given.name == relation.name and provides(given, relation, satisfies)
                for given in package.provides
            )
        ]
        return sorted(candidates, key=_rank)

    def _is_candidate(self, package: SystemPackage) -> bool:
        candidate = self._candidate(package.name)
        return candidate is not None and candidate.version == package.version

    def _candidate(self, name: str) -> SystemPackage | None:
        return self.pins.get(name) or _newest(self.state.index.named(name))


@dataclass(frozen=True, slots=True)
class _Need:
    owner: str
    alternatives: Alternatives
    is_firm: bool


def _newest(packages: Iterable[SystemPackage]) -> SystemPackage | None:
    return max(packages, key=lambda one: version_key(one.version), default=None)


def _rank(package: SystemPackage) -> tuple[bool, int]:
    """Essential ones first, then by priority; apt takes the earliest of equal ones."""
    known = package.priority in _PRIORITIES
    return (
        not package.is_essential,
        _PRIORITIES.index(package.priority) if known else len(_PRIORITIES),
    )
