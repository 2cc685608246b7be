"""Which system packages a step installs, and which it removes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.analysis.effects.acts import Act, StepActs, acts_of, answered_once
from auditor.analysis.image_facts import ImageFacts

_INSTALL = {
    "apt-get": frozenset({"install"}),
    "apt": frozenset({"install"}),
    "aptitude": frozenset({"install"}),
    "apk": frozenset({"add"}),
    "yum": frozenset({"install", "localinstall"}),
    "dnf": frozenset({"install"}),
    "microdnf": frozenset({"install"}),
    "zypper": frozenset({"install", "in"}),
}
_REMOVE = {
    "apt-get": frozenset({"remove", "purge", "autoremove", "autopurge"}),
    "apt": frozenset({"remove", "purge", "autoremove", "autopurge"}),
    "aptitude": frozenset({"remove", "purge"}),
    "apk": frozenset({"del"}),
    "yum": frozenset({"remove", "erase", "autoremove"}),
    "dnf": frozenset({"remove", "erase", "autoremove"}),
    "microdnf": frozenset({"remove"}),
    "zypper": frozenset({"remove", "rm"}),
}
_REMOVE_FLAGS = {
    "dpkg": frozenset({"-r", "-P", "--remove", "--purge"}),
    "rpm": frozenset({"-e", "--erase"}),
}
_TAKE_A_VALUE = {
    "apt-get": frozenset({"-t", "-o", "-c", "--target-release", "--option", "--config-file"}),
    "apk": frozenset({"-t", "--virtual", "-X", "--repository", "-p", "--root", "--arch"}),
    "yum": frozenset({"-c", "-x", "--enablerepo", "--disablerepo", "--setopt", "--releasever"}),
    "zypper": frozenset({"-r", "--repo", "--from", "-t", "--type", "-R", "--root"}),
}
_COMMANDS = frozenset({"apt-mark", *_INSTALL, *_REMOVE_FLAGS})
_SAME_OPTIONS = {"apt": "apt-get", "aptitude": "apt-get", "dnf": "yum", "microdnf": "yum"}
_GROUP = ("-t", "--virtual")
_UPGRADES = frozenset({"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"})
_NO_RECOMMENDS = ("--no-install-recommends", "--without-recommends", "-R")
# Official Debian images note what is there before (`apt-mark auto '.*'`), and in the end
# remove whatever nothing needs.
_ALL = "*"
_SUFFIXES = frozenset("=<>~:/@")


# Commands that write next to nothing beside what a package manager does.
_SILENT = frozenset(
    {
        *("", "set", "export", "echo", "true", "rm", "mkdir", "cd", "find", "test", "[", "ln"),
        *("groupadd", "useradd", "addgroup", "adduser", "ldconfig", "chmod", "chown", "which"),
    }
)


@dataclass(frozen=True, slots=True)
class Package:
    """A package as named, version and architecture left out; `group` is apk's virtual one."""

    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class PackageChange:
    """What a step does to system packages, in its end.

    `manager`: apt-get, apk, yum or zypper, empty where it installs nothing. `left` are
    installed and stay; `removed` are names and groups that it removes.
    """

    manager: str
    left: tuple[Package, ...]
    removed: frozenset[str]


@answered_once
def does_nothing_else(acts: StepActs) -> bool:
    """Whether all of a step's bytes are packages, and what packages bring."""
    return all(is_package_command(act) or act.name in _SILENT for act in acts.acts)


@dataclass(slots=True)
class _Left:
    """Packages that are there, findable by name and by group."""

    by_name: dict[str, dict[Package, None]] = field(default_factory=dict)

    def add(self, package: Package) -> None:
        for name in {package.name, package.group} - {""}:
            self.by_name.setdefault(name, {})[package] = None

    def remove(self, names: set[str]) -> None:
        for name in names:
            for package in list(self.by_name.pop(name, ())):
                for other in (package.name, package.group):
                    self.by_name.get(other, {}).pop(package, None)

    def packages(self) -> tuple[Package, ...]:
        return tuple(dict.fromkeys(one for group in self.by_name.values() for one in group))


@answered_once
def package_change(acts: StepActs) -> PackageChange:
    """What a step leaves and removes of system packages, commands taken in their order."""
    manager = ""
    left = _Left()
    removed: set[str] = set()
    marks_all = False
    for act in acts.acts:
        if act.name not in _COMMANDS:
            continue
        verb = _verb(act)
        if verb in _INSTALL.get(act.name, ()):
            manager = manager or _SAME_OPTIONS.get(act.name, act.name)
            for package in _installed(act):
                left.add(package)
        elif act.name == "apt-mark":
            marks_all = marks_all or verb == "auto"
        elif names := _removed(act, verb):
            removed |= names
            left.remove(names)
            left = _Left() if marks_all else left
    return PackageChange(manager, left.packages(), frozenset(removed - {_ALL, ""}))


def own_changes_of(image: ImageFacts) -> tuple[tuple[StepActs, PackageChange], ...]:
    """Own steps with what each does to packages, bottom first; kept as `acts_of` keeps its own."""
    acts_of_last, last = _LAST[0]
    acts = acts_of(image)
    if acts_of_last is not acts:
        last = tuple((one, package_change(one)) for one in acts if not one.step.is_from_base)
        _LAST[0] = (acts, last)
    return last


_LAST: list[tuple[object, tuple[tuple[StepActs, PackageChange], ...]]] = [(None, ())]


def is_package_command(act: Act) -> bool:
    """Whether it does nothing but manage packages: `apt-get update`, `apk add …`."""
    return act.name in _INSTALL or act.name in ("apt-mark", "debconf-set-selections", "apt-cache")


def asked_for(act: Act) -> tuple[str, ...] | None:
    """The words an install command of a system's package manager names; None for any other.

    Versions are still with them: `nginx=1.22.1-9`.
    """
    if act.name not in _INSTALL or _verb(act) not in _INSTALL[act.name]:
        return None
    return tuple(_operands(act))


def upgrades_all(act: Act) -> bool:
    """Whether it brings all packages of the system up to date."""
    return _verb(act) in _UPGRADES and act.name in _INSTALL and not any(_operands(act))


def names_removed(act: Act) -> frozenset[str]:
    """Names and groups that a command of a system's package manager removes."""
    if act.name not in _COMMANDS:
        return frozenset()
    return frozenset(_removed(act, _verb(act)) - {_ALL, ""})


def takes_recommended(act: Act) -> bool:
    """Whether this `apt-get install` takes what is only recommended, by its own options."""
    if any(flag in act.arguments for flag in _NO_RECOMMENDS):
        return False
    settings = (word.strip("\"'").lower() for word in act.arguments)
    return not any("install-recommends=" in word and word[-1:] in "0eo" for word in settings)


def switches_recommended_off(act: Act) -> bool:
    """Whether a setting is written to apt's configuration: a file there, and the words."""
    writes = any("/apt/apt.conf" in target for _, target in act.redirects)
    return writes and any("install-recommends" in word.lower() for word in act.arguments)


def _verb(act: Act) -> str:
    skip = False
    takes_value = _TAKE_A_VALUE.get(_SAME_OPTIONS.get(act.name, act.name), frozenset())
    for word in act.arguments:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in takes_value
        else:
            return word
    return ""


def _operands(act: Act) -> Iterator[str]:
    """Names behind the verb, options and their values left out."""
    skip, seen_verb = False, False
    takes_value = _TAKE_A_VALUE.get(_SAME_OPTIONS.get(act.name, act.name), frozenset())
    for word in act.arguments:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in takes_value
        elif seen_verb:
            yield word
        else:
            seen_verb = True


def _installed(act: Act) -> Iterator[Package]:
    group = ""
    if act.name == "apk":
        pairs = zip(act.arguments, (*act.arguments, "")[1:], strict=True)
        group = next((value for word, value in pairs if word in _GROUP), "")
        glued = (word for word in act.arguments if word.startswith("--virtual="))
        group = group or next(glued, "").partition("=")[2]
    for word in _operands(act):
        if name := package_name(word):
            yield Package(name, group)


def _removed(act: Act, verb: str) -> set[str]:
    """Names it removes; `*` alone for an `autoremove` that names nothing."""
    if verb in _REMOVE.get(act.name, ()):
        return {package_name(word) for word in _operands(act)} | {_ALL}
    if not _REMOVE_FLAGS.get(act.name, frozenset()).isdisjoint(act.arguments):
        return {package_name(word) for word in act.operands} | {_ALL}
    return set()


def package_name(word: str) -> str:
    """The name without version, release and architecture: `gcc` for `gcc=4:12.2.0-3`."""
    for position, character in enumerate(word):
        if character in _SUFFIXES:
            return word[:position]
    return word
