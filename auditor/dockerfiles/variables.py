"""Variables of a Dockerfile in the words of its instructions.

Every character is read once, and what values add is bounded, so that doubling a variable over
and over ends in an error. Source: Dockerfile reference, "Environment replacement"; BuildKit
frontend/dockerfile/shell/lex.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor.dockerfiles.faults import fault
from auditor.domain.errors import UsageError

MOST_CHARACTERS_OF_A_WORD = 65_536
MOST_CHARACTERS = 4_194_304
_MOST_LEVELS = 16
_WRITE_IT_OUT = "write the value out, or give it as a build argument"
_PLAIN = re.compile(r"[^'\"\\`$}]+")
_PLAIN_IN_QUOTES = re.compile(r"[^\"\\`$]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#]")
_OPERATOR = re.compile(r":?[-+?]|##?|%%?|//?")
_PATTERN = re.compile(r"[*?\[\\]")


class Expander:
    """Replaces variables in words, up to a bound over all of one Dockerfile."""

    def __init__(self, escape: str) -> None:
        self.escape = escape
        self.characters_left = MOST_CHARACTERS

    def word(self, text: str, values: Mapping[str, str], line: int, *, keeps: bool) -> str:
        """The word with variables replaced and quotes removed; raises UsageError for too much.

        `keeps`: a variable without value stays as written (the base image may set it), where
        otherwise nothing comes in its place.
        """
        if not any(char in text for char in ("$", "'", '"', self.escape)):
            return text
        return _Word(self, text, values, line, keeps=keeps).read()

    def take(self, count: int, line: int) -> None:
        """Count characters that values added."""
        self.characters_left -= count
        if self.characters_left < 0:
            raise fault(line, "variables come to more than 4 MiB of text by here", _WRITE_IT_OUT)


class _Word:
    """Reads one word; `position` only ever goes forward."""

    def __init__(
        self, expander: Expander, text: str, values: Mapping[str, str], line: int, *, keeps: bool
    ) -> None:
        self.expander = expander
        self.text = text
        self.values = values
        self.line = line
        self.keeps = keeps
        self.position = 0
        self.depth = 0
        self.added = 0

    def read(self) -> str:
        return self.read_up_to("")

    def read_up_to(self, stop: str) -> str:
        """Text up to `stop`, which is passed over; to the end where it does not come."""
        pieces: list[str] = []
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == stop:
                self.position += 1
                break
            plain = _PLAIN.match(self.text, self.position)
            if plain:
                pieces.append(plain[0])
                self.position = plain.end()
            else:
                pieces.append(self.piece(char))
        return "".join(pieces)

    def piece(self, char: str) -> str:
        if char == "'":
            return self.single_quotes()
        if char == '"':
            return self.double_quotes()
        if char == "$":
            return self.dollar()
        self.position += 1
        if char != self.expander.escape:
            return char
        self.position += 1
        return self.text[self.position - 1 : self.position]

    def single_quotes(self) -> str:
        start = self.position + 1
        end = self.text.find("'", start)
        end = len(self.text) if end < 0 else end
        self.position = end + 1
        return self.text[start:end]

    def double_quotes(self) -> str:
        pieces: list[str] = []
        self.position += 1
        while self.position < len(self.text) and (char := self.text[self.position]) != '"':
            plain = _PLAIN_IN_QUOTES.match(self.text, self.position)
            if plain:
                pieces.append(plain[0])
                self.position = plain.end()
            elif char == "$":
                pieces.append(self.dollar())
            else:
                pieces.append(self.escape_in_quotes(char))
        self.position += 1
        return "".join(pieces)

    def escape_in_quotes(self, char: str) -> str:
        after = self.text[self.position + 1 : self.position + 2]
        is_escape = char == self.expander.escape and after in ('"', "$", char)
        self.position += 1 + is_escape
        return after if is_escape else char

    def dollar(self) -> str:
        start = self.position
        self.position += 1
        is_braced = self.text.startswith("{", self.position)
        self.position += is_braced
        name = _NAME.match(self.text, self.position)
        if not name:
            return self.text[start : self.position]
        self.position = name.end()
        value = self.values.get(name[0])
        if not is_braced:
            return self.valued(value, start)
        operator = _OPERATOR.match(self.text, self.position)
        self.position = operator.end() if operator else self.position
        argument = self.argument()
        return self.operated(operator[0] if operator else "", value, argument, start)

    def argument(self) -> str:
        """What stands behind the operator, up to `}`; it may hold variables itself."""
        self.depth += 1
        if self.depth > _MOST_LEVELS:
            message = f"variables stand in one another more than {_MOST_LEVELS} deep"
            raise fault(self.line, message, _WRITE_IT_OUT)
        text = self.read_up_to("}")
        self.depth -= 1
        return text

    def operated(self, operator: str, value: str | None, argument: str, start: int) -> str:
        is_set = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("-"):
            return self.valued(value, start) if is_set else argument
        if operator.endswith("+"):
            return argument if is_set else ""
        if value is None or operator in ("", "?", ":?"):
            return self.valued(value, start)
        if operator.startswith("/"):
            return self.valued(self.replaced(value, argument, everywhere=operator == "//"), start)
        return self.valued(_trimmed(value, operator, argument), start)

    def replaced(self, value: str, argument: str, *, everywhere: bool) -> str:
        old, _, new = argument.partition("/")
        if not old or _PATTERN.search(old):
            return value
        times = value.count(old) if everywhere else min(1, value.count(old))
        self.check(len(value) + times * (len(new) - len(old)))
        return value.replace(old, new, times)

    def valued(self, value: str | None, start: int) -> str:
        """A variable's value, counted; of none nothing, or the text as written."""
        if value is None:
            return self.text[start : self.position] if self.keeps else ""
        self.added += len(value)
        self.check(self.added)
        self.expander.take(len(value), self.line)
        return value

    def check(self, count: int) -> None:
        if count > MOST_CHARACTERS_OF_A_WORD:
            raise too_long(self.line)


def too_long(line: int) -> UsageError:
    """The error about a word that variables make too long."""
    return fault(line, "variables make more than 64 KiB of one word", _WRITE_IT_OUT)


def _trimmed(value: str, operator: str, pattern: str) -> str:
    """`${NAME#…}` and `${NAME%…}` with text, or with one `*` at the outer end of it."""
    is_front = operator.startswith("#")
    fixed = pattern.removeprefix("*") if is_front else pattern.removesuffix("*")
    if not fixed or _PATTERN.search(fixed):
        return value
    if fixed == pattern:
        return value.removeprefix(fixed) if is_front else value.removesuffix(fixed)
    is_longest = operator in ("##", "%%")
    if is_front:
        parts = value.rpartition(fixed) if is_longest else value.partition(fixed)
        return parts[2] if parts[1] else value
    parts = value.partition(fixed) if is_longest else value.rpartition(fixed)
    return parts[0] if parts[1] else value
