"""A registry's storage folder, made by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from auditor.domain.digest import Digest
from auditor.storage.layout import TOP, blob_path


def packed(body: bytes) -> bytes:
    return Digest.of(body).to_bytes()


@dataclass(frozen=True)
class Shelf:
    """`root` is the root directory of the driver."""

    root: Path

    @property
    def top(self) -> Path:
        return self.root / TOP

    def file(self, inner: str, body: bytes) -> Path:
        path = self.root / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def blob(self, body: bytes) -> bytes:
        """Stored bytes; returns their packed digest."""
        digest = packed(body)
        self.file(blob_path(digest), body)
        return digest

    def manifest(self, repository: str, *layers: bytes, tag: str = "") -> bytes:
        """A stored manifest over stored layers, linked in a repository."""
        entries = [{"digest": Digest.from_bytes(layer).text} for layer in layers]
        digest = self.blob(json.dumps({"layers": entries}).encode())
        named = Digest.from_bytes(digest)
        inner = f"{TOP}repositories/{repository}/_manifests"
        link = named.text.encode()
        self.file(f"{inner}/revisions/{named.algorithm}/{named.encoded}/link", link)
        if tag:
            self.file(f"{inner}/tags/{tag}/current/link", link)
        return digest
