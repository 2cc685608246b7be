"""A tar archive from a stranger: which regular files it has, and where their bytes are.

Only headers are read, one after the other; nothing is extracted and no name in it becomes a
path. Source: POSIX pax interchange format; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Self

from auditor.domain.errors import (
    BodyTooLargeError,
    NotARegistryError,
    NotFoundError,
    ProtocolError,
    UsageError,
)
from auditor.domain.text import clean_line

MOST_MEMBERS: Final = 50_000
_MOST_NAME_BYTES: Final = 4096
_MOST_NAMES_BYTES: Final = 16 * 2**20
_MOST_HEADER_BYTES: Final = 64 * 2**10
_MOST_SIZE_BYTES: Final = 2**50
_BLOCK: Final = 512
_CHUNK: Final = 2**20
_FILES = (b"0", b"\0", b"7")
_LINKS = (b"1", b"2")
_LONG_NAME, _LONG_LINK = b"L", b"K"
_PAX, _GLOBAL_PAX = b"x", b"g"
_EXTENSIONS = (_LONG_NAME, _LONG_LINK, _PAX, _GLOBAL_PAX)
_MOST_LINKS_FOLLOWED: Final = 8
_COMPRESSED = {
    b"\x1f\x8b": ("gzip", "gunzip"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unzstd"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\xfd7zXZ": ("xz", "unxz"),
}


@dataclass(frozen=True, slots=True)
class TarMember:
    """A regular file in the archive, or a link to another: then `link` is that one's name."""

    offset: int
    size_bytes: int
    link: str = ""


@dataclass(slots=True)
class _Extended:
    """What extension headers say of the next member."""

    name: str | None = None
    link: str | None = None
    size_bytes: int | None = None
    is_sparse: bool = False


class TarFile:
    """The regular files of an archive by name; of several with one name the last counts.

    Names are kept in their short form, without a leading `./`; those that are absolute or
    climb with `..` name nothing.
    """

    def __init__(self, path: Path, file: BinaryIO, members: dict[str, TarMember]) -> None:
        self.path = path
        self._file = file
        self._members = members

    @classmethod
    def open(cls, path: Path) -> Self:
        """The archive at `path`.

        Raises UsageError for what is no file, NotARegistryError for what is no tar,
        ProtocolError for a broken one, and for more members than anybody needs.
        """
        file = _opened(path)
        try:
            scan = _Scan(path, file, os.fstat(file.fileno()).st_size)
            return cls(path, file, scan.run())
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def member(self, name: str) -> TarMember:
        """Where the bytes of this file are; NotFoundError where there is none."""
        found = self._find(name)
        if found is None:
            raise NotFoundError(f"{self.path.name} has no file {clean_line(name)}")
        return found

    def read(self, name: str, cap_bytes: int) -> bytes:
        """The whole file, at most `cap_bytes`; BodyTooLargeError without reading for more."""
        member = self.member(name)
        if member.size_bytes > cap_bytes:
            raise BodyTooLargeError(
                f"{clean_line(name)} in {self.path.name} has {member.size_bytes:,} bytes, "
                f"more than {cap_bytes:,}",
                next_step="it was not read",
            )
        return b"".join(self.chunks(member))

    def chunks(self, member: TarMember) -> Iterator[bytes]:
        """The member's bytes, about a megabyte at a time."""
        position, left = member.offset, member.size_bytes
        while left:
            chunk = os.pread(self._file.fileno(), min(left, _CHUNK), position)
            if not chunk:
                raise ProtocolError(f"{self.path.name} ended while it was read")
            position, left = position + len(chunk), left - len(chunk)
            yield chunk

    def _find(self, name: str) -> TarMember | None:
        wanted = _short(name)
        for _ in range(_MOST_LINKS_FOLLOWED):
            found = self._members.get(wanted or "")
            if found is None or not found.link:
                return found
            wanted = found.link
        return None


def _opened(path: Path) -> BinaryIO:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(
            f"cannot read {clean_line(str(path))}: {error.strerror}",
            next_step="name an archive that docker save or skopeo wrote",
        ) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UsageError(
            f"{clean_line(str(path))} is not a regular file",
            next_step="an archive is read more than once, so it cannot come through a pipe",
        )
    return os.fdopen(handle, "rb")


@dataclass(slots=True)
class _Scan:
    """Goes through the headers of an archive; time and memory go by their number."""

    path: Path
    file: BinaryIO
    total_bytes: int
    members: dict[str, TarMember] = field(default_factory=dict)
    extended: _Extended = field(default_factory=_Extended)
    names_bytes: int = 0

    def run(self) -> dict[str, TarMember]:
        """Every regular file and link."""
        position, count = 0, 0
        while position < self.total_bytes:
            header = os.pread(self.file.fileno(), _BLOCK, position)
            if not header.strip(b"\0"):
                break
            _check_header(self.path, header, is_first=position == 0)
            size_bytes = self._one(header, position)
            position += _BLOCK + -(-size_bytes // _BLOCK) * _BLOCK
            count += 1
            if count > MOST_MEMBERS or self.names_bytes > _MOST_NAMES_BYTES:
                raise ProtocolError(
                    f"{self.path.name} has more than {MOST_MEMBERS:,} entries, or names without end",
                    next_step="an image archive has a few for each layer; reading stopped there",
                )
        return self.members

    def _one(self, header: bytes, position: int) -> int:
        """Take in one entry; how many bytes follow its header."""
        kind, size_bytes = header[156:157], _number(self.path, header[124:136])
        if kind in _EXTENSIONS:
            _check_end(self.path, position, size_bytes, self.total_bytes)
            body = _extension(self.path, self.file, position, size_bytes)
            if kind != _GLOBAL_PAX:
                _extend(self.path, self.extended, kind, body)
            return size_bytes
        extended, self.extended = self.extended, _Extended()
        size_bytes = size_bytes if extended.size_bytes is None else extended.size_bytes
        if kind in _LINKS:
            size_bytes = 0
        _check_end(self.path, position, size_bytes, self.total_bytes)
        name = _short(_name(header) if extended.name is None else extended.name)
        if name:
            self._keep(name, header, extended, TarMember(position + _BLOCK, size_bytes))
        return size_bytes

    def _keep(self, name: str, header: bytes, extended: _Extended, member: TarMember) -> None:
        kind = header[156:157]
        self.names_bytes += len(name)
        if kind in _FILES and not extended.is_sparse:
            self.members[name] = member
        elif kind in _LINKS:
            link = _target(name, kind, extended.link or _text(header[157:257]))
            if link:
                self.names_bytes += len(link)
                self.members[name] = TarMember(0, 0, link)


def _check_header(path: Path, header: bytes, *, is_first: bool) -> None:
    summed = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    if len(header) == _BLOCK and summed == _octal(header[148:156]):
        return
    if not is_first:
        raise ProtocolError(f"{path.name} is damaged: a header's checksum is wrong")
    for magic, (name, tool) in _COMPRESSED.items():
        if header.startswith(magic):
            raise NotARegistryError(
                f"{path.name} is compressed with {name}",
                next_step=f"unpack it first: {tool} it, or write it without compression",
            )
    raise NotARegistryError(
        f"{path.name} is no tar archive", next_step="name what docker save or skopeo wrote"
    )


def _check_end(path: Path, position: int, size_bytes: int, total_bytes: int) -> None:
    if position + _BLOCK + size_bytes > total_bytes:
        raise ProtocolError(
            f"{path.name} ends in the middle: an entry says it has {size_bytes:,} bytes",
            next_step="write the archive again",
        )


def _extension(path: Path, file: BinaryIO, position: int, size_bytes: int) -> bytes:
    if size_bytes > _MOST_HEADER_BYTES:
        raise ProtocolError(
            f"{path.name} has a name or header of {size_bytes:,} bytes",
            next_step="reading stopped there",
        )
    return os.pread(file.fileno(), size_bytes, position + _BLOCK)


def _extend(path: Path, extended: _Extended, kind: bytes, body: bytes) -> None:
    if kind == _LONG_NAME:
        extended.name = _text(body)
    elif kind == _LONG_LINK:
        extended.link = _text(body)
    else:
        for key, value in _pax_records(path, body):
            if key == b"path":
                extended.name = _text(value)
            elif key == b"linkpath":
                extended.link = _text(value)
            elif key == b"size":
                extended.size_bytes = _decimal(path, value)
            elif key.startswith(b"GNU.sparse."):
                extended.is_sparse = True


def _pax_records(path: Path, body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """`length key=value` lines; the length counts itself."""
    position = 0
    while position < len(body) and body[position] != 0:
        length_text, blank, _ = body[position : position + 20].partition(b" ")
        length = _decimal(path, length_text) if blank else 0
        record = body[position + len(length_text) + 1 : position + length - 1]
        key, equals, value = record.partition(b"=")
        is_within = len(length_text) + 1 < length <= len(body) - position
        if not equals or not is_within:
            raise ProtocolError(f"{path.name} is damaged: an extended header is unreadable")
        yield key, value
        position += length


def _decimal(path: Path, text: bytes) -> int:
    if text.isdigit() and len(text) <= len(str(_MOST_SIZE_BYTES)):
        return _checked_size(path, int(text))
    raise ProtocolError(f"{path.name} is damaged: a size is no number")


def _number(path: Path, field: bytes) -> int:
    """A size in octal, or in GNU's binary form where the first bit is set."""
    if field[:1] == b"\x80":
        return _checked_size(path, int.from_bytes(field[1:], "big"))
    size_bytes = _octal(field)
    if size_bytes is None:
        raise ProtocolError(f"{path.name} is damaged: a size is no number")
    return size_bytes


def _checked_size(path: Path, size_bytes: int) -> int:
    if size_bytes > _MOST_SIZE_BYTES:
        raise ProtocolError(f"{path.name} is damaged: an entry claims {size_bytes:,} bytes")
    return size_bytes


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0")
    if not digits:
        return 0
    is_octal = digits.isdigit() and not set(digits) & set(b"89")
    return int(digits, 8) if is_octal else None


def _name(header: bytes) -> str:
    name, prefix = _text(header[:100]), _text(header[345:500])
    return f"{prefix}/{name}" if header[257:263] == b"ustar\0" and prefix else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _short(name: str) -> str | None:
    """The name without `./`; None for one that is empty, too long, absolute or climbs."""
    if not name or len(name) > _MOST_NAME_BYTES or name.startswith("/"):
        return None
    short = posixpath.normpath(name)
    return None if short == "." or short.split("/")[0] == ".." else short


def _target(name: str, kind: bytes, link: str) -> str | None:
    """What a link names within the archive: a symbolic one goes from its own folder."""
    is_symbolic = kind == _LINKS[1]
    return _short(posixpath.join(posixpath.dirname(name), link)) if is_symbolic else _short(link)
