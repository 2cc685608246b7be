"""A list of a bucket's keys that a visitor sends: capped, read once, and thrown away.

It is kept in a temporary file while it is read; nothing a visitor writes is a path here.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from werkzeug.datastructures import FileStorage

from auditor.domain.errors import UsageError

MOST_SENT_BYTES = 32 * 1024 * 1024
MOST_UNPACKED_BYTES = 256 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_GZIP = b"\x1f\x8b"
INSTEAD = "send a shorter list, or compare it with `auditor reconcile --inventory FILE`"


@contextmanager
def unpacked(sent: FileStorage, *, most_bytes: int = MOST_UNPACKED_BYTES) -> Iterator[Path]:
    """The list as a plain file for as long as it is needed; gzip is taken off.

    Raises UsageError for more than `most_bytes` unpacked, and for what only looks packed.
    """
    with NamedTemporaryFile(prefix="auditor-list-") as file:
        _copy(_plain(sent.stream), file, most_bytes)
        file.flush()
        yield Path(file.name)


def _plain(stream: IO[bytes]) -> IO[bytes]:
    is_packed = stream.read(len(_GZIP)) == _GZIP
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream) if is_packed else stream  # type: ignore[return-value]


def _copy(stream: IO[bytes], file: IO[bytes], most_bytes: int) -> None:
    left_bytes = most_bytes
    try:
        while chunk := stream.read(min(_CHUNK_BYTES, left_bytes + 1)):
            left_bytes -= len(chunk)
            if left_bytes < 0:
                raise UsageError(
                    f"the list is longer than {most_bytes / 1024 / 1024:.0f} MiB unpacked",
                    next_step=INSTEAD,
                )
            file.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UsageError(
            "the list looks packed with gzip and cannot be unpacked", next_step=INSTEAD
        ) from error
