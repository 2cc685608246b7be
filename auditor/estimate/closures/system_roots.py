"""What users ask apt and apk for: names and versions -> packages of the index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from auditor.domain.package_facts import Relation, SystemPackage
from auditor.domain.packages import Locked, SizedPackage, Wanted
from auditor.estimate.closures.limits import (
    MAX_CONSTRAINT_LENGTH,
    check_names,
    shown,
    unknown_packages,
)
from auditor.estimate.closures.system_state import SystemState, sized
from auditor.estimate.ports import SystemIndex

_CONSTRAINT = re.compile(r"(<<|<=|>=|>>|=~|~=|=|~|<|>)?\s*(.*)", re.DOTALL)
# As users of apk write them; the signs of Relation are Debian's.
_SIGNS = {"<": "<<", ">": ">>", "=~": "~", "~=": "~", "": "="}


def constraint_of(wanted: Wanted) -> Relation:
    """The relation that a user wrote behind a name; any version where there is none."""
    match = _CONSTRAINT.fullmatch(wanted.constraint.strip()[:MAX_CONSTRAINT_LENGTH])
    if match is None or not match[2]:
        return Relation(wanted.name)
    sign = match[1] or ""
    return Relation(wanted.name, _SIGNS.get(sign, sign), match[2])


def check_known(state: SystemState, wanted: Iterable[Wanted]) -> None:
    """Raises UsageError for names that are none, and for names that the index does not have."""
    names = sorted({one.name for one in wanted})
    check_names(state.ecosystem, names)
    unknown = [name for name in names if not _is_known(state, name)]
    if unknown:
        near = {name: state.index.alike(name) for name in unknown[:12]}
        raise unknown_packages(state.ecosystem, unknown, near)


def _is_known(state: SystemState, name: str) -> bool:
    return name in state.base or bool(state.index.named(name) or state.index.providing(name))


def at_version(
    packages: tuple[SystemPackage, ...], relation: Relation, state: SystemState
) -> tuple[SystemPackage, ...]:
    """The packages a relation allows; "=1.2*" is a pattern, as for apt-get."""
    if relation.operator == "=" and "*" in relation.version:
        return tuple(one for one in packages if fnmatchcase(one.version, relation.version))
    return tuple(one for one in packages if state.satisfies(one.version, relation))


def note_gone(state: SystemState, relation: Relation, instead: SystemPackage) -> None:
    """A version that is not in the index: an old build file, or another release's."""
    state.guess(
        f"{shown(relation.name)} {shown(relation.operator)}{shown(relation.version)} is not in the"
        f" index, where a build would fail: {shown(instead.version)} is counted"
    )


def merged_wanted(wanted: Iterable[Wanted]) -> list[Wanted]:
    """By name, each once; of two, the one with a constraint."""
    by_name: dict[str, Wanted] = {}
    for one in sorted(wanted, key=lambda each: (each.name, not each.constraint, each.constraint)):
        by_name.setdefault(one.name, one)
    return list(by_name.values())


def weigh_locked(
    locked: Iterable[Locked], index: SystemIndex, base: frozenset[str], notes: list[str]
) -> Iterator[SizedPackage]:
    """Packages at fixed versions, sized by the index; what it lacks is noted."""
    for one in sorted(locked, key=lambda each: (each.name, each.version)):
        if one.name in base:
            continue
        same = [each for each in index.named(one.name) if each.version == one.version]
        if same:
            yield sized(same[0])
        else:
            notes.append(f"the index has no {shown(one.name)} {shown(one.version)}: not sized")
            yield SizedPackage(name=one.name, version=one.version, archive_bytes=None)
