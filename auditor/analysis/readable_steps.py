"""A recorded build step as a person would have written it in a Dockerfile."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.analysis.remembered import remembered

_NOP = "#(nop)"
_BUILDKIT = ["#", "buildkit"]
_UNIX_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_POWERSHELLS = frozenset({"powershell", "powershell.exe", "pwsh", "pwsh.exe"})
_CMD_SHELLS = frozenset({"cmd", "cmd.exe"})
WINDOWS_SHELLS = _POWERSHELLS | _CMD_SHELLS
SHELLS = _UNIX_SHELLS | WINDOWS_SHELLS
_POWERSHELL_VALUES = frozenset({"-executionpolicy", "-version", "-psconsolefile", "-inputformat"})
# A shell has few options; the limit keeps hostile text from being read again and again.
_MOST_OPTIONS = 16
_MOST_ARGUMENTS = 9999
INSTRUCTIONS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
_MAKES_LAYER = frozenset({"ADD", "COPY", "RUN"})


@remembered(8 * 2**20)
def readable_step(created_by: str) -> str:
    """The step without shell wrapping, on one line: `RUN apt-get update`, `CMD ["sh"]`.

    Understands the classic builder (`/bin/sh -c #(nop) …`), BuildKit (`… # buildkit`),
    buildah, kaniko and Windows shells, and leaves build arguments (`|1 A=b`) out. Text
    of any other shape keeps its words; runs of white space become one space everywhere.
    Pure and linear in the length; nothing is escaped, so whoever prints it must.
    Source: moby builder/dockerfile/dispatchers.go, BuildKit frontend/dockerfile2llb/convert.go.
    """
    words = created_by.split()
    if words[-2:] == _BUILDKIT:
        words = words[:-2]
    is_run = words[:1] == ["RUN"]
    command = _unwrap(words[1:] if is_run else words)
    if command is None:
        return " ".join(words)
    instruction = _behind_nop(command)
    if instruction is not None and not is_run:
        return " ".join(instruction)
    return " ".join(["RUN", *command])


def program_name(word: str) -> str:
    r"""A program without its folder, in small letters: `cmd.exe` for `C:\Windows\cmd.EXE`."""
    return word.replace("\\", "/").rpartition("/")[2].lower()


def makes_layer(created_by: str) -> bool:
    """Whether a step makes a layer, judged by its instruction alone; True when unknown.

    The classic builder's WORKDIR makes none unless it had to create the folder, which
    its text cannot say; BuildKit's makes one except for the root folder.
    Source: BuildKit frontend/dockerfile2llb/convert.go, `dispatchWorkdir`.
    """
    words = readable_step(created_by).split(maxsplit=2)
    instruction = words[0] if words else ""
    if instruction == "WORKDIR" and _NOP not in created_by:
        return words[1:] != ["/"]
    return instruction in _MAKES_LAYER or instruction not in INSTRUCTIONS


def _unwrap(words: Sequence[str]) -> Sequence[str] | None:
    """The words a shell was given, without build arguments; None where no shell is seen."""
    count = _argument_count(words)
    if not count:
        return _behind_shell(words, 0)
    for position in range(1 + count, len(words)):
        command = _behind_shell(words, position)
        if command is not None:
            return command
    plain = all("=" in word for word in words[1 : 1 + count])
    return words[1 + count :] or None if plain else None


def _argument_count(words: Sequence[str]) -> int:
    """The number in `|2 A=1 B=2 …`, 0 where there are no build arguments."""
    digits = words[0][1:] if words and words[0].startswith("|") else ""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_MOST_ARGUMENTS))):
        return 0
    return int(digits)


def _behind_shell(words: Sequence[str], position: int) -> Sequence[str] | None:
    if position >= len(words):
        return None
    shell = program_name(words[position])
    start = None
    if shell in _UNIX_SHELLS:
        start = _unix_command(words, position + 1)
    elif shell in _CMD_SHELLS:
        start = _cmd_command(words, position + 1)
    elif shell in _POWERSHELLS:
        start = _powershell_command(words, position + 1)
    return words[start:] or None if start is not None else None


def _unix_command(words: Sequence[str], position: int) -> int | None:
    """Where the command starts behind options such as `-c` or `-euxo pipefail -c`."""
    for _ in range(_MOST_OPTIONS):
        word = words[position] if position < len(words) else ""
        if not word.startswith("-"):
            return None
        flags = "" if word.startswith("--") else word
        position += 2 if "o" in flags else 1
        if "c" in flags:
            return position
    return None


def _cmd_command(words: Sequence[str], position: int) -> int | None:
    for offset, word in enumerate(words[position : position + _MOST_OPTIONS]):
        if word.lower() == "/c":
            return position + offset + 1
        if not word.startswith("/"):
            return None
    return None


def _powershell_command(words: Sequence[str], position: int) -> int | None:
    for _ in range(_MOST_OPTIONS):
        word = words[position].lower() if position < len(words) else ""
        if not word.startswith("-"):
            return None
        if word in ("-command", "-c"):
            return position + 1
        position += 2 if word in _POWERSHELL_VALUES else 1
    return None


def _behind_nop(command: Sequence[str]) -> Sequence[str] | None:
    """The instruction behind the classic builder's `#(nop)`; None where there is none.

    PowerShell's preamble (`$ErrorActionPreference = 'Stop';`) may stand before it.
    """
    if command[0].startswith("$") and _NOP in command:
        position = command.index(_NOP)
        return command[position + 1 :] or None if command[position - 1].endswith(";") else None
    if not command[0].startswith(_NOP):
        return None
    glued = command[0].removeprefix(_NOP)
    return [glued, *command[1:]] if glued else command[1:] or None
