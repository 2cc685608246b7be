"""What one repository of the sample registry holds, and what its listings show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from auditor.sample.artifacts import Artifact
from auditor.sample.documents import Document, ImageDocuments, Json


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob's true size; `body` is None where the contents are not shipped."""

    size_bytes: int
    body: bytes | None = None


@dataclass(slots=True)
class Repository:
    """Everything that can be asked by digest, and the tags of today.

    `tagged_moments` holds, for manifests of the history, the first and last moment number
    at which a tag named them.
    """

    name: str
    tags: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, Document] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    referrers: dict[str, list[Json]] = field(default_factory=dict)
    tagged_moments: dict[str, tuple[int, int]] = field(default_factory=dict)

    def hold_image(self, image: ImageDocuments) -> None:
        """Put a manifest, its config and its layers on the shelf."""
        self.manifests[image.manifest.digest] = image.manifest
        self.blobs[image.config.digest] = Blob(len(image.config.body), image.config.body)
        for layer in image.layers:
            self.blobs[layer.digest.text] = Blob(layer.size_bytes)

    def hold_artifact(self, artifact: Artifact) -> None:
        """Put an artifact and its blobs on the shelf."""
        self.manifests[artifact.manifest.digest] = artifact.manifest
        for document in artifact.blobs:
            self.blobs[document.digest] = Blob(len(document.body), document.body)
        for digest, size_bytes in artifact.absent_blobs:
            self.blobs.setdefault(digest, Blob(size_bytes))

    def hold_tagged(self, tag: str, artifact: Artifact) -> None:
        """Put an artifact on the shelf under a tag."""
        self.hold_artifact(artifact)
        self.tags[tag] = artifact.manifest.digest

    def tagged(self, tag: str) -> Document:
        """The manifest that a tag of today names; raises KeyError."""
        return self.manifests[self.tags[tag]]


@dataclass(frozen=True, slots=True)
class State:
    """What listings show at one moment: repositories and, by repository, tags to digests.

    `moment_number` is None for the snapshot.
    """

    moment_number: int | None
    repositories: tuple[str, ...]
    tags: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, moment_number: int | None, tags: Mapping[str, Mapping[str, str]]) -> Self:
        """A state with everything in order of name."""
        ordered = {name: dict(sorted(named.items())) for name, named in sorted(tags.items())}
        return cls(moment_number, tuple(ordered), ordered)
