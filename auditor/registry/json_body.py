"""JSON from strangers -> msgspec structs, or one typed error."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TypeVar

import msgspec

from auditor.domain.errors import InvalidManifestError
from auditor.domain.text import clean_line

DEEPEST_EVER = 512
"""What the decoders can stand; how much is accepted is an option and usually less."""

MOST_VALUES = 500_000
"""Values in one body, about: decoded, each takes some ten times its two bytes or more."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_WINDOW_BYTES = 64 * 1024

T = TypeVar("T")


def decode_json(body: bytes, shape: type[T], decoder: msgspec.json.Decoder[T], what: str) -> T:
    """`body` as `shape`, at most DEEPEST_EVER levels deep and about MOST_VALUES values long.

    Raises InvalidManifestError for anything else: broken JSON, other encodings than UTF-8,
    deeper nesting, wrong types. Lone surrogates in texts are let through, to be cleaned later.
    """
    text = body.removeprefix(_BYTE_ORDER_MARK)
    _check_values(text, what)
    check_depth(text, DEEPEST_EVER, what)
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _invalid(what, error) from None
    except msgspec.DecodeError as error:
        if b"\\u" not in text:
            raise _invalid(what, error) from None
    except (UnicodeError, RecursionError) as error:
        raise _invalid(what, error) from None
    return _decode_with_surrogates(text, shape, what)


def check_depth(body: bytes, deepest: int, what: str) -> None:
    """Nothing where JSON nests at most `deepest` levels; else InvalidManifestError."""
    if is_too_deep(body, deepest):
        raise InvalidManifestError(f"{what} is nested more than {deepest} levels deep")


def is_too_deep(body: bytes, deepest: int) -> bool:
    """Whether brackets outside of strings nest deeper than that; linear, no recursion.

    Only bodies with so many brackets are looked at closely. For broken JSON the answer
    holds for the part before the break, which is all that a decoder reads.
    """
    if body.count(b"[") + body.count(b"{") <= deepest:
        return False
    text = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    level, in_string = 0, False
    # Window by window: split at once, a body of short texts would take many times its bytes.
    for start in range(0, len(text), _WINDOW_BYTES):
        parts = text[start : start + _WINDOW_BYTES].split(b'"')
        brackets = b"".join(parts[in_string::2]).translate(None, _NOT_BRACKETS)
        in_string ^= len(parts) % 2 == 0
        levels = accumulate(memoryview(brackets.translate(_STEPS)).cast("b"), initial=level)
        for now in levels:
            level = now
            if now > deepest:
                return True
    return False


def _check_values(text: bytes, what: str) -> None:
    """Refuse what would take far more memory decoded; commas in texts count along."""
    if text.count(b",") + text.count(b"[") + text.count(b"{") > MOST_VALUES:
        raise InvalidManifestError(f"{what} holds more than {MOST_VALUES:,} values")


def _decode_with_surrogates(text: bytes, shape: type[T], what: str) -> T:
    # msgspec refuses escapes of lone surrogates, which are legal JSON and seen in labels.
    try:
        return msgspec.convert(json.loads(text.decode("utf-8")), shape)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise _invalid(what, error) from None


def _invalid(what: str, error: Exception) -> InvalidManifestError:
    reason = "not UTF-8" if isinstance(error, UnicodeError) else clean_line(str(error), 120)
    return InvalidManifestError(f"{what} cannot be used: {reason}")
