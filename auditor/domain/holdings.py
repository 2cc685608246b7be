"""What a registry's storage holds, what is known of it, and what manifests lay claim to.

Digests are packed, as `Digest.to_bytes` does: streams of them are in the order of these
bytes, which is the order in which a database sorts them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HoldingKind(StrEnum):
    """What a file of a storage is for.

    REVISION and TAG are links, bookkeeping that names a manifest; UPLOAD is the data of an
    upload that did not end; OTHER has no place in the layout of a registry.
    """

    BLOB = "blob"
    REVISION = "revision"
    TAG = "tag"
    UPLOAD = "upload"
    BOOKKEEPING = "bookkeeping"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Holding:
    """One file and its bytes.

    `digest` names the bytes of a BLOB, and the manifest that a REVISION or TAG links to;
    empty where there is none, or where it cannot be told.
    """

    kind: HoldingKind
    size_bytes: int
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a storage that could not be read; `reason` is one plain line."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class KnownBlob:
    """Bytes that crawls saw referenced, under one digest.

    `counted_bytes` is what the registry's stored bytes hold of it: once per storage scope.
    `is_tagged`: a tag leads to a manifest that refers to it.
    """

    digest: bytes
    size_bytes: int
    counted_bytes: int
    is_tagged: bool = True


@dataclass(frozen=True, slots=True)
class HeldBlob:
    """Bytes that are there, under one digest."""

    digest: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class References:
    """What one manifest refers to: blobs, manifests of an index, the subject of an artifact.

    `subject` is empty where there is none.
    """

    blobs: tuple[bytes, ...] = ()
    children: tuple[bytes, ...] = ()
    subject: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """That a manifest no crawl has seen keeps a blob; `is_tagged`: a tag leads there."""

    digest: bytes
    is_tagged: bool


@dataclass(frozen=True, slots=True)
class Files:
    """Files that are no blobs: how many, and their bytes together."""

    count: int = 0
    size_bytes: int = 0

    def __add__(self, other: Files) -> Files:
        return Files(self.count + other.count, self.size_bytes + other.size_bytes)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A list of a bucket's keys.

    `columns`: what the columns hold, as `Bucket, Key, Size`; empty where the first line
    says so. `prefix`: what stands before `docker/registry/v2` in the keys of the registry;
    None where there is only one.
    """

    path: str
    columns: str = ""
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """The root directory of a registry's filesystem storage."""

    path: str


Source = Folder | Inventory
