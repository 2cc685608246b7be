"""A registry in memory behind the crawl's own protocol, with faults on request."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import NotFoundError, RegistryError, RegistryUnreachableError
from auditor.domain.fetched import FetchedManifest, NamePage, TagList, TrafficCount
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import RegistryCapabilities
from tests.oracles.model import Registry, Repository

Item = TypeVar("Item")


@dataclass(slots=True)
class Faults:
    """What does not work. `offline`: nothing does. `catalogue_ends_after`: pages before a failure.

    `vanished`: manifests that are listed or tagged, but answer 404.
    """

    offline: bool = False
    catalogue_ends_after: int | None = None
    repositories: set[str] = field(default_factory=set)
    tags: set[tuple[str, str]] = field(default_factory=set)
    manifests: set[Digest] = field(default_factory=set)
    vanished: set[Digest] = field(default_factory=set)
    configs: set[Digest] = field(default_factory=set)
    referrers: set[str] = field(default_factory=set)


@dataclass(slots=True)
class FakeSource:
    """Answers as a `ManifestSource` from `registry`, which may be exchanged between crawls.

    `order`: a seed that shuffles every listing and lets concurrent answers overtake one
    another; None keeps sorted order. `page_size` repositories come at a time, and with
    `repeats_pages` the last one of a page comes again on the next. `asked` counts
    requests by method name; `bodies` the manifests and configs transferred;
    `blob_sizes` is what HEAD of a blob tells.
    """

    registry: Registry
    capabilities: RegistryCapabilities = field(
        default_factory=lambda: RegistryCapabilities(supports_referrers=True)
    )
    faults: Faults = field(default_factory=Faults)
    order: int | None = None
    page_size: int = 2
    repeats_pages: bool = False
    blob_sizes: Mapping[Digest, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    bodies: Counter[Digest] = field(default_factory=Counter)
    not_modified: int = 0
    bytes_received: int = 0

    async def check(self) -> RegistryCapabilities:
        await self._answer("check")
        return self.capabilities

    async def list_repositories(self) -> AsyncIterator[NamePage]:
        names = self._shuffled(self.registry.repositories)
        back = 1 if self.repeats_pages else 0
        for page, start in enumerate(range(0, max(len(names), 1), self.page_size)):
            await self._answer("list_repositories")
            if self.faults.catalogue_ends_after == page:
                raise RegistryUnreachableError("the catalogue ended in an error", status=502)
            yield NamePage(tuple(names[max(start - back, 0) : start + self.page_size]))

    async def list_tags(self, repository: str, most: int | None = None) -> TagList:
        await self._answer("list_tags")
        tags = tuple(self._shuffled(self._repository(repository).tags))
        is_cut = most is not None and len(tags) > most
        return TagList(tags[:most] if is_cut else tags, is_cut=is_cut)

    async def list_untagged(self, repository: str) -> tuple[Descriptor, ...]:
        if not self.capabilities.lists_untagged:
            return ()
        await self._answer("list_untagged")
        return self._described(self._repository(repository).top_level(self.registry.manifests))

    async def list_referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        await self._answer("list_referrers")
        if repository in self.faults.referrers:
            raise RegistryError(f"no referrers of {repository}", status=500)
        if self.capabilities.supports_referrers is False:
            return ()
        held = self._repository(repository).held
        return self._described(one for one in held if self._subject(one) == digest)

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        await self._answer("get_manifest_by_tag")
        digest = self._tagged(repository, tag)
        if digest in known:
            self.not_modified += 1
            return FetchedManifest(unchanged=digest)
        return FetchedManifest(manifest=self._transfer(repository, digest))

    async def find_manifest_by_tag(
        self, repository: str, tag: str, before: Digest | None
    ) -> FetchedManifest | None:
        digest = await self.head_manifest(repository, tag)
        return None if digest is None else FetchedManifest(unchanged=digest)

    async def get_manifest_by_digest(self, repository: str, digest: Digest) -> Manifest:
        await self._answer("get_manifest_by_digest")
        return self._transfer(repository, digest)

    async def head_manifest(self, repository: str, reference: str) -> Digest | None:
        await self._answer("head_manifest")
        held = self._repository(repository).held - self.faults.vanished
        if ":" in reference:
            digest = Digest.parse(reference)
            return digest if digest in held else None
        try:
            digest = self._tagged(repository, reference)
        except NotFoundError:
            return None
        return digest if digest in held else None

    async def get_config(self, repository: str, descriptor: Descriptor) -> ImageConfig:
        await self._answer("get_config")
        digest = descriptor.digest
        if digest in self.faults.configs:
            raise RegistryError(f"config {digest.short} failed", status=500)
        configs = {
            manifest.config.digest
            for held in self._repository(repository).held
            if (manifest := self.registry.manifests[held]).config is not None
        }
        if digest not in configs or digest not in self.registry.configs:
            raise NotFoundError(f"no blob {digest.short} in {repository}", status=404)
        config = self.registry.configs[digest]
        self._count_body(digest, config.size_bytes)
        return config

    async def head_blob(self, repository: str, digest: Digest) -> int | None:
        await self._answer("head_blob")
        self._repository(repository)
        return self.blob_sizes.get(digest)

    def traffic(self) -> TrafficCount:
        return TrafficCount(self.asked.total(), self.bytes_received)

    def forget_counts(self) -> None:
        """Start counting anew, as for another crawl."""
        self.asked.clear()
        self.bodies.clear()
        self.not_modified = self.bytes_received = 0

    async def _answer(self, method: str) -> None:
        self.asked[method] += 1
        turns = 1 if self.order is None else self._random().randrange(5)
        for _ in range(turns):
            await asyncio.sleep(0)
        if self.faults.offline:
            raise RegistryUnreachableError("the registry does not answer")

    def _random(self) -> random.Random:
        return random.Random(f"{self.order} {self.asked.total()}")  # noqa: S311 - repeatable

    def _shuffled(self, items: Collection[Item]) -> list[Item]:
        ordered = sorted(items, key=str)
        if self.order is not None:
            self._random().shuffle(ordered)
        return ordered

    def _repository(self, name: str) -> Repository:
        if name in self.faults.repositories:
            raise RegistryError(f"{name} failed", status=500)
        if name not in self.registry.repositories:
            raise NotFoundError(f"no repository {name}", status=404, code="NAME_UNKNOWN")
        return self.registry.repositories[name]

    def _tagged(self, repository: str, tag: str) -> Digest:
        tags = self._repository(repository).tags
        if (repository, tag) in self.faults.tags:
            raise RegistryError(f"{repository}:{tag} failed", status=500)
        if tag not in tags:
            raise NotFoundError(f"no tag {tag}", status=404, code="MANIFEST_UNKNOWN")
        return tags[tag]

    def _transfer(self, repository: str, digest: Digest) -> Manifest:
        if digest in self.faults.manifests:
            raise RegistryError(f"manifest {digest.short} failed", status=500)
        if digest not in self._repository(repository).held - self.faults.vanished:
            raise NotFoundError(f"no manifest {digest.short}", status=404, code="MANIFEST_UNKNOWN")
        manifest = self.registry.manifests[digest]
        self._count_body(digest, manifest.size_bytes)
        return manifest

    def _count_body(self, digest: Digest, size_bytes: int) -> None:
        self.bodies[digest] += 1
        self.bytes_received += size_bytes

    def _subject(self, digest: Digest) -> Digest | None:
        subject = self.registry.manifests[digest].subject
        return subject.digest if subject else None

    def _described(self, digests: Iterable[Digest]) -> tuple[Descriptor, ...]:
        chosen = self._shuffled(frozenset(digests))
        manifests = [self.registry.manifests[digest] for digest in chosen]
        return tuple(
            Descriptor(one.media_type, one.digest, one.size_bytes, artifact_type=one.artifact_type)
            for one in manifests
        )
