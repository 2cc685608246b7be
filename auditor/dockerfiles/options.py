"""Options of a command line: which of them take the next word as their value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SHORT = 2
_OFF = frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, slots=True)
class Options:
    """Words that are no options, options without value, and the values of the others."""

    operands: tuple[str, ...]
    flags: frozenset[str]
    values: Mapping[str, tuple[str, ...]]

    def has(self, *names: str) -> bool:
        """Whether one of them is given, and not switched off by `=false`."""
        return any(
            name in self.flags
            or (name in self.values and self.values[name][-1].lower() not in _OFF)
            for name in names
        )

    def is_off(self, *names: str) -> bool:
        """Whether one of them is given as `=false`."""
        return any(name in self.values and self.values[name][-1].lower() in _OFF for name in names)

    def all(self, *names: str) -> tuple[str, ...]:
        """Every value given to one of them."""
        return tuple(value for name in names for value in self.values.get(name, ()))

    def value(self, *names: str) -> str:
        """The last value given to one of them; empty for none."""
        return next(reversed(self.all(*names)), "")


def read_options(words: Sequence[str], valued: frozenset[str]) -> Options:
    """Take a command's arguments apart; `valued` options take a value, glued on or next.

    `--name=value` is a value for any option. Behind `--` no word is an option.
    """
    operands: list[str] = []
    flags: set[str] = set()
    values: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if word == "--":
            operands.extend(rest)
        elif not word.startswith("-") or word == "-":
            operands.append(word)
        elif sign and word.startswith("--"):
            values.setdefault(name, []).append(value)
        elif word in valued:
            values.setdefault(word, []).append(next(rest, ""))
        elif word[:_SHORT] in valued and not word.startswith("--"):
            values.setdefault(word[:_SHORT], []).append(word[_SHORT:].removeprefix("="))
        else:
            flags.add(word)
    return Options(tuple(operands), frozenset(flags), {k: tuple(v) for k, v in values.items()})
