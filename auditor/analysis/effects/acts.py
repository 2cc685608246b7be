"""The commands of an image's build steps, with the folder each runs in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, TypeVar

from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.analysis.shell.script import Command, Script

Answer = TypeVar("Answer")
# Variables are replaced while what comes of it stays below this: `$A` in a hundred thousand
# places must not become a hundred thousand copies of a long list.
_MOST_EXPANDED_CHARACTERS = 100_000
_LONGEST_VALUE = 4096
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
# Longer paths name no file. Source: Linux, limits.h, PATH_MAX.
_LONGEST_PATH = 4096
_CHARACTERS_OF_AN_ACT, _LEAST_KEPT = 600, 64
_LONGEST_REMEMBERED, _MOST_REMEMBERED = 300, 10_000
_SETS_VARIABLES = frozenset({"export", "local", "declare", "typeset", "readonly"})


@dataclass(frozen=True, slots=True)
class Act:
    """One command: its name without folder, its arguments, and the folder it runs in.

    Variables in the arguments are replaced where an earlier assignment, `ENV` or build
    argument tells their value. `folder` is absolute, or starts
    with a variable. `program` is the name as written, with its folder; `assignments` stand
    before it; `is_conditional`: it may not run.
    """

    name: str
    arguments: tuple[str, ...]
    folder: str
    redirects: tuple[tuple[str, str], ...] = ()
    program: str = ""
    assignments: tuple[tuple[str, str], ...] = ()
    is_conditional: bool = False

    @property
    def operands(self) -> tuple[str, ...]:
        """Arguments that are no options."""
        return tuple(word for word in self.arguments if not word.startswith("-"))


@dataclass(frozen=True, slots=True)
class StepActs:
    """A build step and what it runs. `folder`: the working folder before it.

    `names` of all its commands, `programs` without a version behind them: `pip` for `pip3.11`.
    `answers`: what functions of the commands said, for `answered_once`.
    """

    step: BuildStep
    folder: str
    acts: tuple[Act, ...] = ()
    names: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    answers: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)


def answered_once(function: Callable[[StepActs], Answer]) -> Callable[[StepActs], Answer]:
    """Have a pure function of a step's commands, not of its layer, keep its answer with them.

    Images of one repository share most of their steps, and so the answers.
    """

    @wraps(function)
    def answer(one: StepActs) -> Answer:
        if function not in one.answers:
            one.answers[function] = function(one)
        found: Answer = one.answers[function]
        return found

    return answer


@dataclass(frozen=True, slots=True)
class _Read:
    """What a script's commands came to, and how many characters its variables became."""

    acts: tuple[Act, ...]
    names: frozenset[str]
    programs: frozenset[str]
    expanded_characters: int
    answers: dict[object, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Script:
    """A script, the variables its arguments name, and what it came to by their values."""

    script: Script
    variables: tuple[str, ...]
    weight: int
    read: dict[tuple[str | tuple[str, ...] | None, ...], _Read] = field(default_factory=dict)


@dataclass(slots=True)
class _Known:
    """Scripts read before, up to a weight; then it starts anew. One script is one object."""

    most: int
    weight: int = 0
    scripts: dict[int, _Script] = field(default_factory=dict)

    def of(self, step: BuildStep, script: Script) -> _Script:
        known = self.scripts.get(id(script))
        if known is None or known.script is not script:
            words = (word for one in script.commands for word in one.arguments if "$" in word)
            names = {match[1] or match[2] for word in words for match in _VARIABLE.finditer(word)}
            weight = 4 * len(step.text) + _CHARACTERS_OF_AN_ACT * len(script.commands)
            known = _Script(script, tuple(sorted(names)), weight)
        return known

    def keep(self, known: _Script, key: tuple[Any, ...], read: _Read) -> None:
        values = sum(len(one) for one in key if one is not None)
        weight = known.weight + values + 2 * read.expanded_characters
        if weight > self.most // _LEAST_KEPT:
            return
        if self.weight + weight > self.most:
            self.scripts, self.weight = {}, 0
        known.read[key] = read
        self.scripts[id(known.script)] = known
        self.weight += weight


_KNOWN = _Known(32 * 2**20)


@dataclass(slots=True)
class _Reader:
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    characters_left: int = _MOST_EXPANDED_CHARACTERS

    def step(self, step: BuildStep) -> StepActs:
        folder = self.folder
        if step.instruction == "WORKDIR":
            self.folder = absolute(folder, step.text.partition(" ")[2])
        elif step.instruction in ("ENV", "ARG"):
            self.environment.update(_pairs(step.arguments))
        if step.script is None or step.is_from_base:
            return StepActs(step, folder)
        known = _KNOWN.of(step, step.script)
        key = (folder, step.build_arguments, *map(self.environment.get, known.variables))
        before = known.read.get(key)
        if before is None or before.expanded_characters >= self.characters_left:
            before = self.read(step, step.script)
            if self.characters_left > 0:
                _KNOWN.keep(known, key, before)
        else:
            self.characters_left -= before.expanded_characters
        return StepActs(step, folder, before.acts, before.names, before.programs, before.answers)

    def read(self, step: BuildStep, script: Script) -> _Read:
        folder, left = self.folder, self.characters_left
        self.variables = dict(_pairs(step.build_arguments))
        acts = tuple(self.act(command) for command in script.commands)
        self.folder = folder
        names = frozenset([act.name for act in acts])
        programs = frozenset([program(name) for name in names])
        return _Read(acts, names, programs, left - self.characters_left)

    def act(self, command: Command) -> Act:
        name = command.name
        arguments = self.expanded(command.arguments)
        program = self.expanded(command.words[:1])
        act = Act(
            name,
            arguments,
            self.folder,
            command.redirects,
            program[0] if program else "",
            command.assignments,
            command.is_conditional,
        )
        if not command.words:
            self.variables.update(command.assignments)
        elif name in _SETS_VARIABLES:
            self.variables.update(_pairs(arguments))
        elif name in ("cd", "pushd"):
            self.folder = absolute(self.folder, next(iter(act.operands), "~"))
        return act

    def expanded(self, words: tuple[str, ...]) -> tuple[str, ...]:
        if not any("$" in word for word in words):
            return words
        return tuple(part for word in words for part in self.parts(word))

    def parts(self, word: str) -> list[str]:
        """A word with its variables replaced; a variable alone may be several words."""
        if "$" not in word or self.characters_left <= 0:
            return [word]
        text = _VARIABLE.sub(self.value, word)
        self.characters_left -= len(text)
        is_list = word.startswith("$") and not word.startswith("$(")
        return text.split() if is_list else [text]

    def value(self, match: re.Match[str]) -> str:
        name = match[1] or match[2]
        value = self.variables.get(name, self.environment.get(name, match[0]))
        return value if len(value) <= _LONGEST_VALUE else match[0]


class RunReader:
    """The commands of RUN instructions of one Dockerfile, given one after the other.

    What variables become is bounded over all of them together. Nothing is kept.
    """

    def __init__(self) -> None:
        self._characters_left = _MOST_EXPANDED_CHARACTERS

    def acts(self, step: BuildStep, folder: str, environment: dict[str, str]) -> StepActs:
        """What a RUN does in that folder, with these variables set before it."""
        if step.script is None:
            return StepActs(step, folder)
        reader = _Reader(folder, environment, {}, self._characters_left)
        read = reader.read(step, step.script)
        self._characters_left = reader.characters_left
        return StepActs(step, folder, read.acts, read.names, read.programs)


def program(name: str) -> str:
    """A command's name without the version behind it."""
    return name.rstrip("0123456789.") or name


def _pairs(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, sign, value = word.partition("=")
        if sign:
            yield name, value


@dataclass(frozen=True, slots=True)
class _Told:
    """What an image's steps do, its own steps alone, and all programs that they run."""

    image: ImageFacts | None
    all: tuple[StepActs, ...] = ()
    own: tuple[StepActs, ...] = ()
    programs: frozenset[str] = frozenset()


_LAST = [_Told(None)]


def _told_of(image: ImageFacts) -> _Told:
    """Several rules ask this of the same image one after the other, so the last answer is kept."""
    last = _LAST[0]
    if last.image is not image:
        reader = _Reader()
        steps = tuple(reader.step(step) for step in image.steps)
        own = tuple(one for one in steps if not one.step.is_from_base)
        last = _Told(image, steps, own, frozenset().union(*(one.programs for one in own)))
        _LAST[0] = last
    return last


def acts_of(image: ImageFacts) -> tuple[StepActs, ...]:
    """Every step of the image, bottom first; commands of its own steps only."""
    return _told_of(image).all


def own_acts_of(image: ImageFacts) -> tuple[StepActs, ...]:
    """Steps of the image's own Dockerfile, as far as that can be told."""
    return _told_of(image).own


def programs_of(image: ImageFacts) -> frozenset[str]:
    """The programs of all its own steps, versions left out."""
    return _told_of(image).programs


def absolute(folder: str, path: str) -> str:
    """A path as written in `folder`; one that starts with a variable stays as it is."""
    if len(folder) + len(path) > _LONGEST_REMEMBERED:
        return _absolute(folder, path)
    return _remembered(folder, path)


def _absolute(folder: str, path: str) -> str:
    if path.startswith("~"):
        path = "/root" + path[1:]
    if len(folder) + len(path) > _LONGEST_PATH:
        return folder
    joined = path if path.startswith("$") else posixpath.join(folder, path)
    normal = posixpath.normpath(joined)
    return normal[1:] if normal.startswith("//") else normal


_remembered = lru_cache(_MOST_REMEMBERED)(_absolute)
