"""What is in a wheel, from the directory at its end: the rest of it is never read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from auditor.domain.package_facts import WheelContents
from auditor.indexes.fetching import Piece
from auditor.indexes.stanzas import MOST_BYTES

TAIL_BYTES = 64 * 1024
_MOST_DIRECTORY_BYTES = 8 * 2**20
_MOST_METADATA_BYTES = 4 * 2**20
_HEADER_BYTES = 30 + 512
"""A file's own header: its fixed part, then its name and what tools add."""

_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError, OverflowError),
)

GetPiece = Callable[[int | None, int], Piece | None]
"""So many bytes from a place, or from the end for None; None where parts are not served."""


class _NoPiecesError(OSError):
    """The server does not send parts of files, or far too much would be needed."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """What a wheel's directory says, and its core metadata where that could be read."""

    contents: WheelContents
    metadata: bytes | None


def read_wheel(get: GetPiece, size_bytes: int | None, *, with_metadata: bool) -> Wheel | None:
    """What is in a wheel; None where its directory cannot be had or makes no sense.

    `size_bytes`, where it is known, spares servers that count from the beginning only.

    One request for its end, which holds the directory of most wheels; one more for a longer
    directory, and for metadata that lie elsewhere.
    Source: APPNOTE.TXT 4.3; PEP 427; pip's lazy wheel.
    """
    start = None if size_bytes is None else max(0, size_bytes - TAIL_BYTES)
    tail = get(start, TAIL_BYTES if size_bytes is None else min(TAIL_BYTES, size_bytes))
    if tail is None:
        return None
    remote = _Remote(get, tail)
    try:
        with zipfile.ZipFile(remote) as archive:
            contents = _contents(archive)
            return Wheel(contents, _metadata(archive, remote) if with_metadata else None)
    except _UNREADABLE:
        return None


def _contents(archive: zipfile.ZipFile) -> WheelContents:
    files = [info for info in archive.infolist() if not info.is_dir()]
    unpacked = sum(info.file_size for info in files)
    if unpacked > MOST_BYTES:
        raise zipfile.BadZipFile("sizes beyond reason")
    source = sum(info.file_size for info in files if info.filename.endswith(".py"))
    return WheelContents(unpacked, source, len(files))


def _metadata(archive: zipfile.ZipFile, remote: _Remote) -> bytes | None:
    for info in archive.infolist():
        folder, _, name = info.filename.partition("/")
        if folder.endswith(".dist-info") and name == "METADATA":
            break
    else:
        return None
    is_plain = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    longest = max(info.file_size, info.compress_size)
    if not is_plain or longest > _MOST_METADATA_BYTES:
        return None
    remote.fetch(info.header_offset, _HEADER_BYTES + info.compress_size)
    with archive.open(info) as file:
        return file.read(_MOST_METADATA_BYTES)


class _Remote(io.RawIOBase):
    """A file of which only pieces are at hand; what else zipfile reads is asked for."""

    def __init__(self, get: GetPiece, tail: Piece) -> None:
        super().__init__()
        self._get = get
        self._size = tail.total_bytes
        self._pieces = [tail]
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._at)
        length = left if size is None or size < 0 else min(size, left)
        if not length:
            return b""
        piece = self._holding(self._at, length) or self.fetch(self._at, length)
        start = self._at - piece.start
        self._at += length
        return piece.body[start : start + length]

    def fetch(self, start: int, length: int) -> Piece:
        """Have these bytes at hand, as far as there are any."""
        length = min(length, self._size - start)
        if found := self._holding(start, length):
            return found
        if not 0 < length <= _MOST_DIRECTORY_BYTES:
            raise _NoPiecesError
        piece = self._get(start, length)
        if piece is None or piece.start != start or len(piece.body) != length:
            raise _NoPiecesError
        self._pieces.append(piece)
        return piece

    def _holding(self, start: int, length: int) -> Piece | None:
        for piece in self._pieces:
            if piece.start <= start and start + length <= piece.start + len(piece.body):
                return piece
        return None
