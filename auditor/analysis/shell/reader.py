"""Reads shell scripts: POSIX, and of bash what build steps use.

Linear in the length of the text and bounded in depth, whatever the text is: no rule of the
grammar goes back, and what is no script is stepped over character by character.
Source: POSIX.1-2017, Shell Command Language, 2.10 Shell Grammar; bash manual, chapter 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.analysis.shell.script import Command, Script
from auditor.analysis.shell.simple import CLOSING, ENDS_A_WORD, NO_PARAMETERS, SimpleReader
from auditor.analysis.shell.words import MOST_LEVELS, TooDeepError

MOST_CHARACTERS = 262_144
"""What is read of a text; registries allow longer build steps, people write none."""

_OPENING = re.compile(rf"(?:if|for|select|while|until|case|function|\{{|\[\[){ENDS_A_WORD}")
_PREFIX = re.compile(rf"(?:!|time){ENDS_A_WORD}(?:[ \t]+-p{ENDS_A_WORD})?")
_IN = re.compile(rf"in{ENDS_A_WORD}")
_DO = re.compile(rf"(?:do|\{{){ENDS_A_WORD}")
_OPERATOR = re.compile(r"&&|\|\||\|&?|;(?![;&])|&(?!>)")
_CASE_END = re.compile(r";;&?|;&")
_JOINS = frozenset({"&&", "||", "|", "|&"})
_CLOSE = frozenset({")"})
_NOTHING: frozenset[str] = frozenset()


def read_script(text: str) -> Script:
    """All commands that `text` runs when a shell is given it; never raises.

    Commands of a substitution come before the command whose words it makes: they run first.
    Bodies of functions stand where they are written, as commands that may not run.
    """
    found: list[Command] = []
    left = _Allowance(2 * len(text))
    reader = _Reader(text[:MOST_CHARACTERS], found, left, 0, is_conditional=False)
    try:
        reader.read_list(_NOTHING)
    except TooDeepError:
        return Script(tuple(found), is_whole=False)
    is_whole = reader.is_whole and left.characters >= 0 and len(text) <= MOST_CHARACTERS
    return Script(tuple(found), is_whole)


@dataclass(slots=True)
class _Allowance:
    """How many characters may be read a second time: scripts in words and here-documents."""

    characters: int


class _Reader(SimpleReader):
    """Reads lists and compound commands."""

    def __init__(
        self,
        text: str,
        found: list[Command],
        left: _Allowance,
        depth: int,
        *,
        is_conditional: bool,
    ) -> None:
        super().__init__(text, found, depth, is_conditional=is_conditional)
        self._left = left

    # Lists: commands and what joins them.

    def read_list(self, closers: frozenset[str]) -> str:
        """Reads commands up to one of `closers`; which it was, empty at the end of the text."""
        outer, operator = self.is_conditional, ""
        while True:
            self.skip_lines()
            closer = self._closer(closers)
            if closer is not None:
                break
            self.read_command()
            operator = self._read_operator()
            goes_on = operator in ("|", "|&") and self.is_conditional
            self.is_conditional = outer or operator == "||" or goes_on
        self.is_conditional = outer
        self.is_whole &= operator not in _JOINS and bool(closer or not closers)
        return closer

    def read_nested(self, closers: frozenset[str]) -> str:
        self.descend()
        closer = self.read_list(closers)
        self.depth -= 1
        return closer

    def read_nested_list(self) -> None:
        outer, self.pending = self.pending, []
        self.read_nested(_CLOSE)
        self.pending = outer

    def read_apart(self, script: str) -> None:
        self.reader_of(script).read_list(_NOTHING)

    def reader_of(self, text: str) -> _Reader:
        if self.depth >= MOST_LEVELS:
            raise TooDeepError
        self._left.characters -= len(text)
        text = text if self._left.characters >= 0 else ""
        conditional = self.is_conditional
        return _Reader(text, self.found, self._left, self.depth + 1, is_conditional=conditional)

    def skip_lines(self) -> None:
        while True:
            self.skip_blanks()
            if self.at(self.position) != "\n":
                return
            self.position += 1
            self.read_here_documents()

    def _closer(self, closers: frozenset[str]) -> str | None:
        """The closer that stands here, passed over; None where the list goes on."""
        char = self.at(self.position)
        if char in ("", ")"):
            self.position += char in closers
            return char if not char or char in closers else None
        if char == ";" and ";;" in closers:
            case_end = _CASE_END.match(self.text, self.position)
            return self.go_past(case_end, ";;") if case_end else None
        word = CLOSING.match(self.text, self.position)
        return self.go_past(word, word[0]) if word and word[0] in closers else None

    def _read_operator(self) -> str:
        self.skip_blanks()
        operator = _OPERATOR.match(self.text, self.position)
        if operator:
            return self.go_past(operator, operator[0])
        self.is_whole &= self.at(self.position) != "("
        return ""

    # Commands.

    def read_command(self) -> None:
        start = self.position
        while prefix := _PREFIX.match(self.text, self.position):
            self.position = prefix.end()
            self.skip_blanks()
        if self.at(self.position) == "(":
            self._read_parenthesis()
        elif opening := _OPENING.match(self.text, self.position):
            self.position = opening.end()
            _COMPOUND[opening[0]](self)
        else:
            self.read_simple()
            if self.position == start:
                self.is_whole = False
                self.position += 1
            return
        self.read_redirects()

    # Compound commands; their first word is read already.

    def _read_parenthesis(self) -> None:
        if self.text.startswith("((", self.position) and self.is_sum(self.position + 2):
            self.position += 2
            self.read_sum()
        else:
            self.position += 1
            self.read_nested(_CLOSE)

    def read_braces_of_list(self) -> None:
        self.read_nested(frozenset({"}"}))

    def _read_conditional(self, closers: frozenset[str]) -> str:
        outer, self.is_conditional = self.is_conditional, True
        closer = self.read_nested(closers)
        self.is_conditional = outer
        return closer

    def read_if(self) -> None:
        closer = self.read_nested(frozenset({"then"}))
        while closer == "then":
            closer = self._read_conditional(frozenset({"elif", "else", "fi"}))
            if closer == "elif":
                closer = self._read_conditional(frozenset({"then"}))
        if closer == "else":
            self._read_conditional(frozenset({"fi"}))

    def read_while(self) -> None:
        self.read_nested(frozenset({"do"}))
        self._read_conditional(frozenset({"done"}))

    def read_for(self) -> None:
        self.skip_blanks()
        if self.text.startswith("((", self.position):
            self.position += 2
            self.read_sum()
        else:
            self.read_word()
        self._read_words_of_for()
        opening = _DO.match(self.text, self.position)
        if opening:
            word = self.go_past(opening, opening[0])
            self._read_conditional(frozenset({"done"} if word == "do" else {"}"}))
        else:
            self.is_whole = False

    def _read_words_of_for(self) -> None:
        """Reads `in WORD…` up to `do`; it may be left out."""
        self.skip_lines()
        if match := _IN.match(self.text, self.position):
            self.position = match.end()
            while self.is_in_command() and not self.is_at_redirect():
                start = self.position
                self.read_word()
                if self.position == start:
                    return
        if self.at(self.position) == ";":
            self.position += 1
        self.skip_lines()

    def read_case(self) -> None:
        self.skip_blanks()
        self.read_word()
        self.skip_lines()
        match = _IN.match(self.text, self.position)
        self.is_whole &= bool(match)
        self.position = match.end() if match else self.position
        closer = ";;" if match else ""
        ends = frozenset({"esac"})
        while closer == ";;":
            self.skip_lines()
            closer = self._closer(ends) or ""
            if not closer and self._read_patterns():
                closer = self._read_conditional(frozenset({";;", "esac"}))
        self.is_whole &= closer == "esac"

    def _read_patterns(self) -> bool:
        """Reads `(ONE | OTHER)`; False where the text ends before the `)`."""
        if self.at(self.position) == "(":
            self.position += 1
        while True:
            self.skip_lines()
            char, start = self.at(self.position), self.position
            if char in ("", ")"):
                self.position += 1
                return bool(char)
            self.read_word()
            if self.position == start:
                self.is_whole &= char == "|"
                self.position += 1

    def read_function(self) -> None:
        self.skip_blanks()
        self.read_word()
        self.skip_blanks()
        if none := NO_PARAMETERS.match(self.text, self.position):
            self.position = none.end()
        self.read_function_body()

    def read_function_body(self) -> None:
        """Reads the command a function consists of; whether it runs is not known."""
        self.descend()
        outer, self.is_conditional = self.is_conditional, True
        self.skip_lines()
        if self.position < self.end:
            self.read_command()
        else:
            self.is_whole = False
        self.is_conditional = outer
        self.depth -= 1

    def read_test(self) -> None:
        """Reads up to `]]`; operators in it join conditions, not commands."""
        words = ["[["]
        while self.position < self.end and words[-1] != "]]":
            self.skip_lines()
            start = self.position
            word = self.read_word()
            if self.position == start:
                self.position += 1
            else:
                words.append(word.text)
        self.is_whole &= words[-1] == "]]"
        self.add_command(tuple(words), (), [])


_COMPOUND = {
    "if": _Reader.read_if,
    "for": _Reader.read_for,
    "select": _Reader.read_for,
    "while": _Reader.read_while,
    "until": _Reader.read_while,
    "case": _Reader.read_case,
    "function": _Reader.read_function,
    "{": _Reader.read_braces_of_list,
    "[[": _Reader.read_test,
}
