"""Alpine packages that an `apk add` brings, chosen as apk chooses.

Names with one provider are settled first, those with a choice last, in the order of names, so
that what others need anyway is taken where it answers. Of several providers the newest of what
they provide is taken, then the one with the highest priority. A name that several provide
without a version and without a priority is nobody's: apk asks the user to choose.
Source: apk-package(5); apk-tools' solver.c, compare_providers and select_package.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.domain.errors import UsageError
from auditor.domain.package_facts import Relation, SystemPackage
from auditor.domain.packages import Closure, Ecosystem, Wanted
from auditor.estimate.closures.alpine_versions import VersionKey, satisfies, version_key
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


def apk_closure(
    wanted: Iterable[Wanted], index: SystemIndex, *, in_base: frozenset[str]
) -> Closure:
    """What `apk add` would fetch on top of a base with the packages `in_base`.

    Raises UsageError for unknown packages, for a name that several provide and none by right,
    and for more packages than are looked at.
    """
    roots = [Wanted(one.name.partition("@")[0], one.constraint) for one in wanted]
    state = SystemState(Ecosystem.APK, index, in_base, satisfies)
    check_known(state, roots)
    walk = _Walk(state)
    names = walk.run(merged_wanted(roots))
    return state.closure(names)


@dataclass(slots=True)
class _Walk:
    state: SystemState
    waiting: deque[_Need] = field(default_factory=deque)
    undecided: list[_Need] = field(default_factory=list)
    pins: dict[str, SystemPackage] = field(default_factory=dict)

    def run(self, wanted: list[Wanted]) -> list[str]:
        """Names of the packages that answer what was asked for, once all is chosen."""
        relations = [self._root(one) for one in wanted]
        self.waiting.extend(_Need("", relation) for relation in relations)
        while self.waiting or self.undecided:
            if self.waiting:
                self._meet(self.waiting.popleft())
            else:
                self._decide_first()
        return [holder for one in relations if (holder := self.state.holder(one)) is not None]

    def _root(self, wanted: Wanted) -> Relation:
        """The relation asked for; where the index has the name and not the version, any one."""
        relation = constraint_of(wanted)
        named = self.state.index.named(relation.name)
        if not relation.operator or not named or relation.name in self.state.base:
            return relation
        allowed = at_version(named, relation, self.state)
        package = _newest(allowed or named)
        if not allowed:
            note_gone(self.state, relation, package)
        self.pins[package.name] = package
        return Relation(relation.name, "=", package.version)

    def _meet(self, need: _Need) -> None:
        if self._is_met(need):
            return
        options = self._options(need.relation)
        if len({one.name for one in options}) > 1:
            self.undecided.append(need)
        elif options:
            self._choose(need, options[0])
        else:
            self.state.guess(
                f"{need.who} needs {written(need.relation)}, which the index does not have"
            )

    def _is_met(self, need: _Need) -> bool:
        holder = self.state.holder(need.relation)
        if holder is None:
            return self._is_bound(need)
        self.state.note_need(need.owner, holder)
        return True

    def _is_bound(self, need: _Need) -> bool:
        """Whether another version of it is chosen already, so that nothing else can be done."""
        chosen = self.state.chosen.get(need.relation.name)
        if chosen is None:
            return False
        self.state.note_need(need.owner, chosen.name)
        self.state.guess(
            f"{need.who} needs {written(need.relation)}, and {shown(chosen.version)}"
            " is chosen for others"
        )
        return True

    def _decide_first(self) -> None:
        self.undecided.sort(key=lambda need: (need.relation.name, need.owner))
        need = self.undecided.pop(0)
        if self._is_met(need):
            return
        options = self._options(need.relation)
        self._check_choice(need, options)
        self._choose(need, options[0])

    def _check_choice(self, need: _Need, options: list[SystemPackage]) -> None:
        """A name that several provide, none with a version or a priority, is not apk's to choose."""
        best = options[0]
        if best.name == need.relation.name or best.provider_priority:
            return
        if any(given.version for given in best.provides if given.name == need.relation.name):
            return
        if not need.owner:
            raise UsageError(
                f"several packages provide {shown(need.relation.name)} for apk",
                next_step=f"ask for one of {listed(one.name for one in options)}",
            )
        self.state.guess(
            f"{need.who} needs {written(need.relation)}, and apk would want one of"
            f" {listed(one.name for one in options)} named: {shown(best.name)} is counted"
        )

    def _choose(self, need: _Need, package: SystemPackage) -> None:
        clash = self.state.clash(package)
        if clash is not None:
            self.state.guess(f"{shown(package.name)} and {shown(clash)} refuse each other")
        self.state.add(package, need.owner)
        self.state.note_need(need.owner, package.name)
        self._follow(package)

    def _follow(self, package: SystemPackage) -> None:
        for alternatives in package.depends:
            self.waiting.extend(_Need(package.name, one) for one in alternatives[:1])
        for given in (Relation(package.name), *package.provides):
            for other in self.state.index.completed_by(given.name):
                self._complete(other, package.name)

    def _complete(self, package: SystemPackage, last: str) -> None:
        """A package that comes by itself once all that its `install_if` names is there."""
        newest = _newest(self.state.index.named(package.name))
        if newest.version != package.version or package.name in self.state.chosen:
            return
        holders = [self.state.holder(relation) for relation in package.install_if]
        if all(holders) and package.name not in self.state.base:
            self.waiting.append(_Need(last, Relation(package.name)))

    def _options(self, relation: Relation) -> list[SystemPackage]:
        """What answers a relation, as apk prefers it; one version per package."""
        answers: dict[str, tuple[_Rank, SystemPackage]] = {}
        for package in (
            *self.state.index.named(relation.name),
            *self.state.index.providing(relation.name),
        ):
            rank = self._rank(package, relation)
            if rank is None or package.name in self.state.chosen:
                continue
            if package.name not in answers or rank > answers[package.name][0]:
                answers[package.name] = rank, package
        ordered = sorted(answers.values(), key=lambda one: one[1].name)
        return [package for _, package in sorted(ordered, key=lambda one: one[0], reverse=True)]

    def _rank(self, package: SystemPackage, relation: Relation) -> _Rank | None:
        """How much apk likes it as an answer; None where it is none."""
        pinned = self.pins.get(package.name, package)
        version = _version_as(package, relation)
        if version is None or pinned.version != package.version:
            return None
        is_peaceful = self.state.clash(package) is None
        named = version_key(version) if version else _LOWEST
        return is_peaceful, named, package.provider_priority, version_key(package.version)


@dataclass(frozen=True, slots=True)
class _Need:
    owner: str
    relation: Relation

    @property
    def who(self) -> str:
        """Who needs it, for a note."""
        return shown(self.owner) or "the list"


_Rank = tuple[bool, VersionKey, int, VersionKey]
_LOWEST = version_key("")


def _version_as(package: SystemPackage, relation: Relation) -> str | None:
    """The version in which a package is what a relation names, "" for none; None if it is not."""
    if package.name == relation.name and satisfies(package.version, relation):
        return package.version
    for given in package.provides:
        if given.name == relation.name and provides(given, relation, satisfies):
            return given.version
    return None


def _newest(packages: Iterable[SystemPackage]) -> SystemPackage:
    return max(packages, key=lambda one: version_key(one.version))
