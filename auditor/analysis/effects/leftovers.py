"""Whether a step fills a cache and leaves it: the last filling command, and cleaning after it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act, StepActs, absolute, acts_of, programs_of
from auditor.analysis.effects.paths import option
from auditor.analysis.image_facts import BuildStep, ImageFacts

_TRUE = frozenset({"1", "true", "yes", "on", "y"})
_DELETE = frozenset({"rm", "rmdir", "unlink"})
_HOME = "/root/"
# A cache moved there is none.
NOWHERE = "/dev/null"
_HOME_VARIABLES = ("$HOME", "${HOME}")
_MOUNTED_APART = ("type=cache", "type=tmpfs")
_TARGETS = frozenset({"target", "dst", "destination"})
# `/var/{lib/apt,cache}/*` is few; more is no path.
_MOST_ALTERNATIVES = 16


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

    `programs` run what fills it, versions left out of their names. `folders` are absolute,
    of the user root where they are in a home. `is_off`: a command or the environment
    (`NAME` to value, as far as history tells) keeps it from being filled. `variables` and
    `options` name the folder where it was moved. `is_settled`: a step of image or base that
    wrote a setting which keeps it from being filled.
    """

    programs: frozenset[str]
    fills: Callable[[Act], bool]
    cleans: Callable[[Act], bool]
    folders: tuple[str, ...] = ()
    is_off: Callable[[Act, Mapping[str, str]], bool] = lambda _, __: False
    variables: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    is_settled: Callable[[BuildStep], bool] | None = None


def find_leftovers(image: ImageFacts, kind: CacheKind) -> Iterator[Leftover]:
    """Own steps that made a layer and leave such a cache in it, bottom first."""
    for one, environment in own_steps_running(image, kind.programs):
        if one.step.layer is None or _is_mounted(one.step, kind.folders):
            continue
        act = next(reversed(_left_by(one, kind, environment)), None)
        if act is not None and not (kind.is_settled and any(map(kind.is_settled, image.steps))):
            yield Leftover(one, act)


def left_in(one: StepActs, kind: CacheKind, told: MutableMapping[str, str]) -> tuple[Act, ...]:
    """The commands of one step that fill such a cache which the step then leaves, in order.

    `told` are the variables set before the step.
    """
    environment = ChainMap(_told_within(one.step), told)
    if _is_mounted(one.step, (*kind.folders, *_moved(kind, environment))):
        return ()
    return _left_by(one, kind, environment)


def _moved(kind: CacheKind, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where variables move the cache to."""
    return tuple(absolute("/", environment[one]) for one in kind.variables if environment.get(one))


def _left_by(one: StepActs, kind: CacheKind, environment: Mapping[str, str]) -> tuple[Act, ...]:
    moved = _moved(kind, environment)
    if NOWHERE in moved:
        return ()
    known = folders = (*kind.folders, *moved)
    left: list[Act] = []
    for act in one.acts:
        if kind.fills(act) and not kind.is_off(act, environment):
            left.append(act)
            folder = option(act.arguments, kind.options) if kind.options else ""
            folders = (*known, absolute(act.folder, folder)) if folder else known
        elif left and (kind.cleans(act) or removes(act, folders)):
            left = []
    return tuple(left)


def own_steps_running(
    image: ImageFacts, programs: frozenset[str]
) -> Iterator[tuple[StepActs, Mapping[str, str]]]:
    """The image's own steps that run one of the programs, with the variables they see.

    Told by `ENV`, the base's too, by `ARG` and build arguments, and by the step's own assignments. The
    mapping holds for the step it comes with. One pass over the steps.
    """
    acts = acts_of(image)
    if programs_of(image).isdisjoint(programs):
        return
    told: dict[str, str] = {}
    for one in acts:
        if one.step.instruction == "ENV":
            told.update(_pairs(one.step.arguments))
        elif one.step.instruction == "ARG" and not one.step.is_from_base:
            # ENV is stronger wherever it stands; some builders tell ARG nowhere else.
            told = {**dict(_pairs(one.step.arguments)), **told}
        elif not one.step.is_from_base and not one.programs.isdisjoint(programs):
            yield one, ChainMap(_told_within(one.step), told)


def _told_within(step: BuildStep) -> dict[str, str]:
    found = dict(_pairs(step.build_arguments))
    for command in step.script.commands if step.script else ():
        found.update(command.assignments)
        if command.name == "export":
            found.update(_pairs(command.arguments))
    return found


def _is_mounted(step: BuildStep, folders: Sequence[str]) -> bool:
    """Whether a mount of its own takes the files: some builders record `--mount=type=cache,…`."""
    for flag in step.flags:
        options = flag.removeprefix("--mount=").split(",")
        if flag.startswith("--mount=") and not set(_MOUNTED_APART).isdisjoint(options):
            targets = [value for name, value in _pairs(options) if name in _TARGETS]
            if any(_covers(target, folder) for target in targets for folder in folders):
                return True
    return False


def removes(act: Act, folders: Sequence[str]) -> bool:
    """Whether it deletes one of these folders, all in it, or a folder above it."""
    if act.name in _DELETE:
        words = act.operands
    elif act.name == "find" and ("-delete" in act.arguments or "rm" in act.arguments):
        words = act.operands[:1]
    else:
        return False
    return any(
        _covers(absolute(act.folder, path), folder)
        for word in words
        for path in _alternatives(word)
        for folder in folders
    )


def _alternatives(word: str) -> list[str]:
    """`/a/{b,c}/*` as bash reads it: `/a/b/*` and `/a/c/*`; one pair of braces, the first."""
    for variable in _HOME_VARIABLES:
        if word.startswith(variable):
            word = f"~{word[len(variable) :]}"
    head, opening, rest = word.partition("{")
    inner, closing, tail = rest.partition("}")
    if not (opening and closing and "," in inner):
        return [word]
    return [f"{head}{one}{tail}" for one in inner.split(",", _MOST_ALTERNATIVES)]


def _covers(target: str, folder: str) -> bool:
    """Whether `target` is the folder, above it or within it; any home is as good as root's."""
    name = target.removesuffix("/*").removesuffix("*").rstrip("/") or "/"
    if folder == name or folder.startswith(f"{name}/") or name.startswith(f"{folder}/"):
        return True
    parts = folder.removeprefix(_HOME).split("/") if folder.startswith(_HOME) else []
    return any(name.endswith("/" + "/".join(parts[:count])) for count in range(1, len(parts) + 1))


def _pairs(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, sign, value = word.partition("=")
        if sign:
            yield name, value.strip("\"'")


def is_true(value: str) -> bool:
    """Whether a variable's value switches something on."""
    return value.strip().lower() in _TRUE
