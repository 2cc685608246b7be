"""The body of an answer: all of it within its cap and in time, or an error."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

import httpx

_GZIP = 31
_STEP_BYTES = 64 * 1024


class OverCapError(Exception):
    """A body is longer than its cap, before or after unpacking."""


class EncodingError(Exception):
    """A body is packed in a way that was not asked for, or badly."""


def read_body(
    response: httpx.Response, cap_bytes: int, *, deadline: float, is_packed: bool = False
) -> bytes:
    """All of a body of at most `cap_bytes`, never a part of it.

    `is_packed`: the document is a file that is compressed itself; it stays so, whatever the
    server says of its encoding. Raises OverCapError, EncodingError, httpx.TransportError.
    """
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > cap_bytes:
        raise OverCapError
    chunks = _in_time(response, deadline)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if is_packed or encoding in ("", "identity"):
        return _capped(chunks, cap_bytes)
    if encoding not in ("gzip", "x-gzip"):
        raise EncodingError
    return _capped(_inflated(chunks), cap_bytes)


def _in_time(response: httpx.Response, deadline: float) -> Iterator[bytes]:
    """A server that sends a byte now and then does not hold us up for ever."""
    for chunk in response.iter_raw():
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer takes too long")
        yield chunk


def _capped(chunks: Iterator[bytes], cap_bytes: int) -> bytes:
    kept, length = [], 0
    for chunk in chunks:
        length += len(chunk)
        if length > cap_bytes:
            raise OverCapError
        kept.append(chunk)
    return b"".join(kept)


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes of one gzip stream, some at a time, so that a bomb stops at the cap."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                yield inflater.decompress(rest, _STEP_BYTES)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error:
        raise EncodingError from None
    if not inflater.eof or inflater.unused_data:
        raise EncodingError
