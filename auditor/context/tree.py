"""The files of a folder as the tar that COPY makes of them, read wherever one likes."""

from __future__ import annotations

import os
import stat
import tarfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from auditor.domain.errors import UsageError
from auditor.domain.text import clean_line

IGNORE_FILE = ".dockerignore"
_BLOCK = tarfile.BLOCKSIZE
_LARGEST_IGNORE_FILE_BYTES = 1 << 20
_MOST_FILES = 1_000_000


@dataclass(frozen=True, slots=True)
class _Member:
    header: bytes
    path: Path
    size_bytes: int


@dataclass(slots=True)
class ContextTar:
    """A tar of these files, never written anywhere. `starts` are offsets of the members."""

    members: list[_Member] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    size_bytes: int = 0
    content_bytes: int = 0
    unreadable: list[str] = field(default_factory=list)

    def add(self, name: str, path: Path) -> None:
        """Append one file, folder or link as it is now; sockets, pipes and devices are left out."""
        try:
            status = path.lstat()
        except OSError:
            self.unreadable.append(name)
            return
        if stat.S_IFMT(status.st_mode) not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            return
        member = _member(name, path, status)
        self.members.append(member)
        self.starts.append(self.size_bytes)
        self.size_bytes += len(member.header) + _padded(member.size_bytes)
        self.content_bytes += member.size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """These bytes of the tar. A file that cannot be read, or has shrunk, reads as zeros."""
        pieces: list[bytes] = []
        at = max(0, bisect_right(self.starts, offset) - 1)
        end = min(offset + length, self.size_bytes)
        while offset < end:
            member, start = self.members[at], self.starts[at]
            size = len(member.header) + _padded(member.size_bytes)
            piece = _read(member, offset - start, min(end, start + size) - offset)
            pieces.append(piece)
            offset += len(piece)
            at += 1
        return b"".join(pieces)


def open_context(folder: Path) -> ContextTar:
    """What a build would be sent of a folder: all of it but what its .dockerignore names.

    Raises UsageError for what is no readable folder.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{clean_line(str(folder))} is no folder", next_step="name a folder or a size like 12MB"
        )
    context = ContextTar()
    for name in _walk(folder):
        context.add(name, folder / name)
        if len(context.members) > _MOST_FILES:
            raise UsageError(
                f"{clean_line(str(folder))} holds over {_MOST_FILES:,} files",
                next_step=f"exclude what the build does not need in {IGNORE_FILE}, or state a size",
            )
    return context


def _walk(folder: Path) -> Iterator[str]:
    """Relative paths in an order that is always the same."""
    from docker.utils.build import PatternMatcher  # noqa: PLC0415 - loads all of docker

    matcher = PatternMatcher(_patterns(folder))
    try:
        yield from sorted(matcher.walk(str(folder)))
    except (OSError, RecursionError) as error:
        raise UsageError(
            f"{clean_line(str(folder))} cannot be read: {type(error).__name__}",
            next_step="check the permissions below it, or state a size like 12MB",
        ) from error


def _patterns(folder: Path) -> list[str]:
    """The lines of .dockerignore without comments. Source: Docker's reference, "Syntax"."""
    try:
        content = (folder / IGNORE_FILE).read_bytes()[:_LARGEST_IGNORE_FILE_BYTES]
    except OSError:
        return []
    lines = content.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    stripped = (line.strip() for line in lines)
    return [line for line in stripped if line and not line.startswith("#") and "\0" not in line]


def _member(name: str, path: Path, status: os.stat_result) -> _Member:
    info = tarfile.TarInfo(name)
    info.mode = stat.S_IMODE(status.st_mode)
    info.mtime = int(max(0, status.st_mtime))
    if stat.S_ISREG(status.st_mode):
        info.size = status.st_size
    elif stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
    else:
        info.type = tarfile.SYMTYPE
        info.linkname = _link(path)
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return _Member(header, path, info.size)


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _read(member: _Member, offset: int, length: int) -> bytes:
    head = member.header[offset : offset + length]
    offset -= len(member.header) - len(head)
    rest = length - len(head)
    body = b""
    if rest and offset < member.size_bytes:
        try:
            with member.path.open("rb") as file:
                file.seek(max(0, offset))
                body = file.read(min(rest, member.size_bytes - max(0, offset)))
        except OSError:
            body = b""
    return head + body + bytes(rest - len(body))


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // _BLOCK) * _BLOCK
