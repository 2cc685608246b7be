"""One recorded build step taken apart: its instruction, and what a RUN runs.

How each builder writes `created_by` (read in their sources):

- classic: `/bin/sh -c CMD`, `|1 A=b /bin/sh -c CMD`, `/bin/sh -c #(nop) COPY file:HASH in /x `;
  RUN in exec form as its words (moby builder/dockerfile/dispatchers.go);
- BuildKit: `RUN |1 A=b /bin/sh -c CMD # buildkit`; a here-document's lines stand in place of
  CMD; mounts are not recorded (BuildKit frontend/dockerfile/dockerfile2llb/convert.go,
  `dispatchRun`, `runCommandString`, `commitToHistory`);
- buildah: as classic, but with flags (`--mount=…`), exec form as JSON, here-documents without
  their last line (buildah imagebuildah/stage_executor.go, `getCreatedBy`);
- kaniko: the instruction as written (kaniko pkg/commands/run.go, `String`).
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass

from auditor.analysis.readable_steps import (
    INSTRUCTIONS,
    SHELLS,
    WINDOWS_SHELLS,
    program_name,
    readable_step,
)
from auditor.analysis.shell.reader import read_script
from auditor.analysis.shell.script import Command, Script

_BUILDKIT = ["#", "buildkit"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*=")
_SOURCES_OF_CLASSIC = ("file:", "dir:", "multi:")
_QUOTES = ("'", '"')
_LEAST_SOURCES_AND_DESTINATION = 3


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step's text taken apart, as in `BuildStep`."""

    instruction: str
    text: str
    script: Script | None = None
    flags: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    build_arguments: tuple[str, ...] = ()


def recorded_step(created_by: str) -> RecordedStep:
    """The step that a builder recorded as `created_by`; never raises, whatever the text is.

    Linear in its length. `script` is None for another instruction than RUN, and for a Windows
    shell. A text of no known form may be the exec form of a classic RUN, so it is read too.
    """
    text = readable_step(created_by)
    words = text.split()
    instruction = words[0] if words and words[0] in INSTRUCTIONS else ""
    if instruction == "RUN":
        return _run(created_by, text, len(words) - 1)
    if instruction in ("COPY", "ADD"):
        flags, rest = _flags(text[len(instruction) :])
        return RecordedStep(instruction, text, None, flags, _copied(rest))
    if instruction == "ENV":
        return RecordedStep(instruction, text, arguments=_pairs(text[len(instruction) :]))
    if instruction == "ARG":
        return RecordedStep(instruction, text, arguments=tuple(words[1:]))
    return RecordedStep(instruction, text, None if instruction or not text else read_script(text))


def _run(created_by: str, text: str, word_count: int) -> RecordedStep:
    """`text` has `word_count` words behind RUN: the last ones of what was recorded."""
    recorded = created_by
    words = recorded.split()
    if words[-2:] == _BUILDKIT:
        words = words[:-2]
        recorded = recorded.rsplit(None, 2)[0] if words else ""
    before = len(words) - word_count
    command = recorded.split(None, before)[before] if word_count else ""
    prefix = words[:before]
    shells = [at for at, word in enumerate(prefix) if program_name(word) in SHELLS]
    arguments = _build_arguments(prefix[: shells[-1]] if shells else prefix)
    if shells and program_name(prefix[shells[-1]]) in WINDOWS_SHELLS:
        return RecordedStep("RUN", text, build_arguments=arguments)
    flags, command = _flags(command)
    return RecordedStep("RUN", text, run_script(command), flags, build_arguments=arguments)


def run_script(command: str) -> Script:
    """What a RUN runs, of its text: in shell form, in exec form, or a here-document."""
    # A stored text has carriage returns written out.
    command = f"{command.rstrip()}\n".replace("\\x0d\n", "\n")
    if command.startswith("[") and (words := _json_words(command)):
        command = shlex.join(words)
    elif command.startswith("<<"):
        # A here-document instead of a command is the script itself.
        command = f"sh {command}"
    script = read_script(command)
    if command[:1] in _QUOTES and any(map(_is_script, script.commands)):
        # A shell that the Dockerfile itself names, not the builder's: `RUN bash -c '…'`.
        return read_script(f"sh -c {command}")
    return script


def _is_script(command: Command) -> bool:
    """Whether what should be a program's name is a quoted script, or a path with blanks."""
    name = command.words[0] if command.words else ""
    return not name.startswith("$") and len(name.split()) > 1


def _json_words(text: str) -> list[str] | None:
    """The words of an instruction in exec form; None where it is none."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    is_exec_form = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return words if is_exec_form else None


def _flags(text: str) -> tuple[tuple[str, ...], str]:
    """Flags such as `--mount=…` before the rest, and the rest as it was."""
    flags: list[str] = []
    for flag in text.split():
        if not flag.startswith("--"):
            break
        flags.append(flag)
    rest = text.split(None, len(flags))[len(flags) :]
    return tuple(flags), rest[0] if rest else ""


def _copied(text: str) -> tuple[str, ...]:
    """Sources, then the destination."""
    words = _json_words(text) or text.split()
    is_classic = len(words) >= _LEAST_SOURCES_AND_DESTINATION and words[-2] == "in"
    if is_classic and words[0].startswith(_SOURCES_OF_CLASSIC):
        del words[-2]
    return tuple(words)


def _pairs(text: str) -> tuple[str, ...]:
    """`NAME=value` of ENV; a value may hold blanks that nothing quotes any more."""
    if '"' in text or "'" in text or "\\" in text:
        script = read_script(f": {text}")
        if script.is_whole and len(script.commands) == 1:
            return _joined(list(script.commands[0].arguments))
    return _joined(text.split())


def _joined(words: list[str]) -> tuple[str, ...]:
    """Words put together so that each begins with a name; `NAME value` is the old form of ENV."""
    if len(words) > 1 and not any(map(_NAME.match, words)):
        return (f"{words[0]}={' '.join(words[1:])}",)
    pairs: list[list[str]] = []
    for word in words:
        if pairs and not _NAME.match(word):
            pairs[-1].append(word)
        else:
            pairs.append([word])
    return tuple(" ".join(pair) for pair in pairs)


def _build_arguments(prefix: list[str]) -> tuple[str, ...]:
    """The arguments in `RUN |2 A=1 B=2`; their number holds no more than the words do."""
    start = next((at for at, word in enumerate(prefix[:2]) if word.startswith("|")), None)
    if start is None:
        return ()
    return tuple(pair for pair in _joined(prefix[start + 1 :]) if _NAME.match(pair))
