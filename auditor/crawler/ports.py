"""The two protocols a crawl walks between: a source of manifests and a sink of facts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Protocol

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.fetched import FetchedManifest, NamePage, TagList, TrafficCount
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import (
    KnownRepository,
    RegistryCapabilities,
    RepositoryObservation,
)


class ManifestSource(Protocol):
    """A registry or a layout, read-only. Every method may raise RegistryError."""

    async def check(self) -> RegistryCapabilities:
        """Make sure that a registry answers there and that we may read it."""

    def list_repositories(self) -> AsyncIterator[NamePage]:
        """Pages of repository names, in the registry's order, possibly repeated."""

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        """Every tag, once each, or the first `most`; empty for a repository without tags.

        A listing that fails after its first page says so beside what it brought.
        """

    async def list_untagged(self, repository: str) -> tuple[Descriptor, ...]:
        """Top-level manifests no tag points at; empty where the registry cannot list them."""

    async def list_referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Manifests whose subject is `digest`; empty where unsupported."""

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        """The manifest a tag points at; `known` digests, likeliest first, need no body."""

    async def find_manifest_by_tag(
        self, repository: str, tag: str, before: Digest | None
    ) -> FetchedManifest | None:
        """The digest a tag points at, read without counting as a pull; None if absent.

        `unchanged` holds the digest, `before` or not. Only where the registry does not tell
        it that way is the manifest fetched, once, unless it is still `before`.
        """

    async def get_manifest_by_digest(self, repository: str, digest: Digest) -> Manifest:
        """The manifest with this digest, its bytes verified."""

    async def head_manifest(self, repository: str, reference: str) -> Digest | None:
        """The digest of a manifest by tag or digest without its body; None if absent.

        Raises ProtocolError where the registry does not say the digest.
        """

    async def get_config(self, repository: str, descriptor: Descriptor) -> ImageConfig:
        """The image config with this descriptor's digest, its bytes verified."""

    async def head_blob(self, repository: str, digest: Digest) -> int | None:
        """The stored size of a blob in bytes, None if absent."""

    def traffic(self) -> TrafficCount:
        """Requests and bytes so far."""


class CrawlSink(Protocol):
    """Where a crawl puts what it saw, and asks what is known already.

    Called from the event loop; an implementation that blocks moves itself to a thread.
    """

    async def known_repository(self, repository: str) -> KnownRepository:
        """What is stored about one repository."""

    async def stored_manifests(self, digests: Collection[Digest]) -> dict[Digest, Manifest]:
        """Those of `digests` whose manifests are stored, with kind, children and subject."""

    async def missing_configs(self, digests: Collection[Digest]) -> set[Digest]:
        """Those of `digests` that are not stored as image configs."""

    async def save_repository(self, observation: RepositoryObservation) -> None:
        """Store what was seen of one repository, all of it or nothing.

        Large repositories arrive in parts: those with `is_complete` false only add.
        """
