"""Text from outside, made harmless for one line of a terminal, a table or a file."""

from __future__ import annotations

import unicodedata

_LAST_OF_TWO_DIGITS = 0xFF
_LAST_OF_FOUR_DIGITS = 0xFFFF
_ELLIPSIS = "…"
_ZERO_WIDTH = ("Mn", "Me")
_WIDE = ("W", "F")
# Controls, formats (bidirectional overrides, zero-width joiners), lone surrogates,
# unassigned and private characters, line and paragraph separators.
_HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")


def visible(text: str) -> str:
    r"""Return `text` with every character that steers a terminal written out, as `\x1b`.

    The answer is one line: newlines, tabs, escape sequences, bidirectional overrides and
    lone surrogates all become backslash notation. Letters of every script are kept.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(char) if unicodedata.category(char) in _HIDDEN else char for char in text
    )


def _escaped(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}[char]
    if code <= _LAST_OF_TWO_DIGITS:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def cell_width(text: str) -> int:
    """Columns that `text` takes on a terminal: East Asian wide letters two, accents none."""
    if text.isascii():
        return len(text)
    return sum(_width_of(char) for char in text)


def _width_of(char: str) -> int:
    if unicodedata.category(char) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def cut(text: str, width: int, *, in_the_middle: bool = False) -> str:
    """Return `text` in at most `width` columns, an ellipsis in place of what was left out."""
    if cell_width(text) <= width:
        return text
    if width <= 1:
        return _ELLIPSIS[:width]
    tail = (width - 1) // 2 if in_the_middle else 0
    end = _prefix(text[::-1], tail)[::-1]
    return f"{_prefix(text, width - 1 - tail)}{_ELLIPSIS}{end}"


def _prefix(text: str, width: int) -> str:
    taken = 0
    for position, char in enumerate(text):
        taken += _width_of(char)
        if taken > width:
            return text[:position]
    return text
