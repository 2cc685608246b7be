"""What is chosen, what the base holds, and what both provide, while a closure grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from auditor.domain.package_facts import Relation, SystemPackage
from auditor.domain.packages import Closure, Ecosystem, SizedPackage
from auditor.estimate.closures.limits import check_count, few, shown
from auditor.estimate.ports import SystemIndex

Satisfies = Callable[[str, Relation], bool]


@dataclass(slots=True)
class SystemState:
    """A root as it becomes. `base` is known by name only, so that any version there will do."""

    ecosystem: Ecosystem
    index: SystemIndex
    base: frozenset[str]
    satisfies: Satisfies
    chosen: dict[str, SystemPackage] = field(default_factory=dict)
    asked_by: dict[str, str] = field(default_factory=dict)
    needed_base: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    is_approximate: bool = False
    _firm: dict[str, list[str]] = field(default_factory=dict)
    _provided: dict[str, list[tuple[str, Relation]]] = field(default_factory=dict)
    _refused: dict[str, list[tuple[str, Relation]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.base):
            for package in self.index.named(name):
                self._note_provided(package)

    def add(self, package: SystemPackage, asked_by: str) -> None:
        """`package` is installed too, for the sake of `asked_by`, "" for the user's."""
        self.chosen[package.name] = package
        self.asked_by[package.name] = asked_by
        check_count(self.ecosystem, len(self.chosen))
        self._note_provided(package)
        for relation in package.conflicts:
            self._refused.setdefault(relation.name, []).append((package.name, relation))

    def holder(self, relation: Relation) -> str | None:
        """The package that is chosen, or in the base, and is what `relation` asks for."""
        package = self.chosen.get(relation.name)
        if package is not None and self.satisfies(package.version, relation):
            return package.name
        if relation.name in self.base:
            return relation.name
        for name, provided in self._provided.get(relation.name, ()):
            if provides(provided, relation, self.satisfies):
                return name
        return None

    def note_need(self, owner: str, holder: str, *, is_firm: bool = True) -> None:
        """`owner` leans on `holder`; firmly, unless it only recommends it."""
        if holder in self.base:
            self.needed_base.add(holder)
        elif is_firm:
            self._firm.setdefault(owner, []).append(holder)

    def clash(self, package: SystemPackage) -> str | None:
        """A package that is there and refuses this one, or is refused by it."""
        for relation in package.conflicts:
            holder = self.holder(relation)
            if holder not in {None, package.name} and not self._is_another_in_base(relation):
                return holder
        for given in (Relation(package.name, "=", package.version), *package.provides):
            for name, refused in self._refused.get(given.name, ()):
                if name != package.name and provides(given, refused, self.satisfies):
                    return name
        return None

    def _is_another_in_base(self, relation: Relation) -> bool:
        """Whether the base has that name, but in none of the versions the index knows."""
        return relation.name in self.base and not any(
            self.satisfies(package.version, relation) for package in self.index.named(relation.name)
        )

    def guess(self, note: str) -> None:
        """The result may differ from the tool's, for the reason `note` gives."""
        self.notes.append(note)
        self.is_approximate = True

    def closure(self, roots: Iterable[str]) -> Closure:
        """All that was chosen, by name."""
        firm = self._firmly_needed(roots)
        return Closure(
            ecosystem=self.ecosystem,
            packages=tuple(
                sized(package, asked_by=self.asked_by[name], is_recommended=name not in firm)
                for name, package in sorted(self.chosen.items())
            ),
            in_base=tuple(sorted(self.needed_base)),
            is_approximate=self.is_approximate,
            notes=few(self.notes),
        )

    def _firmly_needed(self, roots: Iterable[str]) -> set[str]:
        waiting = [name for name in roots if name in self.chosen]
        reached = set(waiting)
        while waiting:
            for name in self._firm.get(waiting.pop(), ()):
                if name not in reached:
                    reached.add(name)
                    waiting.append(name)
        return reached

    def _note_provided(self, package: SystemPackage) -> None:
        for relation in package.provides:
            self._provided.setdefault(relation.name, []).append((package.name, relation))


def provides(provided: Relation, wanted: Relation, satisfies: Satisfies) -> bool:
    """Whether what a package provides answers a relation: one with a version needs a version.

    Source: Debian Policy 7.5; apk-package(5), "provides".
    """
    if not wanted.operator:
        return True
    return bool(provided.version) and satisfies(provided.version, wanted)


def sized(
    package: SystemPackage, *, asked_by: str = "", is_recommended: bool = False
) -> SizedPackage:
    """A package with the sizes its index gives."""
    return SizedPackage(
        name=package.name,
        version=package.version,
        archive_bytes=package.archive_bytes,
        unpacked_bytes=package.unpacked_bytes,
        asked_by=asked_by,
        is_recommended=is_recommended,
    )


def written(relation: Relation) -> str:
    """A relation as its users write it."""
    if not relation.operator:
        return shown(relation.name)
    return shown(f"{relation.name} ({relation.operator} {relation.version})")
