"""Which system packages a step installs, and which it removes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act, StepActs

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
_SAME_OPTIONS = {"apt": "apt-get", "aptitude": "apt-get", "dnf": "yum", "microdnf": "yum"}
_GROUP = ("-t", "--virtual")
# Official Debian images note what is there before (`apt-mark auto '.*'`), and in the end
# remove whatever nothing needs.
_ALL = "*"
_SUFFIXES = frozenset("=<>~:/@")


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

    def removes(self, package: Package) -> bool:
        """Whether it takes away a package that an earlier step installed."""
        return package.name in self.removed or package.group in self.removed


def package_change(acts: StepActs) -> PackageChange:
    """What a step leaves and removes of system packages, commands taken in their order."""
    manager = ""
    left: dict[Package, None] = {}
    removed: set[str] = set()
    marks_all = False
    for act in acts.acts:
        verb = _verb(act)
        if verb in _INSTALL.get(act.name, ()):
            manager = manager or _SAME_OPTIONS.get(act.name, act.name)
            left.update(dict.fromkeys(_installed(act)))
        elif act.name == "apt-mark" and verb == "auto":
            marks_all = True
        elif names := _removed(act, verb):
            removed |= names
            left = {} if marks_all else {one: None for one in left if not _hits(names, one)}
    return PackageChange(manager, tuple(left), frozenset(removed - {_ALL}))


def is_package_command(act: Act) -> bool:
    """Whether it does nothing but manage packages: `apt-get update`, `apk add …`."""
    return act.name in _INSTALL or act.name in ("apt-mark", "debconf-set-selections", "apt-cache")


def _hits(names: set[str], package: Package) -> bool:
    return package.name in names or (package.group in names and package.group != "")


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
        pairs = zip(act.arguments, (*act.arguments[1:], ""), strict=False)
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
