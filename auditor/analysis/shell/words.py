"""Words of a shell script: quotes, escapes and expansions.

Every character is looked at a bounded number of times: once, once more per level of nesting
(at most `MOST_LEVELS`), and as often as the look-ahead for `((` may go, twice the text.
Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting and 2.6 Word Expansions; the bash
manual for `$'…'`, arrays and process substitution.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import NamedTuple

MOST_LEVELS = 32
"""How deep what is nested is read; a level takes up to twelve calls of Python's 1,000."""

# Each pattern is one class repeated, or alternatives that differ in their first character:
# none of them goes back over what it has read.
_PLAIN = re.compile(r"[^ \t\n|&;<>()'\"\\`$]+")
_PLAIN_IN_QUOTES = re.compile(r'[^"\\`$]+')
_PLAIN_IN_TEXT = re.compile(r"[^\\`$]+")
_PLAIN_IN_BRACES = re.compile(r"[^}'\"\\`$]+")
_PLAIN_IN_SUMS = re.compile(r"[^()'\"\\`$]+")
_PLAIN_IN_DOLLAR_QUOTES = re.compile(r"[^'\\]+")
_PLAIN_IN_BACKTICKS = re.compile(r"[^`\\]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_PARAMETER = re.compile(r"[#!]?[A-Za-z0-9_@*?$-]*(?:\[[^]\n]{0,80}\])?")
_TAKES_A_PATTERN = frozenset("#%/^,")
_PARENTHESIS = re.compile(r"[()]|'[^']*'|\"[^\"]*\"|\\.", re.DOTALL)
_ARRAY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^]\s'\"\\`]{0,80}\])?\+?=")
_ESCAPED_IN_QUOTES = frozenset('$`"\\')
_BLANKS = re.compile(r"[ \t]*(?:\\\n[ \t]*)*")
_SUBSTITUTED = "$_"


class Word(NamedTuple):
    """A word with its quotes removed.

    `script` is the word as a script to read again: what substitutions put there is unknown,
    and their own commands were read already. `is_bare`: nothing in it was quoted.
    """

    text: str
    script: str
    is_bare: bool


class TooDeepError(Exception):
    """More levels of nesting than are read."""


class _Substitution(str):
    """The source text of a command substitution, as a piece of a word."""

    __slots__ = ()


class WordReader(ABC):
    """Reads words at a position of a text that only ever goes forward."""

    def __init__(self, text: str, depth: int) -> None:
        self.text = text
        self.end = len(text)
        self.position = 0
        self.depth = depth
        self.is_whole = True
        self._substitutions = 0
        self._look_ahead = 2 * self.end

    @abstractmethod
    def read_nested_list(self) -> None:
        """Reads commands up to the `)` that closes them."""

    @abstractmethod
    def read_apart(self, script: str) -> None:
        """Reads the commands of a text within this one; if it is broken, this one is not."""

    @abstractmethod
    def skip_lines(self) -> None:
        """Goes on to the next word, over blanks, comments and line breaks."""

    def descend(self) -> None:
        """Enters a level of nesting; whoever leaves it takes one from `depth`."""
        self.depth += 1
        if self.depth > MOST_LEVELS:
            raise TooDeepError

    def at(self, position: int) -> str:
        return self.text[position : position + 1]

    def skip_blanks(self) -> None:
        """Goes over blanks, and over a comment up to the end of its line."""
        self.position = _BLANKS.match(self.text, self.position).end()  # type: ignore[union-attr]
        if self.at(self.position) == "#":
            line_end = self.text.find("\n", self.position)
            self.position = self.end if line_end < 0 else line_end

    def read_word(self) -> Word:
        """The word that starts here; empty where none does."""
        start, substitutions = self.position, self._substitutions
        pieces: list[str] = []
        while self.position < self.end and self._read_piece(pieces, start):
            pass
        text = "".join(pieces)
        script = text
        if self._substitutions != substitutions:
            script = "".join(_SUBSTITUTED if type(p) is _Substitution else p for p in pieces)
        return Word(text, script, text == self.text[start : self.position])

    def _read_piece(self, pieces: list[str], start: int) -> bool:
        """Reads one piece of a word; False where the word has ended."""
        plain = _PLAIN.match(self.text, self.position)
        if plain:
            pieces.append(plain[0])
            self.position = plain.end()
            return True
        if self._read_quoted(pieces):
            return True
        char, source = self.text[self.position], self.position
        if char == "(" and _ARRAY.fullmatch(self.text, start, self.position):
            self._read_array()
        elif char in "<>" and self.at(self.position + 1) == "(":
            self._read_substitution()
        else:
            return False
        pieces.append(_Substitution(self.text[source : self.position]))
        return True

    def _read_quoted(self, pieces: list[str]) -> bool:
        """Reads a quotation, escape or expansion; False where none starts here."""
        char = self.text[self.position]
        if char == "'":
            self._read_single_quotes(pieces)
        elif char == '"':
            self._read_double_quotes(pieces)
        elif char == "\\":
            self._read_escape(pieces)
        elif char == "$":
            self._read_dollar(pieces)
        elif char == "`":
            self._read_backticks(pieces, in_quotes=False)
        else:
            return False
        return True

    def _read_single_quotes(self, pieces: list[str]) -> None:
        close = self.text.find("'", self.position + 1)
        self.is_whole &= close >= 0
        close = close if close >= 0 else self.end
        pieces.append(self.text[self.position + 1 : close])
        self.position = close + 1

    def _read_escape(self, pieces: list[str]) -> None:
        char = self.at(self.position + 1)
        if char != "\n":
            pieces.append(char or "\\")
        self.position += 2

    def _read_double_quotes(self, pieces: list[str]) -> None:
        self.position += 1
        self.read_expanded(pieces, _PLAIN_IN_QUOTES)
        self.is_whole &= self.position < self.end
        self.position += 1

    def read_expanded(self, pieces: list[str], plain: re.Pattern[str] = _PLAIN_IN_TEXT) -> None:
        """Reads what expands as between double quotes, up to `"`, or else to the end."""
        while self.position < self.end:
            run = plain.match(self.text, self.position)
            char = self.text[self.position]
            if run:
                pieces.append(run[0])
                self.position = run.end()
            elif char == "$":
                self._read_dollar(pieces, in_quotes=True)
            elif char == "`":
                self._read_backticks(pieces, in_quotes=True)
            elif char == "\\":
                self._read_escape_in_quotes(pieces)
            else:
                return

    def _read_escape_in_quotes(self, pieces: list[str]) -> None:
        char = self.at(self.position + 1)
        if char != "\n":
            pieces.append(char if char in _ESCAPED_IN_QUOTES else "\\" + char)
        self.position += 2

    def _read_dollar(self, pieces: list[str], *, in_quotes: bool = False) -> None:
        """Reads an expansion, whose text is kept, or `$'…'`."""
        start, substitutions = self.position, self._substitutions
        char = self.at(start + 1)
        if char == "(":
            self._read_parenthesis_of_dollar()
        elif char == "{":
            self._read_braces(in_quotes=in_quotes)
        elif char == "'" and not in_quotes:
            self._read_dollar_quotes(pieces)
            return
        elif char == '"' and not in_quotes:
            self.position += 1
            return
        else:
            name = _NAME.match(self.text, start + 1)
            self.position = name.end() if name else start + 1
        piece = self.text[start : self.position]
        is_known = substitutions == self._substitutions
        pieces.append(piece if is_known else _Substitution(piece))

    def _read_dollar_quotes(self, pieces: list[str]) -> None:
        r"""Reads `$'…'`, in which only `\` escapes; escapes keep their text."""
        self.position += 2
        start = self.position
        while self.position < self.end and self.text[self.position] != "'":
            run = _PLAIN_IN_DOLLAR_QUOTES.match(self.text, self.position)
            self.position = run.end() if run else self.position + 2
        pieces.append(self.text[start : self.position])
        self.is_whole &= self.position < self.end
        self.position += 1

    def _read_parenthesis_of_dollar(self) -> None:
        if self.text.startswith("((", self.position + 1) and self.is_sum(self.position + 3):
            self.position += 3
            self.read_sum()
        else:
            self._read_substitution()

    def _read_substitution(self) -> None:
        self._substitutions += 1
        self.position += 2
        self.read_nested_list()

    def is_sum(self, position: int) -> bool:
        """Whether the text behind `((` is arithmetic: the first `)` for them has another behind.

        A bounded look ahead: where it was used up, no.
        """
        level, limit = 2, min(self.end, position + self._look_ahead)
        for found in _PARENTHESIS.finditer(self.text, position, limit):
            level += {"(": 1, ")": -1}.get(found[0], 0)
            if level == 1:
                self._look_ahead -= found.end() - position
                return self.at(found.end()) == ")"
        self._look_ahead -= limit - position
        return False

    def read_sum(self) -> None:
        """Reads arithmetic up to its `))`, for the substitutions in it."""
        self.descend()
        level, unused = 2, list[str]()
        while level and self.position < self.end:
            run = _PLAIN_IN_SUMS.match(self.text, self.position)
            if run:
                self.position = run.end()
            elif not self._read_quoted(unused):
                level += 1 if self.text[self.position] == "(" else -1
                self.position += 1
        self.is_whole &= not level
        self.depth -= 1

    def _read_braces(self, *, in_quotes: bool) -> None:
        """Reads `${…}`; between double quotes `'` is a letter there, except in a pattern."""
        self.descend()
        head = _PARAMETER.match(self.text, self.position + 2)
        self.position = head.end()  # type: ignore[union-attr]
        is_letter = in_quotes and self.at(self.position) not in _TAKES_A_PATTERN
        unused: list[str] = []
        while self.position < self.end and self.text[self.position] != "}":
            run = _PLAIN_IN_BRACES.match(self.text, self.position)
            if run:
                self.position = run.end()
            elif is_letter and self.text[self.position] == "'":
                self.position += 1
            else:
                self._read_quoted(unused)
        self.is_whole &= self.position < self.end
        self.position += 1
        self.depth -= 1

    def _read_backticks(self, pieces: list[str], *, in_quotes: bool) -> None:
        start = self.position
        self._substitutions += 1
        self.position += 1
        inner: list[str] = []
        while self.position < self.end and self.text[self.position] != "`":
            run = _PLAIN_IN_BACKTICKS.match(self.text, self.position)
            if run:
                inner.append(run[0])
                self.position = run.end()
            else:
                char = self.at(self.position + 1)
                is_escape = char in "$`\\" or (in_quotes and char == '"')
                inner.append(char if is_escape else "\\" + char)
                self.position += 2
        self.is_whole &= self.position < self.end
        self.position += 1
        self.read_apart("".join(inner))
        pieces.append(_Substitution(self.text[start : self.position]))

    def _read_array(self) -> None:
        """Reads `(…)` behind `NAME=`."""
        self.descend()
        self._substitutions += 1
        self.position += 1
        while True:
            self.skip_lines()
            char = self.at(self.position)
            if char in (")", ""):
                break
            start = self.position
            self.read_word()
            if self.position == start:
                self.is_whole = False
                self.position += 1
        self.is_whole &= bool(char)
        self.position += 1
        self.depth -= 1
