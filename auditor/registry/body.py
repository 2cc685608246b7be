"""The body of an answer: all of it within its cap, or an error."""

from __future__ import annotations

import zlib

import httpx
from multidict import MultiMapping

from auditor.registry.transport import AiohttpBody


class OverCapError(Exception):
    """A body is longer than its cap."""


class EncodingError(Exception):
    """A body is compressed in a way we do not undo."""


async def read_body(headers: MultiMapping[str], stream: httpx.AsyncByteStream, cap: int) -> bytes:
    """All of a body of at most `cap` bytes; raises OverCapError, never truncates."""
    announced = headers.get("content-length", "")
    if announced.isdecimal() and announced.isascii():
        if int(announced[:20]) > cap:
            raise OverCapError
        if isinstance(stream, AiohttpBody):
            return await stream.read_whole()
    chunks, length = [], 0
    async for chunk in stream:
        length += len(chunk)
        if length > cap:
            raise OverCapError
        chunks.append(chunk)
    if announced.isdecimal() and length != int(announced[:20]):
        raise httpx.ReadError("short body")
    return b"".join(chunks)


def decoded_body(body: bytes, headers: MultiMapping[str], cap: int) -> bytes:
    """The body without its gzip encoding, should a proxy have added one in spite of us.

    At most `cap` bytes come out. Any other or a stacked encoding raises EncodingError.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise EncodingError
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, cap + 1)
    except zlib.error:
        raise EncodingError from None
    if len(plain) > cap:
        raise OverCapError
    if not inflater.eof or inflater.unused_data:
        raise EncodingError
    return plain
