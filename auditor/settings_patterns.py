"""Patterns that users write, matched in time that is linear in the text, whatever it holds.

Build steps come from a registry and may be megabytes of anything. The engine is RE2, which
never tracks back: no back-references, no look-around (docs/adr/0025-linear-time-patterns.md).
"""

from __future__ import annotations

from collections.abc import Callable

_MOST_PATTERN_BYTES = 1_000
_MOST_MEMORY_BYTES = 2**20
"""For one compiled pattern and its automata; a larger one is refused."""


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text has the pattern somewhere. Raises ValueError for one that is none.

    A dot stands for line breaks too. Case counts, unless the pattern begins with `(?i)`.
    Source: github.com/google/re2/wiki/Syntax.
    """
    import re2  # noqa: PLC0415 - loaded for who has rules of their own

    encoded = pattern.encode(errors="replace")
    if not encoded:
        raise ValueError("it is empty, and would match every step")
    if len(encoded) > _MOST_PATTERN_BYTES:
        raise ValueError(f"it is longer than {_MOST_PATTERN_BYTES:,} bytes")
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    options.max_mem = _MOST_MEMORY_BYTES
    try:
        compiled = re2.compile(encoded, options)
    except re2.error as error:
        raise ValueError(_reason(error)) from None
    return lambda text: compiled.search(text.encode(errors="replace")) is not None


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else b""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    if "invalid perl operator" in text or "invalid escape sequence" in text:
        return f"{text}: look-around and back-references are not known (RE2 syntax)"
    return f"it is no regular expression: {text}"
