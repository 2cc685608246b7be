"""Simple commands: their words, assignments, redirections and here-documents."""

from __future__ import annotations

import re
from abc import abstractmethod

from auditor.analysis.shell.here import HereDocument, body_of
from auditor.analysis.shell.script import Command
from auditor.analysis.shell.words import Word, WordReader
from auditor.analysis.shell.wrappers import unwrap

ENDS_A_WORD = r"(?=(?:\\\n)?(?:[ \t\n;|&()<>]|\Z))"
CLOSING = re.compile(rf"(?:then|elif|else|fi|do|done|esac|\}}){ENDS_A_WORD}")
"""Reserved words that end a list of commands."""
_REDIRECT = re.compile(r"&>>?|<<<|<<-?|<>|<&|<|>>|>\||>&|>")
_DESCRIPTOR = re.compile(r"(?:[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})(?=[<>])")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^]\s'\"\\`]{0,80}\])?\+?=")
# The common word, read at once: nothing quoted, and blanks or the command's end behind it.
_PLAIN_WORD = re.compile(r"[ \t]*+((?!#)[^ \t\n|&;<>()'\"\\`$]++)(?=[ \t\n;])")
_WRITES = frozenset({">", ">>", ">|", ">&", "&>", "&>>"})
_DELIMITER = re.compile(r"(?:[^ \t\n|&;<>()'\"\\]++|'[^']*+'|\"[^\"]*+\"|\\.)*+", re.DOTALL)
_QUOTES = re.compile(r"['\"\\]")
NO_PARAMETERS = re.compile(r"\([ \t]*\)")


class SimpleReader(WordReader):
    """Reads simple commands into `found`.

    `is_conditional`: what is read now may not run.
    """

    def __init__(
        self, text: str, found: list[Command], depth: int, *, is_conditional: bool
    ) -> None:
        super().__init__(text, depth)
        self.found = found
        self.is_conditional = is_conditional
        self.pending: list[HereDocument] = []

    @abstractmethod
    def read_function_body(self) -> None:
        """Reads the command behind `NAME()`."""

    @abstractmethod
    def reader_of(self, text: str) -> SimpleReader:
        """A reader of a text within this one, which adds its commands here."""

    def go_past(self, match: re.Match[str], what: str) -> str:
        self.position = match.end()
        return what

    def read_simple(self) -> None:
        words: list[Word] = []
        assignments: list[tuple[str, str]] = []
        redirects: list[tuple[str, str]] = []
        announced = len(self.pending)
        self.is_whole &= not CLOSING.match(self.text, self.position)
        while self.is_in_command():
            if self.is_at_redirect():
                self._read_redirect(redirects)
            elif self.at(self.position) != "(":
                self._read_word_of_command(words, assignments)
            elif len(words) == 1 and (none := NO_PARAMETERS.match(self.text, self.position)):
                self.position = none.end()
                self.read_function_body()
                return
            else:
                break
        if words or assignments or redirects:
            self._add(words, assignments, redirects, self.pending[announced:])

    def is_in_command(self) -> bool:
        """Goes to the next word; whether there is one before the command ends."""
        self.skip_blanks()
        char = self.at(self.position)
        return char not in "\n;|)&" or self.text.startswith("&>", self.position)

    def is_at_redirect(self) -> bool:
        char = self.at(self.position)
        return char == "&" or (char in ("<", ">") and self.at(self.position + 1) != "(")

    def _read_word_of_command(self, words: list[Word], assignments: list[tuple[str, str]]) -> None:
        if descriptor := _DESCRIPTOR.match(self.text, self.position):
            self.position = descriptor.end()
            return
        head = None if words else _ASSIGNMENT.match(self.text, self.position)
        word = self.read_word()
        if head:
            assignments.append((head[1], word.text[len(head[0]) :]))
            return
        words.append(word)
        while plain := _PLAIN_WORD.match(self.text, self.position):
            self.position = plain.end()
            words.append(Word(plain[1], plain[1], is_bare=True))

    def _add(
        self,
        words: list[Word],
        assignments: list[tuple[str, str]],
        redirects: list[tuple[str, str]],
        here: list[HereDocument],
    ) -> None:
        texts = tuple(word.text for word in words)
        inner = unwrap(texts)
        before = (*assignments, *inner.assignments)
        if inner.keeps_all:
            self.add_command(texts, before, redirects)
        if inner.script is None:
            self.add_command(texts[inner.start :], before, redirects)
        else:
            self.read_apart(" ".join(words[at].script for at in inner.script))
        for document in here if inner.reads_script else ():
            document.is_script = True
            document.is_conditional = self.is_conditional

    def add_command(
        self,
        words: tuple[str, ...],
        assignments: tuple[tuple[str, str], ...],
        redirects: list[tuple[str, str]],
    ) -> None:
        self.found.append(Command(words, assignments, tuple(redirects), self.is_conditional))

    def read_redirects(self) -> None:
        """Reads the redirections behind a compound command."""
        self.skip_blanks()
        while True:
            if descriptor := _DESCRIPTOR.match(self.text, self.position):
                self.position = descriptor.end()
            is_file = self.text.startswith("&>", self.position)
            if not is_file and (self.at(self.position) == "&" or not self.is_at_redirect()):
                return
            self._read_redirect([])
            self.skip_blanks()

    def _read_redirect(self, redirects: list[tuple[str, str]]) -> None:
        match = _REDIRECT.match(self.text, self.position)
        operator = self.go_past(match, match[0])  # type: ignore[arg-type, index]
        self.skip_blanks()
        if operator in ("<<", "<<-"):
            self._announce(strips_tabs=operator == "<<-")
            return
        start = self.position
        target = self.read_word()
        self.is_whole &= self.position > start
        if operator in _WRITES and not (
            operator == ">&" and (target.text.isdecimal() or target.text == "-")
        ):
            redirects.append((operator, target.text))

    def _announce(self, *, strips_tabs: bool) -> None:
        """Reads the word behind `<<`, in which nothing expands."""
        match = _DELIMITER.match(self.text, self.position)
        word = self.go_past(match, match[0])  # type: ignore[arg-type, index]
        self.is_whole &= bool(word)
        delimiter = _QUOTES.sub("", word)
        is_quoted = delimiter != word
        self.pending.append(HereDocument(delimiter, strips_tabs, is_quoted))

    def read_here_documents(self) -> None:
        pending, self.pending = self.pending, []
        for here in pending:
            body, self.position = body_of(self.text, self.position, here)
            outer = self.is_conditional
            if here.is_script:
                self.is_conditional = here.is_conditional
                self.read_apart(body)
                self.is_conditional = outer
            elif not here.is_quoted:
                self._read_expansions(body)

    def _read_expansions(self, body: str) -> None:
        self.reader_of(body).read_expanded([])
