"""One stage, instruction by instruction: what holds at each step, and what the step does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from auditor.analysis.effects.acts import RunReader, StepActs
from auditor.analysis.image_facts import BuildStep
from auditor.analysis.readable_steps import SHELLS, WINDOWS_SHELLS, program_name
from auditor.analysis.recorded_step import run_script
from auditor.analysis.shell.script import Script
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.copies import FindOrigin, copy_words, read_copy, read_mounts
from auditor.dockerfiles.faults import fault
from auditor.dockerfiles.files import Copied, Files, Looks
from auditor.dockerfiles.lines import Instruction, instruction_of
from auditor.dockerfiles.places import in_folder
from auditor.dockerfiles.projects import exported_lists
from auditor.dockerfiles.runs import read_run
from auditor.dockerfiles.variables import MOST_CHARACTERS_OF_A_WORD, Expander, too_long
from auditor.dockerfiles.words import exec_form, flag, split_words
from auditor.domain.build_plan import Deed, Install, LeftBehind, Other, Stage, Step
from auditor.domain.text import clean_line

MOST_NOTES = 100
MOST_THINGS = 20_000
_MOST_ENVIRONMENTS = 64
_LONGEST_TEXT = 200


@dataclass(slots=True)
class Things:
    """How many deeds and files of lists a plan may hold."""

    left: int = MOST_THINGS

    def take(self, deeds: tuple[Deed, ...], line: int) -> None:
        """Count these; raises UsageError where it is too much."""
        installs = [deed for deed in deeds if isinstance(deed, Install)]
        self.left -= len(deeds) + sum(len(one.lists) + len(one.local) for one in installs)
        if self.left < 0:
            message = f"the steps do more than {MOST_THINGS:,} things by here"
            raise fault(line, message, "give the part of the Dockerfile that matters")


@dataclass(frozen=True, slots=True)
class Outer:
    """What all stages of a Dockerfile share.

    `given` are build arguments, `before_from` the values of those declared before FROM,
    `declared` collects names of all that are declared.
    """

    expander: Expander
    run_reader: RunReader
    given: Mapping[str, str]
    before_from: Mapping[str, str]
    declared: set[str]
    notes: list[str]
    origin: FindOrigin
    looks: Looks = field(default_factory=Looks)
    things: Things = field(default_factory=Things)


@dataclass(slots=True)
class _State:
    """What holds between two instructions; `variables` are those of ENV, which ARG cannot set."""

    values: dict[str, str] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    seen: dict[object, bool] = field(default_factory=dict)
    environments: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    folder: str = "/"
    user: str = ""
    has_shell: bool = True

    def copy(self) -> _State:
        return replace(
            self, values=self.values.copy(), variables=self.variables.copy(), seen=self.seen.copy()
        )


class StageReader:
    """Reads the instructions of a stage, on top of what its base stage settled."""

    def __init__(self, stage: Stage, parent: StageReader | None, outer: Outer) -> None:
        self._stage = stage
        self._outer = outer
        self._state = parent.state.copy() if parent else _State()
        self._steps: list[Step] = []
        self.files: Files = Files(outer.looks, parent.files if parent else None)
        self.triggers: list[Instruction] = []

    @property
    def state(self) -> _State:
        """What a stage built on this one starts from."""
        return self._state

    @property
    def weight(self) -> int:
        """How many settings a stage built on this one takes over."""
        state = self._state
        return len(state.values) + len(state.variables) + len(state.seen)

    def stage(self) -> Stage:
        """The stage with all steps read so far."""
        return replace(self._stage, steps=tuple(self._steps))

    def follow(self, one: Instruction) -> None:
        """Read the next instruction; those that change metadata alone are passed over."""
        read = _READERS.get(one.name)
        if read is not None:
            read(self, one)

    def _word(self, text: str, line: int) -> str:
        return self._outer.expander.word(text, self._state.values, line, keeps=True)

    def _value(self, text: str, line: int) -> str:
        value = self._word(text, line)
        if len(value) > MOST_CHARACTERS_OF_A_WORD:
            raise too_long(line)
        return value

    def read_variables(self, one: Instruction) -> None:
        words = split_words(one.text)
        if words and "=" not in words[0]:
            words = ["=".join(one.text.split(None, 1))]
        found = {}
        for word in words:
            name, _, value = word.partition("=")
            found[self._word(name, one.line)] = self._value(value, one.line)
        self._state.values.update(found)
        self._state.variables.update(found)

    def read_arguments(self, one: Instruction) -> None:
        for word in split_words(one.text):
            name, sign, value = word.partition("=")
            self._outer.declared.add(name)
            if name in self._state.variables:
                continue
            if name in self._outer.given:
                self._state.values[name] = self._outer.given[name]
            elif sign:
                self._state.values[name] = self._value(value, one.line)
            elif name in self._outer.before_from:
                self._state.values[name] = self._outer.before_from[name]

    def read_folder(self, one: Instruction) -> None:
        self._state.folder = in_folder(self._state.folder, self._word(one.text, one.line))

    def read_user(self, one: Instruction) -> None:
        self._state.user = self._word(one.text, one.line)

    def read_shell(self, one: Instruction) -> None:
        words = exec_form(one.text)
        if not words:
            raise fault(one.line, "SHELL needs its exec form", 'write SHELL ["/bin/sh", "-c"]')
        self._state.has_shell = program_name(words[0]) in SHELLS - WINDOWS_SHELLS

    def read_trigger(self, one: Instruction) -> None:
        trigger = instruction_of(one.text, one.line)
        if trigger.name in ("ONBUILD", "FROM"):
            message = f"ONBUILD cannot hold {trigger.name}"
            raise fault(one.line, message, "write an instruction such as COPY or RUN behind it")
        whole = trigger.text + one.with_documents[len(one.text) :]
        self.triggers.append(replace(trigger, documents=one.documents, with_documents=whole))

    def read_copy(self, one: Instruction) -> None:
        words = tuple(self._word(word, one.line) for word in copy_words(one))
        flags = tuple(self._word(word, one.line) for word in one.flags)
        came = flag(flags, "from")
        origin = self._outer.origin(came, one.line) if came else None
        excludes = tuple(word.partition("=")[2] for word in flags if word.startswith("--exclude="))
        done = read_copy(one, words, self._state.folder, origin, excludes)
        self.files.copied += done.copied
        self._add(one, done.deeds)

    def read_run(self, one: Instruction) -> None:
        state = self._state
        flags = tuple(self._word(word, one.line) for word in one.flags)
        mounts = read_mounts(flags, state.folder, one.line, self._outer.origin)
        text = _text(one)
        script = self._script(one)
        if script is None:
            self._add(one, (Other(text, state.folder),), mounts.stages)
            return
        step = BuildStep("RUN", text, script, flags)
        acts = self._outer.run_reader.acts(step, state.folder, state.values)
        around = Around(
            state.values,
            state.user,
            lambda path: self.files.locate(path, mounts.copied),
            state.environments,
            state.settings,
        )
        done = read_run(acts, around, text, mounts.apart)
        state.settings = done.settings
        made = (*state.environments, *done.environments)
        state.environments = frozenset(made[:_MOST_ENVIRONMENTS])
        deeds = tuple(self._repeated(deed) for deed in done.deeds if not self._is_there(deed))
        self._note_lists(acts)
        self._add(one, deeds, mounts.stages)

    def _script(self, one: Instruction) -> Script | None:
        """What the shell is given; None where another program reads it."""
        first = one.documents[0].text.partition("\n")[0] if one.documents else ""
        is_own = one.text.startswith("<<") and first.startswith("#!") and _is_no_shell(first[2:])
        is_exec = exec_form(one.text) is not None
        if is_own or not (self._state.has_shell or is_exec):
            return None
        script = run_script(one.with_documents)
        if not script.is_whole:
            self._note(f"Line {one.line}: the commands cannot be read to their end.")
        return script

    def _repeated(self, deed: Deed) -> Deed:
        """An install, marked where an earlier step of the stage did the same."""
        if not isinstance(deed, Install) or deed.is_empty or deed.are_archives:
            return deed
        key = (
            *(deed.tool, deed.place, deed.packages, deed.unread, deed.extras, deed.groups),
            tuple(one.path for one in deed.lists) or deed.local,
        )
        had_dev = self._state.seen.get(key)
        if not deed.is_conditional:
            self._state.seen[key] = deed.has_dev
        adds = had_dev is None or deed.starts_anew or (deed.has_dev and not had_dev)
        return replace(deed, is_repeated=not adds)

    def _is_there(self, deed: Deed) -> bool:
        """Whether the stage has the same of a package manager's own already."""
        if not isinstance(deed, LeftBehind):
            return False
        was_there = deed in self._state.seen
        self._state.seen[deed] = True
        return was_there

    def _note_lists(self, acts: StepActs) -> None:
        """Files of requirements that the step writes from a lock file, as if copied from it."""
        for act in acts.acts:
            for path, lock in exported_lists(act):
                if context_path := self.files.locate(lock):
                    self.files.copied.append(Copied((context_path,), path, is_folder=False))

    def _add(self, one: Instruction, deeds: tuple[Deed, ...], needs: tuple[int, ...] = ()) -> None:
        self._outer.things.take(deeds, one.line)
        text = _text(one)
        self._steps.append(Step(one.line, one.name, text, deeds, needs))

    def _note(self, sentence: str) -> None:
        if len(self._outer.notes) < MOST_NOTES:
            self._outer.notes.append(sentence)


def _text(one: Instruction) -> str:
    beginning = one.with_documents[: 2 * _LONGEST_TEXT].split()
    return clean_line(" ".join((one.name, *one.flags, *beginning)), _LONGEST_TEXT)


def _is_no_shell(command: str) -> bool:
    """Whether the words behind `#!` name a program that is no shell; `env` runs the next."""
    names = [program_name(word) for word in command.split()[:2]]
    program = names[-1] if names[:1] == ["env"] else next(iter(names), "sh")
    return program not in SHELLS


_READERS = {
    "ENV": StageReader.read_variables,
    "ARG": StageReader.read_arguments,
    "WORKDIR": StageReader.read_folder,
    "USER": StageReader.read_user,
    "SHELL": StageReader.read_shell,
    "ONBUILD": StageReader.read_trigger,
    "COPY": StageReader.read_copy,
    "ADD": StageReader.read_copy,
    "RUN": StageReader.read_run,
}
