"""Text from strangers, made safe to store and to print."""

from __future__ import annotations

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINE_BREAKS = r"\u2028\u2029"
_SURROGATES = r"\ud800-\udfff"
_UNSAFE = re.compile(f"[{_CONTROLS}{_BIDI}{_LINE_BREAKS}{_SURROGATES}]")
_UNSAFE_IN_LINE = re.compile(f"[\\t\\n{_CONTROLS}{_BIDI}{_LINE_BREAKS}{_SURROGATES}]")
_ELLIPSIS = "…"
_ONE_BYTE = 0x100


def clean_text(text: str, limit: int = 4096) -> str:
    r"""`text` with invisible and dangerous characters written out, such as `\x1b`.

    Written out are: NUL and the other C0 and C1 controls except tab and newline, lone
    surrogates, bidirectional controls and Unicode line separators, so that a terminal is not
    steered, a page not turned round, and every database can store it. At most `limit`
    characters, the last of them an ellipsis where something was cut off.
    """
    if text.isprintable() and len(text) <= limit:
        return text
    return _cut(_UNSAFE.sub(_written_out, text[: limit + 1]), limit)


def clean_line(text: str, limit: int = 200) -> str:
    """The same for one line: tabs and newlines are written out too."""
    if text.isprintable() and len(text) <= limit:
        return text
    return _cut(_UNSAFE_IN_LINE.sub(_written_out, text[: limit + 1]), limit)


def is_clean_line(text: str) -> bool:
    """Whether `clean_line` would leave `text` as it is, however long it is."""
    return text.isprintable() or not _UNSAFE_IN_LINE.search(text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < _ONE_BYTE else f"\\u{code:04x}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS
