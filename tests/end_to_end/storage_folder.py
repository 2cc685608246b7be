"""The figures of a registry, computed from its storage folder alone.

Deliberately shares no code with the program. Layout of the folder: distribution,
registry/storage/paths.go (`repositories/NAME/_manifests/{revisions,tags}`, `blobs/sha256/`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

_IMAGE_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the program has to say about one repository, under its own JSON names."""

    tags: int
    images: int
    logical_bytes: int
    stored_bytes: int
    exclusive_bytes: int
    fair_share_bytes: int


@dataclass(frozen=True)
class StorageFolder:
    """A root directory of docker-registry's filesystem driver.

    `remembered`: digests per repository that no tag leads to and an auditor knows all the
    same, from an earlier crawl.
    """

    root: Path
    remembered: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def base(self) -> Path:
        """Where the driver keeps everything."""
        return self.root / "docker" / "registry" / "v2"

    def blob_path(self, digest: str) -> Path:
        """The file with the bytes of a digest."""
        algorithm, _, hexadecimal = digest.partition(":")
        return self.base / "blobs" / algorithm / hexadecimal[:2] / hexadecimal / "data"

    def revision_link(self, repository: str, digest: str) -> Path:
        """The file that says a repository holds a manifest."""
        algorithm, _, hexadecimal = digest.partition(":")
        revisions = self.base / "repositories" / repository / "_manifests" / "revisions"
        return revisions / algorithm / hexadecimal / "link"

    def size_bytes(self, digest: str) -> int:
        """How many bytes the folder holds for a digest."""
        return self.blob_path(digest).stat().st_size

    def tags(self, repository: str) -> dict[str, str]:
        """Tag to digest."""
        folder = self.base / "repositories" / repository / "_manifests" / "tags"
        links = folder.glob("*/current/link")
        return {link.parent.parent.name: link.read_text().strip() for link in links}

    @cached_property
    def repositories(self) -> tuple[str, ...]:
        """Every repository with a tag or a remembered manifest, in order of name."""
        top = self.base / "repositories"
        names = {str(path.parent.relative_to(top)) for path in top.rglob("_layers")}
        return tuple(sorted(names, key=str.encode))

    @cached_property
    def manifests(self) -> dict[str, frozenset[str]]:
        """Repository to the digests of its reachable manifests."""
        return {name: frozenset(self._reach(name)) for name in self.repositories}

    @cached_property
    def contents(self) -> dict[str, frozenset[str]]:
        """Repository to the digests of all its reachable blobs, manifest bodies included."""
        return {
            name: frozenset().union(*(self._own(digest) for digest in manifests))
            for name, manifests in self.manifests.items()
        }

    @property
    def stored_bytes(self) -> int:
        """Bytes of the whole registry: each reachable digest once, as the disk has it."""
        every = frozenset().union(*self.contents.values())
        return sum(self.size_bytes(digest) for digest in every)

    @property
    def figures(self) -> dict[str, Figures]:
        """Every repository's figures."""
        shares, exclusive = self._shares()
        return {
            name: Figures(
                tags=len(self.tags(name)),
                images=sum(self.is_image(digest) for digest in self.manifests[name]),
                logical_bytes=sum(
                    sum(self.size_bytes(part) for part in self._own(digest))
                    for digest in self.manifests[name]
                ),
                stored_bytes=sum(self.size_bytes(digest) for digest in self.contents[name]),
                exclusive_bytes=exclusive[name],
                fair_share_bytes=shares[name],
            )
            for name in self.repositories
        }

    def document(self, digest: str) -> dict[str, Any]:
        """A stored manifest, decoded."""
        decoded: dict[str, Any] = json.loads(self.blob_path(digest).read_bytes())
        return decoded

    def _reach(self, repository: str) -> Iterator[str]:
        roots = [*self.tags(repository).values(), *self.remembered.get(repository, ())]
        waiting, seen = roots, set[str]()
        while waiting:
            digest = waiting.pop()
            if digest in seen or not self.revision_link(repository, digest).exists():
                continue
            seen.add(digest)
            yield digest
            document = self.document(digest)
            waiting += [child["digest"] for child in document.get("manifests", ())]
            waiting += [document["subject"]["digest"]] if "subject" in document else []

    def _own(self, digest: str) -> frozenset[str]:
        document = self.document(digest)
        if "manifests" in document:
            return frozenset({digest})
        parts = {part["digest"] for part in (document["config"], *document["layers"])}
        return frozenset({digest} | parts)

    def is_image(self, digest: str) -> bool:
        """Whether a stored manifest counts as an image."""
        document = self.document(digest)
        if "manifests" in document or any(
            "in-toto" in part["mediaType"] for part in document["layers"]
        ):
            return False
        return document["config"]["mediaType"] in _IMAGE_CONFIGS

    def _shares(self) -> tuple[dict[str, int], dict[str, int]]:
        """Fair-share and exclusive bytes: the odd bytes of a blob go by name of repository."""
        owners: dict[str, list[str]] = defaultdict(list)
        for name in self.repositories:
            for digest in self.contents[name]:
                owners[digest].append(name)
        shares, exclusive = (dict.fromkeys(self.repositories, 0) for _ in range(2))
        for digest, names in owners.items():
            size = self.size_bytes(digest)
            each, odd = divmod(size, len(names))
            for place, name in enumerate(sorted(names, key=str.encode)):
                shares[name] += each + (place < odd)
            if len(names) == 1:
                exclusive[names[0]] += size
        return shares, exclusive
