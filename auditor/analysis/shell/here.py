"""Here-documents: the lines below a command that are its input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class HereDocument:
    """One that was announced by `<<WORD`, its lines still to come.

    `is_quoted`: nothing in it expands. `is_script`: a shell reads it.
    """

    delimiter: str
    strips_tabs: bool
    is_quoted: bool
    is_script: bool = False
    is_conditional: bool = False


def body_of(text: str, start: int, here: HereDocument) -> tuple[str, int]:
    """Its lines from `start` on, and where the script goes on.

    A body whose delimiter never comes goes to the end of the text, as shells read it.
    Source: POSIX.1-2017, Shell Command Language, 2.7.4.
    """
    lines: list[str] = []
    is_continued = False
    position = start
    while position < len(text):
        line_end = text.find("\n", position)
        line_end = line_end if line_end >= 0 else len(text)
        line = text[position:line_end]
        line = line.lstrip("\t") if here.strips_tabs else line
        position = line_end + 1
        if line == here.delimiter and not is_continued:
            break
        is_continued = not here.is_quoted and _goes_on(line)
        lines.append(line + "\n")
    return "".join(lines), min(position, len(text))


def _goes_on(line: str) -> bool:
    r"""Whether the line ends in an odd number of `\`, so that the next one belongs to it."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
