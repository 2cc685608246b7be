"""Reads a storage once: blobs and links in order of their digests, other files counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from auditor.domain.holdings import (
    Claim,
    Files,
    Folder,
    HeldBlob,
    Holding,
    HoldingKind,
    KnownBlob,
    References,
    Source,
    Unread,
)
from auditor.domain.reconciliation import PartKind
from auditor.ledger.unseen import claims_of, unknown_digests
from auditor.storage.folder import StorageFolder
from auditor.storage.inventory import InventoryFile
from auditor.storage.sorting import DigestSorter

_UNREAD_SHOWN = 50
_PART_OF = {
    HoldingKind.REVISION: PartKind.BOOKKEEPING,
    HoldingKind.TAG: PartKind.BOOKKEEPING,
    HoldingKind.BOOKKEEPING: PartKind.BOOKKEEPING,
    HoldingKind.UPLOAD: PartKind.UPLOADS,
    HoldingKind.OTHER: PartKind.OTHER,
}


@dataclass(slots=True)
class ReadStorage:
    """What was found; `unread` holds the first fifty of `unread_count` places.

    `folder` is None for an inventory, which lists manifests and does not hold their bodies.
    Memory is flat in blobs, links and tags (see DigestSorter); manifests that no crawl has
    seen take about 150 bytes each while they are asked for.
    """

    blobs: DigestSorter
    revisions: DigestSorter
    tags: DigestSorter
    claims: DigestSorter
    folder: StorageFolder | None = None
    files: dict[PartKind, Files] = field(
        default_factory=lambda: dict.fromkeys(_PART_OF.values(), Files())
    )
    unread: list[Unread] = field(default_factory=list)
    unread_count: int = 0
    bodies_unread: int = 0

    @property
    def files_unread(self) -> int:
        """How many places may hold bytes that were not counted."""
        return self.unread_count - (self.bodies_unread if self.folder else 0)

    def held(self) -> Iterator[HeldBlob]:
        """Every blob, sorted by digest."""
        return (HeldBlob(digest, size_bytes) for digest, size_bytes in self.blobs)

    def claims_unseen_by(self, known: Iterator[KnownBlob]) -> Iterator[Claim]:
        """What manifests that crawls have not seen keep, sorted by digest.

        Their bodies are read from the folder; of an inventory only they themselves are known.
        """
        unseen = set(unknown_digests(known, (digest for digest, _ in self.revisions)))
        tagged = (digest for digest, _ in self.tags)
        for claim in claims_of(unseen, tagged, self._references):
            self.claims.add(claim.digest, int(claim.is_tagged))
        return (Claim(digest, bool(is_tagged)) for digest, is_tagged in self.claims)

    def _references(self, digest: bytes) -> References | None:
        found = self.folder.references(digest) if self.folder else None
        if isinstance(found, References):
            return found
        self.bodies_unread += 1
        if found:
            self._note(found)
        return None

    def take_in(self, entries: Iterator[Holding | Unread]) -> None:
        """Count and sort everything that there is."""
        sorters: dict[HoldingKind, Callable[[bytes, int], None]] = {
            HoldingKind.BLOB: self.blobs.add,
            HoldingKind.REVISION: self.revisions.add,
            HoldingKind.TAG: self.tags.add,
        }
        for entry in entries:
            if isinstance(entry, Unread):
                self._note(entry)
                continue
            if entry.digest:
                is_blob = entry.kind is HoldingKind.BLOB
                sorters[entry.kind](entry.digest, entry.size_bytes if is_blob else 0)
            if part := _PART_OF.get(entry.kind):
                self.files[part] += Files(1, entry.size_bytes)

    def _note(self, unread: Unread) -> None:
        self.unread_count += 1
        if len(self.unread) < _UNREAD_SHOWN:
            self.unread.append(unread)


def read_storage(source: Source, files: ExitStack) -> ReadStorage:
    """All that a folder or an inventory holds; temporary files live as long as `files`.

    Raises UsageError for what is no registry's storage.
    """
    blobs, revisions, tags, claims = (files.enter_context(DigestSorter()) for _ in range(4))
    storage = ReadStorage(blobs, revisions, tags, claims)
    if isinstance(source, Folder):
        storage.folder = StorageFolder.open(source.path)
        storage.take_in(storage.folder.holdings())
    else:
        storage.take_in(InventoryFile(source).holdings())
    return storage
