"""A layer as Docker would store it: a tar of what changed, and what it shrinks to."""

from __future__ import annotations

import stat
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from scripts.calculator_truth.facts import Json

_CHUNK_BYTES = 1 << 20
_GZIP_LEVEL = 6
"""What zlib's and Go's default of -1 means; deflated here by zlib, as `gzip -6` does."""
_ZSTD_LEVEL = 3

Keep = Callable[[str], bool]


def measure(folder: Path, scratch: Path, keep: Keep = lambda _: True) -> Json:
    """Weigh what lies below `folder`, the upper side of an overlay or a folder of its own.

    `file_bytes` are the contents of all files, each inode once; `tar_bytes` the tar with its
    headers; `gzip_bytes` by zlib at level 6, `zstd_bytes` by the zstd program at level 3.
    `keep` is asked for each path, as "usr/share/doc". `scratch` is a file written over.
    """
    _write_tar(folder, scratch, keep)
    try:
        return measure_tar(scratch)
    finally:
        scratch.unlink()


def measure_tar(path: Path) -> Json:
    """Weigh a layer's tar as it lies."""
    with tarfile.open(path) as tar:
        sizes = [entry.size for entry in tar if entry.isreg()]
    return {
        "files": len(sizes),
        "file_bytes": sum(sizes),
        "tar_bytes": path.stat().st_size,
        "gzip_bytes": _gzip_bytes(path),
        "zstd_bytes": _zstd_bytes(path),
    }


def _write_tar(folder: Path, target: Path, keep: Keep) -> None:
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in _sorted_tree(folder):
            name = str(path.relative_to(folder))
            entry = _entry(tar, path, name) if keep(name) else None
            if entry is None:
                continue
            if entry.isreg():
                with path.open("rb") as contents:
                    tar.addfile(entry, contents)
            else:
                tar.addfile(entry)


def _sorted_tree(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _sorted_tree(path)


def _entry(tar: tarfile.TarFile, path: Path, name: str) -> tarfile.TarInfo | None:
    """The header, in whole seconds as Docker writes it; None for sockets. A hole is a whiteout."""
    status = path.lstat()
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
        parent, _, last = name.rpartition("/")
        return tarfile.TarInfo(f"{parent}/.wh.{last}".lstrip("/"))
    if stat.S_ISSOCK(status.st_mode):
        return None
    entry = tar.gettarinfo(str(path), name)
    entry.mtime = int(entry.mtime)
    entry.uname = entry.gname = ""
    return entry


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _gzip_bytes(path: Path) -> int:
    deflater = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
    with path.open("rb") as stream:
        written = sum(len(deflater.compress(chunk)) for chunk in _chunks(stream))
    return written + len(deflater.flush())


def _zstd_bytes(path: Path) -> int:
    command = ["zstd", f"-{_ZSTD_LEVEL}", "-T1", "-q", "-c", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as zstd:
        assert zstd.stdout is not None  # noqa: S101 - asked for in the line above
        return sum(len(chunk) for chunk in _chunks(zstd.stdout))
