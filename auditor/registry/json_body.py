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

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")

T = TypeVar("T")


def decode_json(body: bytes, shape: type[T], decoder: msgspec.json.Decoder[T], what: str) -> T:
    """`body` as `shape`, at most DEEPEST_EVER levels deep.

    Raises InvalidManifestError for anything else: broken JSON, other encodings than UTF-8,
    deeper nesting, wrong types. Lone surrogates in texts are let through, to be cleaned later.
    """
    text = body.removeprefix(_BYTE_ORDER_MARK)
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
    outside = body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    brackets = b"".join(outside).translate(None, _NOT_BRACKETS)
    steps = memoryview(brackets.translate(_STEPS)).cast("b")
    return any(level > deepest for level in accumulate(steps))


def _decode_with_surrogates(text: bytes, shape: type[T], what: str) -> T:
    # msgspec refuses escapes of lone surrogates, which are legal JSON and seen in labels.
    try:
        return msgspec.convert(json.loads(text.decode("utf-8")), shape)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise _invalid(what, error) from None


def _invalid(what: str, error: Exception) -> InvalidManifestError:
    reason = "not UTF-8" if isinstance(error, UnicodeError) else clean_line(str(error), 120)
    return InvalidManifestError(f"{what} cannot be used: {reason}")
