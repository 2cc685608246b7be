"""Words of an instruction: quotes, flags, exec forms, announced here-documents.

Source: BuildKit frontend/dockerfile/shell/lex.go and parser/line_parsers.go.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

# Possessive throughout: a word is read in one pass, and a quote that nothing closes is a letter.
_WORD = re.compile(
    r"""(?:[^\s'"\\]++|'[^']*+'|"(?:[^"\\]++|\\.)*+"|\\.|['"\\])++""",
    re.DOTALL,
)
_FLAG = re.compile(rf"(--{_WORD.pattern})\s*+", re.DOTALL)
_HERE = re.compile(r"[0-9]*<<(-?)([^<\s]+)")
_QUOTES = re.compile(r"['\"\\]")


class Here(NamedTuple):
    """An announced here-document."""

    delimiter: str
    expands: bool
    strips: bool


def split_words(text: str) -> list[str]:
    """Words as written, their quotes kept."""
    return _WORD.findall(text)


def flags_of(text: str) -> tuple[tuple[str, ...], str]:
    """Flags such as `--from=…` before the rest, and the rest as it was."""
    flags: list[str] = []
    position = 0
    while match := _FLAG.match(text, position):
        flags.append(match[1])
        position = match.end()
    return tuple(flags), text[position:]


def flag(flags: tuple[str, ...], name: str) -> str:
    """The value of `--name=value`, the last one; empty for none."""
    start = f"--{name}="
    return next((one[len(start) :] for one in reversed(flags) if one.startswith(start)), "")


def here_of(word: str) -> Here | None:
    """What a word such as `<<-"EOF"` announces; None for any other word."""
    match = _HERE.fullmatch(word)
    delimiter = _QUOTES.sub("", match[2]) if match else ""
    if not match or not delimiter:
        return None
    return Here(delimiter, expands=delimiter == match[2], strips=bool(match[1]))


def exec_form(text: str) -> tuple[str, ...] | None:
    """The words of `["one", "two"]`; None where the text is no such form."""
    if not text.startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    return tuple(words)


def names_of(text: str) -> frozenset[str]:
    """The words of a text, for tables of names."""
    return frozenset(text.split())
