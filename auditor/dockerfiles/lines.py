"""Instructions of a Dockerfile: lines joined, comments left out, here-documents read.

Every line is looked at once. Sources: BuildKit frontend/dockerfile/parser/parser.go, `Parse`;
Dockerfile reference, "Parser directives", "Here-documents".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.analysis.readable_steps import INSTRUCTIONS
from auditor.dockerfiles.faults import fault, quoted
from auditor.dockerfiles.words import Here, flags_of, here_of, split_words
from auditor.domain.errors import UsageError

MOST_BYTES = 1_048_576
MOST_LINES = 10_000
_SPLIT_IT = "give a Dockerfile as a builder reads it, or a shorter one"
_DIRECTIVE = re.compile(r"#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(.*)")
_DIRECTIVES = frozenset({"escape", "syntax", "check"})
_NAME = re.compile(r"[A-Za-z]+")
_HOLDS_DOCUMENTS = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True, slots=True)
class HereFile:
    """A here-document: its delimiter, its text, and whether variables in it are replaced."""

    name: str
    text: str
    expands: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `name` in capitals, its flags, and the rest as one line.

    `with_documents` is the rest with the here-documents below it, as a shell is given it.
    """

    line: int
    name: str
    flags: tuple[str, ...]
    text: str
    documents: tuple[HereFile, ...] = ()
    with_documents: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A Dockerfile as instructions, and the character that escapes in it."""

    instructions: tuple[Instruction, ...]
    escape: str


def read_lines(content: bytes | str) -> Lines:
    r"""The instructions of a Dockerfile; raises UsageError that names the line.

    At most 1 MiB and 10,000 lines of UTF-8 without NUL.
    """
    reader = _Reader(_checked(content).removeprefix("\ufeff").split("\n"))
    found = tuple(reader.instructions())
    return Lines(found, reader.escape)


def _checked(content: bytes | str) -> str:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    if len(raw) > MOST_BYTES:
        raise UsageError("the Dockerfile is larger than 1 MiB", next_step=_SPLIT_IT)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise fault(line, "this is not UTF-8 text", "save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise fault(line, "there is a NUL byte in it", "save the file as UTF-8 text")
    if text.count("\n") > MOST_LINES:
        raise UsageError("the Dockerfile has more than 10,000 lines", next_step=_SPLIT_IT)
    return text


class _Reader:
    """Goes over the lines once; `position` is the line that comes next, from 0."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.removesuffix("\r") for line in lines]
        self.position = 0
        self.escape = "\\"

    def instructions(self) -> Iterator[Instruction]:
        self.read_directives()
        while self.position < len(self.lines):
            start = self.position + 1
            text = self.read_joined().strip()
            if text:
                yield self.read_documents(instruction_of(text, start))

    def read_directives(self) -> None:
        seen: set[str] = set()
        while self.position < len(self.lines):
            match = _DIRECTIVE.match(self.lines[self.position].strip())
            name = match[1].lower() if match else ""
            if not match or name not in _DIRECTIVES or name in seen:
                return
            seen.add(name)
            self.position += 1
            if name == "escape":
                self.escape = self._escape(match[2].strip())

    def _escape(self, value: str) -> str:
        if value in ("\\", "`"):
            return value
        message = f"{quoted(value)} cannot be the escape character"
        raise fault(self.position, message, "write # escape=\\ or # escape=`")

    def read_joined(self) -> str:
        """A line and those it goes on in; comments and empty lines among them are left out."""
        pieces: list[str] = []
        goes_on = True
        while goes_on and self.position < len(self.lines):
            line = self.lines[self.position]
            self.position += 1
            stripped = line.strip()
            if stripped.startswith("#") or (not stripped and pieces):
                goes_on = bool(pieces)
                continue
            piece, goes_on = self._without_escape(line)
            pieces.append(piece)
        return "".join(pieces)

    def _without_escape(self, line: str) -> tuple[str, bool]:
        """The line without the escape at its end, and whether there was one."""
        end = line.rstrip(" \t")
        is_escaped = end.endswith(self.escape * 2)
        if not end.endswith(self.escape) or is_escaped:
            return line, False
        return end[:-1], True

    def read_documents(self, one: Instruction) -> Instruction:
        name, text = one.name, one.text
        if name == "ONBUILD":
            name, _, text = text.partition(" ")
        if name.upper() not in _HOLDS_DOCUMENTS or "<<" not in text or text.startswith("["):
            return one
        announced = [here for word in split_words(text) if (here := here_of(word))]
        bodies = [self._body(one.line, here) for here in announced]
        documents = tuple(document for document, _ in bodies)
        whole = "\n".join([one.text, *(source for _, source in bodies)])
        return replace(one, documents=documents, with_documents=whole)

    def _body(self, line: int, here: Here) -> tuple[HereFile, str]:
        """A here-document, and the lines it takes."""
        start = self.position
        while self.position < len(self.lines):
            text = self.lines[self.position]
            self.position += 1
            if (text.lstrip("\t") if here.strips else text) == here.delimiter:
                lines = self.lines[start : self.position - 1]
                kept = [one.lstrip("\t") for one in lines] if here.strips else lines
                body = "".join(f"{one}\n" for one in kept)
                source = "\n".join(self.lines[start : self.position])
                return HereFile(here.delimiter, body, here.expands), source
        end = quoted(here.delimiter)
        message = f"the here-document {end} has no end"
        raise fault(line, message, f"end it with a line that is {end} alone")


def instruction_of(text: str, line: int) -> Instruction:
    """An instruction written on one line, without here-documents; raises UsageError."""
    match = _NAME.match(text)
    name = match[0].upper() if match else ""
    rest = text[len(name) :]
    if name not in INSTRUCTIONS or (rest and not rest[0].isspace()):
        first = text.split(None, 1)[0]
        message = f"{quoted(first)} is no instruction"
        raise fault(line, message, "see that the line before ends in a backslash if it goes on")
    flags, rest = flags_of(rest.strip())
    return Instruction(line, name, flags, rest, with_documents=rest)
