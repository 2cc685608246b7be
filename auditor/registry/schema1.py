"""Docker's first manifest format: its digest leaves the signatures out, its sizes are unknown."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

_MOST_SIZE_BYTES = 2**50


class _Protected(msgspec.Struct):
    formatLength: int  # noqa: N815 - the format's own name
    formatTail: str  # noqa: N815


class _Signature(msgspec.Struct):
    protected: str


class _Signed(msgspec.Struct):
    signatures: list[_Signature]


class _Compatibility(msgspec.Struct):
    Size: Any = None


def signed_payload(body: bytes) -> bytes | None:
    """The part of a signed manifest that its digest covers; None where it is not signed.

    Source: distribution's schema 1 specification; libtrust's JSON signatures.
    """
    try:
        protected = msgspec.json.decode(body, type=_Signed).signatures[0].protected
        header = msgspec.json.decode(_unpadded(protected), type=_Protected)
        tail = _unpadded(header.formatTail)
    except (msgspec.MsgspecError, ValueError, IndexError, RecursionError, binascii.Error):
        return None
    if not 0 < header.formatLength <= len(body):
        return None
    return body[: header.formatLength] + tail


def claimed_size_bytes(v1_compatibility: str) -> int:
    """What one history entry says about its layer's size, 0 where it says nothing.

    It is the unpacked size, so only a stand-in for a blob that cannot be measured.
    """
    try:
        size = msgspec.json.decode(v1_compatibility, type=_Compatibility).Size
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return 0
    return size if type(size) is int and 0 <= size <= _MOST_SIZE_BYTES else 0


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
