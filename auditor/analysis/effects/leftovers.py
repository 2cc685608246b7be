"""Whether a step fills a cache and leaves it: the last filling command, and cleaning after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act, StepActs, absolute, own_acts_of
from auditor.analysis.effects.paths import option
from auditor.analysis.image_facts import BuildStep, ImageFacts

_TRUE = frozenset({"1", "true", "yes", "on", "y"})
# A cache moved there is none.
NOWHERE = "/dev/null"
_DELETE = frozenset({"rm", "rmdir", "unlink"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """A step that leaves a cache, and the command that filled it last."""

    acts: StepActs
    act: Act

    def is_alone(self, names: Iterable[str], packages: frozenset[str]) -> bool:
        """Whether no other package manager of `packages` runs in the step."""
        return not (self.acts.names & packages) - set(names)


@dataclass(frozen=True, slots=True)
class CacheKind:
    """One kind of cache: what fills it, what empties it, where it is.

    `folders` are absolute. `variables` and `options` name it where it was moved. A home may be
    any user's, so removing a path with one of the `parts` in it counts too. `is_off`: a
    command or the environment (`NAME` to value, as far as history tells) keeps it from being
    filled. `is_settled`: a step of image or base wrote a setting that does.
    """

    fills: Callable[[Act], bool]
    cleans: Callable[[Act], bool]
    folders: tuple[str, ...] = ()
    is_off: Callable[[Act, Mapping[str, str]], bool] = lambda _, __: False
    parts: frozenset[str] = frozenset()
    variables: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    is_settled: Callable[[BuildStep], bool] = lambda _: False


def find_leftovers(image: ImageFacts, kind: CacheKind) -> list[Leftover]:
    """Own steps that made a layer and leave such a cache in it."""
    if any(kind.is_settled(step) for step in image.steps):
        return []
    return [
        Leftover(one, act)
        for one in own_acts_of(image)
        if one.step.layer is not None
        and one.step.script is not None
        and any(map(kind.fills, one.acts))
        and (act := _left_by(one, kind, environment_before(image, one))) is not None
    ]


def _left_by(one: StepActs, kind: CacheKind, environment: Mapping[str, str]) -> Act | None:
    moved = tuple(environment[name] for name in kind.variables if environment.get(name))
    known = folders = (*kind.folders, *(absolute("/", folder) for folder in moved))
    if NOWHERE in moved or _is_mounted(one, kind, folders):
        return None
    left: Act | None = None
    for act in one.acts:
        if kind.fills(act) and not kind.is_off(act, environment):
            left = act
            if kind.options and (folder := option(act.arguments, kind.options)):
                folders = (*known, absolute(act.folder, folder))
        elif left and (kind.cleans(act) or removes(act, folders) or _sweeps(act, kind.parts)):
            left = None
    return left


def _is_mounted(one: StepActs, kind: CacheKind, folders: Sequence[str]) -> bool:
    """Whether a recorded mount holds the cache; only buildah and kaniko record any."""
    for flag in one.step.flags:
        parts = flag.removeprefix("--mount=").split(",")
        if not {"type=cache", "type=tmpfs"}.isdisjoint(parts):
            for name, _, target in (part.partition("=") for part in parts):
                is_target = name in ("target", "dst", "destination")
                if is_target and _holds(target, kind, folders):
                    return True
    return False


def _holds(target: str, kind: CacheKind, folders: Sequence[str]) -> bool:
    is_in_a_home = not kind.parts.isdisjoint(target.split("/"))
    return is_in_a_home or any(_covers(target, folder) for folder in folders)


def removes(act: Act, folders: Sequence[str]) -> bool:
    """Whether it deletes one of these folders, all in it, or a folder above it."""
    if act.name in _DELETE:
        targets = [absolute(act.folder, word) for word in act.operands]
    elif act.name == "find" and "-delete" in act.arguments:
        targets = [absolute(act.folder, word) for word in act.operands[:1]]
    else:
        return False
    return any(_covers(target, folder) for target in targets for folder in folders)


def _sweeps(act: Act, parts: frozenset[str]) -> bool:
    """Whether it deletes a path with a part of such a name, whoever's home that is in."""
    deletes = act.name in _DELETE or (act.name == "find" and "-delete" in act.arguments)
    return deletes and any(not parts.isdisjoint(word.split("/")) for word in act.operands)


def _covers(target: str, folder: str) -> bool:
    name = target.removesuffix("/*").removesuffix("*").rstrip("/") or "/"
    return folder == name or folder.startswith(f"{name}/") or name.startswith(f"{folder}/")


def environment_before(image: ImageFacts, one: StepActs) -> dict[str, str]:
    """What `ENV`, and the step's own build arguments and assignments, say in a step."""
    found: dict[str, str] = {}
    for step in image.steps:
        if step is one.step:
            break
        if step.instruction == "ENV":
            found.update(_pairs(step.arguments))
    found.update(_pairs(one.step.build_arguments))
    for command in one.step.script.commands if one.step.script else ():
        found.update(command.assignments)
        if command.name == "export":
            found.update(_pairs(command.arguments))
    return found


def _pairs(words: Iterable[str]) -> dict[str, str]:
    pairs = (word.partition("=") for word in words)
    return {name: value.strip("\"'") for name, sign, value in pairs if sign}


def is_true(value: str) -> bool:
    """Whether a variable's value switches something on."""
    return value.strip().lower() in _TRUE
