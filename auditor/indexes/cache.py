"""What was read, kept on disk for the next estimate, whoever makes it."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_FORM = 1
_SUFFIX = ".kept"
_LONGEST_HEAD_BYTES = 64 * 1024
_FILLED_AGAIN = 0.9


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was: `read_at` in seconds since 1970, when it was last known to be true.

    `is_absent`: there was nothing.
    """

    body: bytes
    read_at: float
    content_type: str = ""
    address: str = ""
    etag: str = ""
    last_modified: str = ""
    is_absent: bool = False


class DiskCache:
    """Answers by key, a file each, replaced as a whole; the oldest go when there are too many.

    A file that is damaged or cannot be read is a miss, and one that cannot be written is left
    out: a cache never makes an estimate fail. Several processes may use one folder at once.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._used_bytes: int | None = None
        self._lock = threading.Lock()
        self._is_told = False

    def get(self, key: str) -> Kept | None:
        """What is kept under the key; None for nothing, or nothing usable."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                read_at = os.fstat(file.fileno()).st_mtime
                head = json.loads(file.readline(_LONGEST_HEAD_BYTES))
                body = file.read(self._max_bytes + 1)
            return _checked(head, body, read_at)
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer under the key, and make room for it."""
        head = {
            "form": _FORM,
            "digest": _digest(kept.body),
            "content_type": kept.content_type,
            "address": kept.address,
            "etag": kept.etag,
            "last_modified": kept.last_modified,
            "is_absent": kept.is_absent,
        }
        line = json.dumps(head).encode() + b"\n"
        if len(line) > _LONGEST_HEAD_BYTES or len(kept.body) > self._max_bytes:
            return
        try:
            self._write(self._path(key), line + kept.body, kept.read_at)
            self._make_room(len(line) + len(kept.body))
        except OSError as error:
            self._complain(error)

    def renew(self, key: str, read_at: float) -> None:
        """Note that what is kept was true at this moment."""
        try:
            os.utime(self._path(key), (read_at, read_at))
        except FileNotFoundError:
            return
        except OSError as error:
            self._complain(error)

    def _path(self, key: str) -> Path:
        name = sha256(key.encode(errors="surrogatepass")).hexdigest()
        return self._folder / name[:2] / f"{name[2:]}{_SUFFIX}"

    def _write(self, path: Path, content: bytes, read_at: float) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.utime(temporary, (read_at, read_at))
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _make_room(self, added_bytes: int) -> None:
        with self._lock:
            if self._used_bytes is None:
                self._used_bytes = sum(size for _, size, _ in self._files())
            else:
                self._used_bytes += added_bytes
            if self._used_bytes > self._max_bytes:
                self._used_bytes = self._drop_oldest()

    def _drop_oldest(self) -> int:
        """Delete files, oldest first, until a tenth is free again; what is left, in bytes."""
        files = sorted(self._files())
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= self._max_bytes * _FILLED_AGAIN:
                break
            path.unlink(missing_ok=True)
            left -= size
        return left

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Age, size and place of every file, those that a killed process left half among them."""
        for path in self._folder.glob("??/*"):
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            yield found.st_mtime, found.st_size, path

    def _complain(self, error: OSError) -> None:
        if not self._is_told:
            self._is_told = True
            reason = error.strerror or "unwritable"
            _LOG.warning("answers of package indexes are not kept", extra={"reason": reason})


def _checked(head: Any, body: bytes, read_at: float) -> Kept | None:  # noqa: ANN401 - any JSON
    names = ("content_type", "address", "etag", "last_modified")
    if not isinstance(head, dict) or head.get("form") != _FORM:
        return None
    texts = {name: head.get(name) for name in names}
    if head.get("digest") != _digest(body) or not all(isinstance(t, str) for t in texts.values()):
        return None
    is_absent = head.get("is_absent") is True
    return Kept(
        body, read_at, is_absent=is_absent, **{name: str(text) for name, text in texts.items()}
    )


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
