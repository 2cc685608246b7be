"""What the names of a base tell: family, version, variant, distribution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from auditor.analysis.bases.words import (
    CODENAMES,
    DEBIAN_RELEASES,
    DISTRIBUTIONS,
    DISTROLESS_PYTHON,
    DOTNET,
    ROLES,
    RUNTIMES,
    SYSTEMS,
    UBUNTU_RELEASES,
    USUAL_ROLE,
    VERSION_PARTS,
)

ALPINE, DISTROLESS, _SLIM = "alpine", "distroless", "slim"
_MOST_NAMES = 1000
_LONGEST_NUMBER = 5


class BaseKind(StrEnum):
    """What a base is: it brings a language's runtime, a system only, or nobody knows."""

    RUNTIME = "runtime"
    SYSTEM = "system"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Variant:
    """One image among its family, told by its names.

    `name` is the one to show. `family` is `python` for Docker Hub's python and mirrors of
    it, and the whole repository for a family nobody publishes. `version`: numbers, most
    telling tag; empty for `latest` alone. `role`: `jre`, `fpm`. `distribution` (`debian`)
    and `release` (`bookworm`) are empty where the names do not say. `flavour`: words left.
    """

    name: str
    family: str
    kind: BaseKind
    version: tuple[int, ...] = ()
    role: str = ""
    is_slim: bool = False
    distribution: str = ""
    release: str = ""
    flavour: frozenset[str] = frozenset()

    @property
    def repository(self) -> str:
        """The name without its tag."""
        return split_name(self.name)[0]

    @property
    def is_musl(self) -> bool:
        """Whether programs are linked with musl instead of glibc."""
        return self.distribution == ALPINE


def split_name(name: str) -> tuple[str, str]:
    """Repository, with registry, and tag of a reference; a digest counts for nothing."""
    name = name.partition("@")[0]
    head, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    return f"{head}{slash}{repository}", tag


def variant_of(names: Iterable[str], distribution: str = "") -> Variant | None:
    """What all names of one image tell together; None for no names.

    `distribution`, `debian:trixie`, is what layers tell and fills in what names leave out.
    Where names are of several families, the best known family counts.
    """
    parsed = [_parse(name) for name in sorted(set(names))[:_MOST_NAMES] if name]
    if not parsed:
        return None
    family = min(parsed, key=lambda one: (_KINDS_FIRST.index(one.kind), one.family)).family
    same = [one for one in parsed if one.family == family]
    numbered = [one for one in same if one.version] or same
    system, _, release = distribution.partition(":")
    told = next((one for one in same if one.release), None) or next(
        (one for one in same if one.distribution), None
    )
    agrees = told is None or told.distribution == system
    return Variant(
        name=min(same, key=_shown_first).name,
        family=family,
        kind=same[0].kind,
        version=max((one.version for one in numbered), key=len),
        role=next((one.role for one in same if one.role), USUAL_ROLE.get(family, "")),
        is_slim=any(one.is_slim for one in same),
        distribution=told.distribution if told else system,
        release=(told.release if told else "") or (release if agrees else ""),
        flavour=frozenset.intersection(*(one.flavour for one in numbered)),
    )


_KINDS_FIRST = (BaseKind.RUNTIME, BaseKind.SYSTEM, BaseKind.OTHER)


def kind_of(names: Iterable[str]) -> BaseKind:
    """The kind of base these names are of; OTHER for no names."""
    variant = variant_of(names)
    return variant.kind if variant else BaseKind.OTHER


def best_name(names: Sequence[str]) -> str:
    """The name to show of several: the version line (`3.12`), neither vaguer nor longer.

    Empty for no names.
    """
    variant = variant_of(names)
    return variant.name if variant else ""


def _shown_first(one: Variant) -> tuple[bool, int, bool, int, str]:
    tag = split_name(one.name)[1]
    wanted_numbers = VERSION_PARTS.get(one.family, 1)
    return (
        tag in ("", "latest"),
        abs(len(one.version) - wanted_numbers) if one.version else wanted_numbers + 1,
        "." in one.name.partition("/")[0],
        len(one.name),
        one.name,
    )


@lru_cache(maxsize=20_000)
def _parse(name: str) -> Variant:
    repository, tag = split_name(name)
    if DISTROLESS in repository.split("/"):
        return _distroless(name, repository)
    family, kind, role = _family(repository)
    words = [word for word in tag.lower().split("-") if word not in ("", "latest")]
    roles = [word for word in words if word in ROLES.get(family, ())]
    systems = [system for word in words if (system := _system(word))]
    versions = [numbers for word in words if (numbers := _numbers(word))]
    version = versions[0] if versions else ()
    distribution, release = systems[0] if systems else ("", "")
    if family in DISTRIBUTIONS:
        distribution, release = family, release or _release(family, version)
    plain = (word for word in words if word not in roles and word != _SLIM)
    return Variant(
        name=name,
        family=family,
        kind=kind,
        version=version,
        role=roles[0] if roles else role,
        is_slim=_SLIM in words,
        distribution=distribution,
        release=release,
        flavour=frozenset(word for word in plain if not (_system(word) or _numbers(word))),
    )


def _system(word: str) -> tuple[str, str] | None:
    """Distribution and release that a word of a tag names: `bookworm`, `alpine3.24`, `alpine`."""
    if word in CODENAMES:
        return CODENAMES[word], word
    return (ALPINE, word.removeprefix(ALPINE)) if word.startswith(ALPINE) else None


def _family(repository: str) -> tuple[str, BaseKind, str]:
    """Family, kind and role by the repository's name."""
    path = repository.split("/")
    if "dotnet" in path and path[-1] in DOTNET:
        return "dotnet", BaseKind.RUNTIME, path[-1]
    if path[-1] in RUNTIMES:
        return path[-1], BaseKind.RUNTIME, ""
    if path[-1] in SYSTEMS:
        return path[-1], BaseKind.SYSTEM, ""
    return repository, BaseKind.OTHER, ""


def _distroless(name: str, repository: str) -> Variant:
    """`nodejs22-debian12` has node 22, `python3-debian12` the Python of Debian 12."""
    what, _, system = repository.rpartition("/")[2].partition("-")
    release = DEBIAN_RELEASES.get(system.removeprefix("debian"), "")
    language = what.rstrip("0123456789")
    numbers = _numbers(what.removeprefix(language))
    family, version = {
        "nodejs": ("node", numbers),
        "python": ("python", DISTROLESS_PYTHON.get(system, ())),
        "java": ("openjdk", numbers),
    }.get(language, (repository, ()))
    kind = BaseKind.SYSTEM if family == repository else BaseKind.RUNTIME
    role = "jre" if family == "openjdk" else ""
    return Variant(
        name,
        family,
        kind,
        version,
        role,
        is_slim=True,
        distribution=DISTROLESS,
        release=release,
    )


def _release(family: str, version: tuple[int, ...]) -> str:
    """The release a version of a distribution is of: its codename where it has one."""
    if not version:
        return ""
    major, line = str(version[0]), ".".join(f"{number:02d}" for number in version[:2])
    if family == "debian":
        return DEBIAN_RELEASES.get(major, "")
    if family == "ubuntu":
        return UBUNTU_RELEASES.get(line, "")
    return ".".join(map(str, version[:2])) if family == ALPINE else major


def _numbers(word: str) -> tuple[int, ...]:
    """`3.12.1` and `8u151` as numbers; empty for a word that is no version.

    What follows the numbers of a version, `3.7.0a4`, is left out; a date is none.
    """
    numbers: list[int] = []
    for part in word.replace("u", ".").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits or len(digits) > _LONGEST_NUMBER:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
