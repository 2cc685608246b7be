"""Compressed index files -> their bytes, never more than a cap."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable

_GZIP_MAGIC = b"\x1f\x8b"
_XZ_MAGIC = b"\xfd7zXZ\x00"
_GZIP = 31
_STEP_BYTES = 4 * 2**20
_MOST_MEMBERS = 64
_XZ_MEMORY_BYTES = 256 * 2**20


class UnusableError(Exception):
    """A document that cannot be read, or not within our limits; the text says which."""


def unpacked(packed: bytes, cap_bytes: int) -> bytes:
    """What was compressed with gzip or xz, all members one after the other; else the same.

    Raises UnusableError for damaged and cut-off bytes, and beyond `cap_bytes`.
    """
    if packed.startswith(_GZIP_MAGIC):
        return _joined(packed, cap_bytes, _gzip_member)
    if packed.startswith(_XZ_MAGIC):
        return _joined(packed, cap_bytes, _xz_member)
    if len(packed) > cap_bytes:
        raise _too_long()
    return packed


Member = Callable[[bytes, int, list[bytes]], bytes]
"""Unpacks one member into a list, at most so many bytes; what is left of the input."""


def _joined(packed: bytes, cap_bytes: int, member: Member) -> bytes:
    rest, chunks = packed, list[bytes]()
    for _ in range(_MOST_MEMBERS):
        rest = member(rest, cap_bytes - sum(map(len, chunks)), chunks)
        if not rest.strip(b"\0"):  # padding after the last one
            return b"".join(chunks)
    raise UnusableError("it is in too many parts")


def _gzip_member(packed: bytes, left_bytes: int, chunks: list[bytes]) -> bytes:
    inflater = zlib.decompressobj(_GZIP)
    try:
        chunk = inflater.decompress(packed, left_bytes + 1)
    except zlib.error:
        raise UnusableError("it is damaged") from None
    if len(chunk) > left_bytes:
        raise _too_long()
    if not inflater.eof:
        raise UnusableError("it is cut off")
    chunks.append(chunk)
    return inflater.unused_data


def _xz_member(packed: bytes, left_bytes: int, chunks: list[bytes]) -> bytes:
    inflater = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
    rest = packed
    try:
        while not inflater.eof:
            chunk = inflater.decompress(rest, _STEP_BYTES)
            rest = b""
            left_bytes -= len(chunk)
            if left_bytes < 0:
                raise _too_long()
            if not chunk and inflater.needs_input:
                raise UnusableError("it is cut off")
            chunks.append(chunk)
    except lzma.LZMAError:
        raise UnusableError("it is damaged") from None
    return inflater.unused_data


def _too_long() -> UnusableError:
    return UnusableError("it unpacks to more than is read")
