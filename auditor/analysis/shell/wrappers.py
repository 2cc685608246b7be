"""Commands that run another command: what they run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=", re.DOTALL)
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """`valued`: options whose value is the next word. `before`: words before the command."""

    valued: frozenset[str] = frozenset()
    before: int = 0


def _valued(options: str, before: int = 0) -> _Wrapper:
    return _Wrapper(frozenset(options.split()), before)


# Sources: the manual pages of sudo(8), doas(1), coreutils, bash(1), findutils, util-linux.
_WRAPPERS = {
    "sudo": _valued("-u -g -p -C -h -r -t -T -U -D -R --user --group --prompt --host"),
    "doas": _valued("-u -C"),
    "env": _valued("-u -C --unset --chdir"),
    "exec": _valued("-a"),
    "command": _Wrapper(),
    "builtin": _Wrapper(),
    "time": _valued("-f -o --format --output"),
    "nice": _valued("-n --adjustment"),
    "ionice": _valued("-c -n --class --classdata"),
    "nohup": _Wrapper(),
    "eatmydata": _Wrapper(),
    "fakeroot": _Wrapper(),
    "busybox": _Wrapper(),
    "linux32": _Wrapper(),
    "linux64": _Wrapper(),
    "setarch": _Wrapper(before=1),
    "timeout": _valued("-k -s --kill-after --signal", before=1),
    "stdbuf": _valued("-i -o -e --input --output --error"),
    "gosu": _Wrapper(before=1),
    "su-exec": _Wrapper(before=1),
    "xargs": _valued("-I -i -n -P -L -d -a -E -s --replace --max-args --max-procs --arg-file"),
}


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What runs: the words from `start` on, with these assignments before them.

    `keeps_all`: the whole is a command of its own too (`xargs`). `script`: positions of the
    words which are themselves a script (`sh -c …`), None where none are. `reads_script`: a
    shell that reads its script from where its input comes from.
    """

    start: int
    assignments: tuple[tuple[str, str], ...] = ()
    keeps_all: bool = False
    script: range | None = None
    reads_script: bool = False


def unwrap(words: Sequence[str]) -> Unwrapped:
    """The command behind wrappers, looked at word by word; linear in their number."""
    start, keeps_all = 0, False
    assignments: list[tuple[str, str]] = []
    while start < len(words):
        name = words[start].rpartition("/")[2]
        wrapper = _WRAPPERS.get(name)
        inner = _command_behind(words, start, wrapper, assignments) if wrapper else None
        if inner is None:
            break
        keeps_all |= name == "xargs"
        start = inner
    script = _script(words, start)
    return Unwrapped(
        start,
        tuple(assignments),
        keeps_all=keeps_all,
        script=script,
        reads_script=script is None and _reads_script(words, start),
    )


def assignment(word: str) -> tuple[str, str] | None:
    """`NAME=value` taken apart; None for any other word."""
    head = _ASSIGNMENT.match(word)
    return (head[1], word[head.end() :]) if head else None


def _command_behind(
    words: Sequence[str],
    start: int,
    wrapper: _Wrapper,
    assignments: list[tuple[str, str]],
) -> int | None:
    """Where the wrapped command starts; None where there is none, or it does not run."""
    position = _behind_options(words, start + 1, wrapper) + wrapper.before
    if words[start].endswith("command") and {"-v", "-V"} & set(words[start + 1 : position]):
        return None
    found: list[tuple[str, str]] = []
    while position < len(words) and (pair := assignment(words[position])):
        found.append(pair)
        position += 1
    if position >= len(words):
        return None
    assignments += found
    return position


def _behind_options(words: Sequence[str], position: int, wrapper: _Wrapper) -> int:
    while position < len(words) and words[position].startswith("-"):
        if words[position] == "--":
            return position + 1
        position += 2 if words[position] in wrapper.valued else 1
    return position


def _script(words: Sequence[str], start: int) -> range | None:
    """Which words are a script: that behind `-c` of a shell or `su`, all those of `eval`."""
    name = words[start].rpartition("/")[2] if start < len(words) else ""
    if name == "eval":
        return range(start + 1, len(words))
    if name in _SHELLS:
        position = _shell_script(words, start + 1)
    elif name in ("su", "runuser"):
        rest = range(start + 1, len(words) - 1)
        position = next((at + 1 for at in rest if words[at] in ("-c", "--command")), None)
    else:
        position = None
    return None if position is None else range(position, position + 1)


def _shell_script(words: Sequence[str], position: int) -> int | None:
    """Behind options such as `-c`, `-ex -c` or `-o pipefail -c`."""
    is_command = False
    while position < len(words) and words[position][:1] in ("-", "+") and words[position][1:]:
        flags = "" if words[position].startswith("--") else words[position][1:]
        is_command |= "c" in flags
        position += 2 if flags.endswith(("o", "O")) else 1
    return position if is_command and position < len(words) else None


def _reads_script(words: Sequence[str], start: int) -> bool:
    name = words[start].rpartition("/")[2] if start < len(words) else ""
    return name in _SHELLS and all(word.startswith("-") for word in words[start + 1 :])
