"""Walks the folder of a registry's filesystem storage, without following links out of it.

Sizes are those the filesystem states. Only tags and asked-for manifests are opened, and of
those no more is read than a cap. Memory: the names of folders that wait to be read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidDigestError, UsageError
from auditor.domain.holdings import Holding, HoldingKind, References, Unread
from auditor.storage.layout import TOP, blob_path, place_of
from auditor.storage.manifests import references_in

_MANIFEST_CAP_BYTES = 16 * 2**20
_LINK_CAP_BYTES = 512
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class StorageFolder:
    """A root directory, without symbolic links in its path."""

    root: str

    @classmethod
    def open(cls, path: str) -> StorageFolder:
        """The storage at `path`; raises UsageError for what holds no registry."""
        root = os.path.realpath(path)
        if not Path(root, TOP).is_dir():
            raise UsageError(
                f"no registry's storage: {path[:200]!r} has no folder {TOP}",
                next_step="name the root directory of its filesystem driver",
            )
        return cls(root)

    def holdings(self) -> Iterator[Holding | Unread]:
        """Every file with what it is for, and every place that could not be read.

        Symbolic links are not followed and hold nothing themselves: one that stays inside
        leads to what is counted where it stands, one that leads outside is Unread. What
        vanishes meanwhile is not there.
        """
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(Path(self.root, folder)) as entries:
                    for entry in entries:
                        inner = f"{folder}/{entry.name}" if folder else entry.name
                        yield from self._look_at(entry, inner, waiting)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield Unread(folder, _reason(error))

    def _look_at(
        self, entry: os.DirEntry[str], inner: str, waiting: list[str]
    ) -> Iterator[Holding | Unread]:
        try:
            if entry.is_symlink():
                yield from self._look_at_link(inner)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(inner)
            else:
                yield from self._look_at_file(inner, entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            return
        except OSError as error:
            yield Unread(inner, _reason(error))

    def _look_at_link(self, inner: str) -> Iterator[Unread]:
        target = os.path.realpath(Path(self.root, inner))
        if not self._is_inside(target):
            yield Unread(inner, "a symbolic link that leads outside is not followed")
        elif Path(target).is_symlink():
            yield Unread(inner, "a symbolic link that leads nowhere")

    def _look_at_file(self, inner: str, status: os.stat_result) -> Iterator[Holding | Unread]:
        if not stat.S_ISREG(status.st_mode):
            yield Holding(HoldingKind.OTHER, 0)
            return
        kind, digest = HoldingKind.OTHER, b""
        if inner.startswith(TOP):
            kind, digest = place_of(inner.removeprefix(TOP))
        if kind is HoldingKind.TAG:
            try:
                digest = self._linked(inner)
            except (OSError, InvalidDigestError) as error:
                yield Unread(inner, _reason(error))
        yield Holding(kind, status.st_size, digest)

    def _linked(self, inner: str) -> bytes:
        text = self._read(inner, _LINK_CAP_BYTES).decode("ascii", "replace")
        return Digest.parse(text.strip()).to_bytes()

    def references(self, digest: bytes) -> References | Unread:
        """What the stored manifest of a packed digest refers to, or why nobody can tell."""
        path = blob_path(digest)
        try:
            body = self._read(path, _MANIFEST_CAP_BYTES)
            named = Digest.from_bytes(digest)
            if named.is_verifiable and not named.matches(body):
                return Unread(path, "the manifest does not have its digest")
            return references_in(body)
        except (OSError, ValueError) as error:
            return Unread(path, _reason(error))

    def _read(self, inner: str, cap_bytes: int) -> bytes:
        """A regular file inside; raises OSError, for one over its cap too."""
        path = Path(self.root, inner)
        if not self._is_inside(os.path.realpath(path)):
            raise OSError("a symbolic link that leads outside is not followed")
        with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError("it is no regular file")
            body = file.read(cap_bytes + 1)
        if len(body) > cap_bytes:
            raise OSError(f"it has more than {cap_bytes:,} bytes")
        return body

    def _is_inside(self, real_path: str) -> bool:
        return real_path == self.root or real_path.startswith(self.root.rstrip("/") + "/")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:200]
