"""A walk from a fake source into a sink that keeps everything in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from auditor.crawler.limits import WalkLimits
from auditor.crawler.ports import CrawlSink, ManifestSource
from auditor.crawler.walk import RegistryWalk
from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import KnownRepository, RepositoryObservation
from tests.fakes.source import FakeSource
from tests.fakes.turns import turn

MANY_TURNS = 40
"""Turns of the event loop in which whatever can go on at once does."""


@dataclass(slots=True)
class MemorySink:
    """Keeps observations and answers from them. `due`: manifests to look for again."""

    known: dict[str, KnownRepository] = field(default_factory=dict)
    manifests: dict[Digest, Manifest] = field(default_factory=dict)
    configs: dict[Digest, ImageConfig] = field(default_factory=dict)
    saved: list[RepositoryObservation] = field(default_factory=list)
    due: set[Digest] = field(default_factory=set)
    on_save: Callable[[RepositoryObservation], None] = lambda _: None

    async def known_repository(self, repository: str) -> KnownRepository:
        await asyncio.sleep(0)
        known = self.known.get(repository, KnownRepository())
        due = self.due & set(known.manifests)
        return KnownRepository(known.tags, known.manifests, frozenset(due))

    async def stored_manifests(self, digests: Collection[Digest]) -> dict[Digest, Manifest]:
        await asyncio.sleep(0)
        return {digest: self.manifests[digest] for digest in digests if digest in self.manifests}

    async def missing_configs(self, digests: Collection[Digest]) -> set[Digest]:
        await asyncio.sleep(0)
        return set(digests) - set(self.configs)

    async def save_repository(self, observation: RepositoryObservation) -> None:
        await asyncio.sleep(0)
        self.on_save(observation)
        self.saved.append(observation)
        self.manifests |= {manifest.digest: manifest for manifest in observation.manifests}
        self.configs |= {config.digest: config for config in observation.configs}
        before = self.known.get(observation.repository, KnownRepository())
        new = sorted(observation.reached - set(before.manifests))
        kept = [digest for digest in before.manifests if digest not in observation.gone]
        tags = dict(observation.tags)
        if not observation.is_complete:
            tags = {**before.tags, **tags}
        self.known[observation.repository] = KnownRepository(tags, (*new, *kept))

    def last(self, repository: str) -> RepositoryObservation:
        """The newest observation of a repository."""
        return next(one for one in reversed(self.saved) if one.repository == repository)

    def of(self, repository: str) -> list[RepositoryObservation]:
        return [one for one in self.saved if one.repository == repository]


@dataclass(slots=True)
class BusySource(FakeSource):
    """Answers late, and remembers how many requests of each kind were under way at once."""

    under_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)

    async def _answer(self, method: str) -> None:
        self.under_way[method] += 1
        self.most[method] = max(self.most[method], self.under_way[method])
        try:
            await turn(MANY_TURNS)
            # Not super(): dataclasses with slots are made anew, and it would miss them.
            await FakeSource._answer(self, method)
        finally:
            self.under_way[method] -= 1


def walk(
    source: ManifestSource,
    sink: CrawlSink,
    *,
    named: Sequence[str] = (),
    limits: WalkLimits | None = None,
    watch: Callable[[], None] = lambda: None,
) -> RegistryWalk:
    """A walk that is over."""
    made = RegistryWalk(source, sink, limits or WalkLimits(), named=named, watch=watch)
    asyncio.run(made.run())
    return made
