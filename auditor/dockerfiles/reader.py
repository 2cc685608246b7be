"""A Dockerfile as a plan of what it builds.

Stages, variables and scopes follow BuildKit (frontend/dockerfile/dockerfile2llb/convert.go):
FROM sees stages above it only, `--from` any of them by number or name, whatever the case of
letters; a name of no stage is an image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor.analysis.effects.acts import RunReader
from auditor.dockerfiles.circles import refuse_circles
from auditor.dockerfiles.copies import Origin
from auditor.dockerfiles.faults import fault, quoted
from auditor.dockerfiles.lines import MOST_LINES, Instruction, read_lines
from auditor.dockerfiles.stage_reader import MOST_NOTES, Outer, StageReader
from auditor.dockerfiles.variables import Expander
from auditor.dockerfiles.words import flag, split_words
from auditor.domain.build_plan import Base, BaseKind, BuildPlan, Stage
from auditor.domain.errors import UsageError
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.reference import ImageReference

_WRITE_FROM = "write FROM IMAGE or FROM IMAGE AS NAME"
_SCRATCH = "scratch"
_NUMBER = re.compile(r"[0-9]{1,9}")
_MOST_INHERITED = 200_000


def read_dockerfile(
    content: bytes | str,
    *,
    arguments: Mapping[str, str] | None = None,
    platform: Platform = DEFAULT_PLATFORM,
) -> BuildPlan:
    """What a Dockerfile does, with these build arguments, for that platform.

    Time and memory are bounded by its length, which is 1 MiB at most. Raises UsageError that
    names the line for what no builder would take, and for what is too much.
    """
    lines = read_lines(content)
    reader = _Reader(arguments or {}, platform, Expander(lines.escape), lines.instructions)
    reader.read()
    stages = tuple(one.stage() for one in reader.stages)
    if not stages:
        raise UsageError("the Dockerfile has no FROM", next_step=_WRITE_FROM)
    refuse_circles(stages)
    return BuildPlan(stages, tuple(reader.notes))


def _platform_values(platform: Platform) -> dict[str, str]:
    """Variables that a builder sets itself; the machine that builds is taken to be alike.

    Source: Dockerfile reference, "Automatic platform ARGs in the global scope".
    """
    parts = {"PLATFORM": str(platform), "OS": platform.os, "ARCH": platform.architecture}
    parts["VARIANT"] = platform.variant
    return {f"{where}{name}": parts[name] for where in ("TARGET", "BUILD") for name in parts}


class _Reader:
    """Goes through the instructions once; keeps what arguments before FROM settle."""

    def __init__(
        self,
        arguments: Mapping[str, str],
        platform: Platform,
        expander: Expander,
        instructions: tuple[Instruction, ...],
    ) -> None:
        self.instructions = instructions
        self.expander = expander
        self.known = {**_platform_values(platform), "TARGETSTAGE": "default"}
        self.given = dict(arguments)
        self.before_from = dict(self.known)
        self.stages: list[StageReader] = []
        self.numbers: dict[str, int] = {}
        self.all_names = _names(instructions)
        self.notes: list[str] = []
        self.declared: set[str] = set()
        self.outer = Outer(
            expander,
            RunReader(),
            self.given,
            self.before_from,
            self.declared,
            self.notes,
            self.origin,
        )
        self.inherited = 0
        self.count = 0
        self.stage_count = sum(one.name == "FROM" for one in instructions)

    def read(self) -> None:
        for one in self.instructions:
            if one.name == "FROM":
                self.read_from(one)
            elif self.stages:
                self.follow(one)
            elif one.name == "ARG":
                self.read_argument(one)
            else:
                raise fault(one.line, f"{one.name} stands before the first FROM", _WRITE_FROM)
        for name in sorted(set(self.given) - self.declared)[:20]:
            self.notes.append(f"No ARG takes the build argument {quoted(name)}.")

    def follow(self, one: Instruction) -> None:
        """Hand an instruction to the stage, counting those that ONBUILD repeats."""
        self.count += 1
        if self.count > MOST_LINES:
            message = "ONBUILD makes more than 10,000 instructions"
            raise fault(one.line, message, "write what the stages do without ONBUILD")
        self.stages[-1].follow(one)

    def read_argument(self, one: Instruction) -> None:
        for word in split_words(one.text):
            name, sign, value = word.partition("=")
            self.declared.add(name)
            if name in self.given:
                self.before_from[name] = self.given[name]
            elif sign:
                expanded = self.expander.word(value, self.before_from, one.line, keeps=False)
                self.before_from[name] = expanded

    def read_from(self, one: Instruction) -> None:
        words = split_words(one.text)
        if len(words) not in (1, 3) or (len(words) > 1 and words[1].lower() != "as"):
            raise fault(one.line, "FROM cannot be read", _WRITE_FROM)
        base = self.base(one, words[0])
        name = words[2] if len(words) > 1 else ""
        parent = self.stages[base.stage] if base.stage is not None else None
        if parent is not None:
            self.inherited += parent.weight
            if self.inherited > _MOST_INHERITED:
                message = "stages take over more than 200,000 settings of others"
                raise fault(one.line, message, "use fewer variables, or fewer stages")
        stage = Stage(len(self.stages), name, base, one.line)
        self.stages.append(StageReader(stage, parent, self.outer))
        if name:
            self.numbers[name.lower()] = stage.number
        for trigger in parent.triggers if parent else ():
            self.follow(trigger)

    def base(self, one: Instruction, word: str) -> Base:
        name = self.expander.word(word, self.before_from, one.line, keeps=False)
        written = flag(one.flags, "platform")
        platform = self.expander.word(written, self.before_from, one.line, keeps=False)
        if not name:
            message = f"FROM {quoted(word)} comes to no image: its variable has no value"
            step = "give it a default (ARG NAME=VALUE before FROM) or a build argument"
            raise fault(one.line, message, step)
        number = self.numbers.get(name.lower())
        if number is not None:
            return Base(BaseKind.STAGE, name, number, platform)
        if name == _SCRATCH:
            return Base(BaseKind.SCRATCH, name, None, platform)
        self.check_image(name, one.line)
        return Base(BaseKind.IMAGE, name, None, platform)

    def check_image(self, name: str, line: int) -> None:
        """Raise UsageError for what is no image; note a stage that stands further down."""
        try:
            ImageReference.parse(name)
        except UsageError as error:
            message = f"{quoted(name)} is no image: {error.message}"
            raise fault(line, message, error.next_step or _WRITE_FROM) from None
        if name.lower() in self.all_names and len(self.notes) < MOST_NOTES:
            self.notes.append(
                f"Line {line}: the stage {quoted(name)} is further down, so it is taken as an image."
            )

    def origin(self, name: str, line: int) -> Origin:
        """What `--from` names: a stage by name or number, else an image."""
        number = self.all_names.get(name.lower())
        if number is None and _NUMBER.fullmatch(name):
            number = int(name)
            if number >= self.stage_count:
                message = f"--from={quoted(name)} names no stage"
                raise fault(line, message, f"stages count from 0 to {self.stage_count - 1}")
        if number is None:
            self.check_image(name, line)
            return Origin(None, name)
        is_read = number < len(self.stages)
        return Origin(number, files=self.stages[number].files if is_read else None)


def _names(instructions: tuple[Instruction, ...]) -> dict[str, int]:
    """Numbers of all stages by their names in small letters; of two of a name the last."""
    names: dict[str, int] = {}
    froms = (one for one in instructions if one.name == "FROM")
    for number, one in enumerate(froms):
        words = split_words(one.text)
        names.update((name.lower(), number) for name in words[2:3])
    return names
