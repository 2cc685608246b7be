"""The body of an answer: all of it within its cap, or an error."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import AsyncExitStack

import httpx
from multidict import MultiMapping

from auditor.registry.transport import AiohttpBody

LARGE_BYTES = 256 * 1024
"""From here on a body waits for its turn: bodies are held whole until they are decoded."""

LARGE_AT_ONCE = 2


class OverCapError(Exception):
    """A body is longer than its cap."""


class EncodingError(Exception):
    """A body is compressed in a way we do not undo."""


async def read_body(
    headers: MultiMapping[str],
    stream: httpx.AsyncByteStream,
    cap: int,
    large: asyncio.Semaphore,
) -> bytes:
    """All of a body of at most `cap` bytes; raises OverCapError, never truncates.

    `large` is held while more than LARGE_BYTES are read. Whoever decodes the body before
    it awaits anything else has decoded it before the next one is read.
    """
    announced = headers.get("content-length", "")
    if announced.isdecimal() and announced.isascii():
        if int(announced[:20]) > cap:
            raise OverCapError
        if isinstance(stream, AiohttpBody):
            if int(announced) <= LARGE_BYTES:
                return await stream.read_whole()
            async with large:
                return await stream.read_whole()
    async with AsyncExitStack() as turn:
        body = await _read_chunks(stream, cap, turn, large)
    if announced.isdecimal() and len(body) != int(announced[:20]):
        raise httpx.ReadError("short body")
    return body


async def _read_chunks(
    stream: httpx.AsyncByteStream, cap: int, turn: AsyncExitStack, large: asyncio.Semaphore
) -> bytes:
    chunks, length, is_large = [], 0, False
    async for chunk in stream:
        length += len(chunk)
        if length > cap:
            raise OverCapError
        chunks.append(chunk)
        if length > LARGE_BYTES and not is_large:
            is_large = True
            await turn.enter_async_context(large)
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
