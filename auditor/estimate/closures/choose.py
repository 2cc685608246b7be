"""Lists of packages -> one closure per ecosystem, each by its own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from auditor.domain.errors import UsageError
from auditor.domain.packages import Closure, Ecosystem, Locked, PackageList, Wanted
from auditor.estimate.closures.apk import apk_closure
from auditor.estimate.closures.apt import apt_closure
from auditor.estimate.closures.limits import check_count, few
from auditor.estimate.closures.npm import npm_closure
from auditor.estimate.closures.npm_locked import npm_locked
from auditor.estimate.closures.npm_target import NpmTarget
from auditor.estimate.closures.python import python_closure
from auditor.estimate.closures.python_locked import python_locked
from auditor.estimate.closures.python_target import PythonTarget
from auditor.estimate.closures.system_roots import weigh_locked
from auditor.estimate.ports import NpmIndex, PythonIndex, SystemIndex

_Index = TypeVar("_Index")


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where packages are looked up; None for those that nobody is going to ask for."""

    apt: SystemIndex | None = None
    apk: SystemIndex | None = None
    pip: PythonIndex | None = None
    npm: NpmIndex | None = None


@dataclass(frozen=True, slots=True)
class ClosureOptions:
    """What the packages are for, and what is there already.

    `system_base` are names of the base's Debian or Alpine packages, `python_base` versions of
    its Python packages by name. `dev` adds what is for development only, `recommends` what
    Debian packages recommend (apt's default).
    """

    dev: bool = False
    recommends: bool = True
    python: PythonTarget = field(default_factory=PythonTarget)
    npm: NpmTarget = field(default_factory=NpmTarget)
    system_base: frozenset[str] = frozenset()
    python_base: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Asked:
    """All lists of one ecosystem as one."""

    ecosystem: Ecosystem
    wanted: tuple[Wanted, ...]
    locked: tuple[Locked, ...]
    notes: tuple[str, ...]


def close(
    lists: Iterable[PackageList], indexes: Indexes, options: ClosureOptions
) -> tuple[Closure, ...]:
    """One closure per ecosystem that something is asked of, in the order of `Ecosystem`.

    Lists of one ecosystem are taken together: what one fixes is there for the others.
    Raises UsageError for what cannot be resolved, IndexFailureError for an index that fails.
    """
    known = tuple(lists)
    closures = []
    for ecosystem, resolve in _RESOLVERS.items():
        asked = _merged(known, ecosystem, dev=options.dev)
        if asked.wanted or asked.locked or asked.notes:
            check_count(ecosystem, len(asked.wanted))
            closure = resolve(asked, indexes, options)
            closures.append(replace(closure, notes=few((*asked.notes, *closure.notes))))
    return tuple(closures)


def _merged(lists: tuple[PackageList, ...], ecosystem: Ecosystem, *, dev: bool) -> _Asked:
    ours = [one for one in lists if one.ecosystem is ecosystem]
    return _Asked(
        ecosystem,
        tuple(dict.fromkeys(w for one in ours for w in one.wanted if dev or not w.is_dev)),
        tuple(dict.fromkeys(locked for one in ours for locked in one.locked)),
        tuple(note for one in ours for note in one.notes),
    )


def _apt(asked: _Asked, indexes: Indexes, options: ClosureOptions) -> Closure:
    index = _there(indexes.apt, Ecosystem.APT)

    def resolve(base: frozenset[str]) -> Closure:
        return apt_closure(asked.wanted, index, in_base=base, recommends=options.recommends)

    return _beside_locked(asked, index, options.system_base, resolve)


def _apk(asked: _Asked, indexes: Indexes, options: ClosureOptions) -> Closure:
    index = _there(indexes.apk, Ecosystem.APK)

    def resolve(base: frozenset[str]) -> Closure:
        return apk_closure(asked.wanted, index, in_base=base)

    return _beside_locked(asked, index, options.system_base, resolve)


def _beside_locked(
    asked: _Asked,
    index: SystemIndex,
    base: frozenset[str],
    resolve: Callable[[frozenset[str]], Closure],
) -> Closure:
    """What is wanted, on top of the base and of what is fixed."""
    notes: list[str] = []
    check_count(asked.ecosystem, len(asked.locked))
    fixed = tuple(weigh_locked(asked.locked, index, base, notes))
    names = {package.name for package in fixed}
    closure = resolve(base | names)
    return replace(
        closure,
        packages=tuple(sorted((*closure.packages, *fixed), key=lambda one: one.name)),
        in_base=tuple(name for name in closure.in_base if name not in names),
        is_approximate=closure.is_approximate or bool(notes),
        notes=few((*closure.notes, *notes)),
    )


def _pip(asked: _Asked, indexes: Indexes, options: ClosureOptions) -> Closure:
    index = _there(indexes.pip, Ecosystem.PIP)
    base = dict(options.python_base)
    fixed = python_locked(asked.locked, index, options.python, dev=options.dev, in_base=base)
    base |= {package.name: package.version for package in fixed.packages}
    return _joined(fixed, python_closure(asked.wanted, index, options.python, in_base=base))


def _npm(asked: _Asked, indexes: Indexes, options: ClosureOptions) -> Closure:
    index = _there(indexes.npm, Ecosystem.NPM)
    fixed = npm_locked(asked.locked, index, options.npm, dev=options.dev)
    return _joined(fixed, npm_closure(asked.wanted, index, options.npm))


def _joined(fixed: Closure, resolved: Closure) -> Closure:
    """Both; of what is resolved, only what is not fixed in the same version."""
    known = {(package.name, package.version) for package in fixed.packages}
    names = {package.name for package in fixed.packages}
    more = [one for one in resolved.packages if (one.name, one.version) not in known]
    packages = sorted((*fixed.packages, *more), key=lambda one: (one.name, one.version))
    in_base = {*fixed.in_base, *(name for name in resolved.in_base if name not in names)}
    return replace(
        resolved,
        packages=tuple(packages),
        in_base=tuple(sorted(in_base)),
        is_approximate=fixed.is_approximate or resolved.is_approximate,
        notes=few((*fixed.notes, *resolved.notes)),
    )


_RESOLVERS = {
    Ecosystem.APT: _apt,
    Ecosystem.APK: _apk,
    Ecosystem.PIP: _pip,
    Ecosystem.NPM: _npm,
}


def _there(index: _Index | None, ecosystem: Ecosystem) -> _Index:
    if index is None:
        raise UsageError(
            f"no index of packages for {ecosystem}",
            next_step=f"choose a base that {ecosystem} is used with, or configure an index for it",
        )
    return index
