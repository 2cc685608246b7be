"""Other images of the same family, version and purpose as a base."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from auditor.analysis.bases.names import DISTROLESS, BaseKind, Variant, variant_of
from auditor.analysis.bases.words import DISTRIBUTIONS, LEANER_ROLES, USUAL_ROLE, VERSION_PARTS
from auditor.domain.bases import KnownBase
from auditor.domain.platform import DEFAULT_PLATFORM, Platform

Line = tuple[str, object]
Shape = tuple[str, bool, str, str, frozenset[str]]


class Change(IntEnum):
    """How much else changes with the base, from nearly nothing to nearly all."""

    SAME_RELEASE = 0
    OTHER_RELEASE = 1
    MUSL = 2
    DISTROLESS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """Another base. `is_stand_in`: it is of another version, whose size stands for this one."""

    variant: Variant
    base: KnownBase
    change: Change
    is_stand_in: bool = False

    @property
    def kind(self) -> tuple[str, bool, Change]:
        """What is a choice of its own: purpose, slimness, and what else changes."""
        return self.variant.role, self.variant.is_slim, self.change

    @property
    def name(self) -> str:
        """Its name, or for a stand-in the name that the same variant should have."""
        return self.variant.name


class VariantIndex:
    """Known bases by family and version line. Built once, asked for every image.

    Give it the images of public bases that were crawled and the shipped catalogue together:
    of equal variants in one repository the newest counts.
    """

    def __init__(self, known: Iterable[KnownBase]) -> None:
        newest: dict[tuple[str, Line, Platform, Shape], tuple[Variant, KnownBase]] = {}
        for base in known:
            variant = variant_of(base.names, base.distribution)
            if variant is None or variant.kind == BaseKind.OTHER:
                continue
            platform = Platform(base.platform.os, base.platform.architecture)
            key = (variant.repository, line_of(variant), platform, _shape(variant))
            if key not in newest or newest[key][1].as_of < base.as_of:
                newest[key] = variant, base
        self._lines: dict[Line, list[tuple[Variant, KnownBase]]] = defaultdict(list)
        self._families: dict[str, list[tuple[Variant, KnownBase]]] = defaultdict(list)
        for variant, base in newest.values():
            self._lines[line_of(variant)].append((variant, base))
            self._families[variant.family].append((variant, base))

    def slimmer(
        self, variant: Variant, platform: Platform | None, *, may_be_leaner: bool = True
    ) -> tuple[Choice, ...]:
        """Slimmer variants of the same version, one of each kind; smallest changes first.

        `may_be_leaner`: a JRE will do for a JDK. Of one kind in several repositories
        the base's own repository comes first, then the newest. Where nothing of the version is
        known that keeps the C library and the shell, another version of a runtime stands in.
        """
        wanted = platform or DEFAULT_PLATFORM
        leaner = LEANER_ROLES.get(variant.role, ()) if may_be_leaner else ()
        roles = (variant.role, *leaner)
        same = _fitting(self._lines.get(line_of(variant), ()), variant, wanted, roles)
        found = [Choice(one, base, change_between(variant, one)) for one, base in same]
        choices = {choice.kind: choice for choice in found}
        has_easy = any(one.change <= Change.OTHER_RELEASE for one in found)
        if variant.kind == BaseKind.RUNTIME and variant.version and not has_easy:
            others = _fitting(self._families.get(variant.family, ()), variant, wanted, roles)
            choices |= {choice.kind: choice for choice in _stand_ins(variant, others)}
        return tuple(
            sorted(choices.values(), key=lambda one: (one.change, one.base.size_bytes, one.name))
        )


def _stand_ins(variant: Variant, others: Iterable[tuple[Variant, KnownBase]]) -> Iterator[Choice]:
    """What other versions have and changes little besides."""
    for other, base in others:
        change = change_between(variant, other)
        if change <= Change.OTHER_RELEASE:
            yield Choice(_renamed(other, variant), base, change, is_stand_in=True)


def _fitting(
    pool: Iterable[tuple[Variant, KnownBase]],
    variant: Variant,
    platform: Platform,
    roles: Sequence[str],
) -> list[tuple[Variant, KnownBase]]:
    """Slimmer ones for this platform; the preferred one last, as later ones of a kind win."""
    fitting = [
        (other, base)
        for other, base in pool
        if other.role in roles
        and other.flavour == variant.flavour
        and base.platform.satisfies(platform)
        and _is_slimmer(other, variant)
    ]
    return sorted(fitting, key=lambda found: _rank(found, variant), reverse=True)


def line_of(variant: Variant) -> Line:
    """Family and version line: images of one line run the same programs."""
    if variant.family in DISTRIBUTIONS:
        return variant.family, variant.release or variant.version
    return variant.family, variant.version[: VERSION_PARTS.get(variant.family, 1)]


def change_between(old: Variant, new: Variant) -> Change:
    """What changes besides the size."""
    if new.distribution == DISTROLESS:
        return Change.DISTROLESS
    if new.is_musl and not old.is_musl:
        return Change.MUSL
    known = old.release and new.release
    return Change.OTHER_RELEASE if known and old.release != new.release else Change.SAME_RELEASE


def _is_slimmer(new: Variant, old: Variant) -> bool:
    """Whether the names promise less, and no way back from musl to glibc."""
    if old.is_musl or old.distribution == DISTROLESS:
        return new.is_musl == old.is_musl and new.role != old.role
    return (
        new.role != old.role
        or (new.is_slim and not old.is_slim)
        or new.is_musl
        or new.distribution == DISTROLESS
    )


def _shape(variant: Variant) -> Shape:
    return (
        variant.role,
        variant.is_slim,
        variant.distribution,
        variant.release,
        variant.flavour,
    )


def _rank(found: tuple[Variant, KnownBase], variant: Variant) -> tuple[bool, int, str]:
    other, base = found
    return other.repository != variant.repository, -base.as_of.toordinal(), other.name


def _renamed(other: Variant, variant: Variant) -> Variant:
    """The other variant with our version in its name."""
    numbers = variant.version[: VERSION_PARTS.get(variant.family, 1)]
    role = other.role if other.role != USUAL_ROLE.get(variant.family, "") else ""
    words = (".".join(map(str, numbers)), role, "slim" * other.is_slim, "alpine" * other.is_musl)
    tag = "-".join(word for word in words if word)
    return Variant(
        name=f"{variant.repository}:{tag}",
        family=variant.family,
        kind=variant.kind,
        version=numbers,
        role=other.role,
        is_slim=other.is_slim,
        distribution=other.distribution,
        release=other.release,
        flavour=other.flavour,
    )
