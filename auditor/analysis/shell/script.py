"""The commands of a shell script, in the order they are written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command.

    `words`: the command and its arguments, quotes removed, wrappers (`sudo`, `env`, `exec`,
    `command`, `time`, `nice`, `eatmydata`, …) left out; expansions keep their text (`$NAME`,
    `${NAME}`, `$(…)`). `assignments` stand before it (`DEBIAN_FRONTEND=noninteractive`).
    `is_conditional`: it may not run (in `if`, `case`, a loop, or behind `||`).
    `redirects`: files written to, as `(operator, target)`.
    """

    words: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[tuple[str, str], ...] = ()
    is_conditional: bool = False

    @property
    def name(self) -> str:
        """The command without its folder: `apt-get` for `/usr/bin/apt-get`; may be empty."""
        return self.words[0].rpartition("/")[2] if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Words behind the name."""
        return self.words[1:]


@dataclass(frozen=True, slots=True)
class Script:
    """All simple commands, those in substitutions, subshells, functions and `sh -c` too.

    `is_whole` is False where the text is no script or too long or deep to read to its end;
    what was read is there.
    """

    commands: tuple[Command, ...]
    is_whole: bool = True
