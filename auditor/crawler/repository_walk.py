"""Walks one repository: tag -> index -> manifest -> config, each digest once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from auditor.crawler.plan import config_to_read, digests_to_offer, split_into_lanes
from auditor.crawler.ports import CrawlSink, ManifestSource
from auditor.crawler.side_by_side import side_by_side
from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    InvalidManifestError,
    NotFoundError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import (
    KnownRepository,
    Problem,
    RegistryCapabilities,
    RepositoryObservation,
)

PART_MANIFESTS = 500
"""New manifests after which a large repository is saved in part."""

DEPTH_LIMIT = 8
CHILDREN_LIMIT = 10_000
_SIDE_BY_SIDE = 8


@dataclass(slots=True)
class WalkCounts:
    """What a crawl has read so far, all repositories together."""

    tags: int = 0
    manifests: int = 0
    configs: int = 0


@dataclass(slots=True)
class RepositoryWalk:
    """The walk of one repository; `run` saves what it saw, in parts where it is large.

    A manifest or config that cannot be read becomes a problem and the walk goes on; a
    registry that does not answer at all ends it with RegistryUnreachableError.
    """

    name: str
    source: ManifestSource
    sink: CrawlSink
    capabilities: RegistryCapabilities
    ask_referrers: bool
    counts: WalkCounts
    watch: Callable[[], None]
    problems: list[Problem] = field(default_factory=list)
    _known: KnownRepository = field(default_factory=KnownRepository)
    _stored: dict[Digest, Manifest] = field(default_factory=dict)
    _elsewhere: dict[Digest, Manifest | None] = field(default_factory=dict)
    _fetched: list[Digest] = field(default_factory=list)
    _tags: dict[str, Digest | None] = field(default_factory=dict)
    _reached: set[Digest] = field(default_factory=set)
    _unsaved: list[Manifest] = field(default_factory=list)
    _obtaining: dict[Digest, asyncio.Lock] = field(default_factory=dict)
    _configs_asked: set[Digest] = field(default_factory=set)

    async def run(self, tags: Sequence[str]) -> None:
        """Read everything the roots reach; `tags` are all the repository has now."""
        self._known = await self.sink.known_repository(self.name)
        self._stored = await self.sink.stored_manifests(self._known.manifests)
        await side_by_side(self._read_lane, split_into_lanes(tags), at_once=_SIDE_BY_SIDE)
        for descriptor in await self.source.list_untagged(self.name):
            await self._guarded(descriptor.digest.text, self._reach_digest(descriptor.digest, 0))
            await self._save_part_if_due()
        await self._reach_referrers()
        there, gone = await self._recheck()
        configs = await self._read_configs(self._unsaved)
        await self._save(configs, is_complete=True, still_there=there, gone=gone)

    async def _read_lane(self, tags: Iterable[str]) -> None:
        for tag in tags:
            self._tags[tag] = None
            await self._guarded(tag, self._read_tag(tag))
            self.counts.tags += 1
            self.watch()
            await self._save_part_if_due()

    async def _guarded(self, reference: str, reading: Awaitable[None]) -> None:
        """Await one reading; what goes wrong with it alone is recorded and passed by."""
        try:
            await reading
        except RegistryUnreachableError:
            raise
        except RegistryError as error:
            self.problems.append(Problem(self.name, reference, str(error), error.code))

    async def _read_tag(self, tag: str) -> None:
        if self.capabilities.counts_pulls:
            digest = await self._head_tag(tag)
        else:
            digest = await self._get_tag(tag)
        self._tags[tag] = digest
        await self._reach_digest(digest, 0)

    async def _get_tag(self, tag: str) -> Digest:
        offered = digests_to_offer(self._known.tags.get(tag), self._fetched, self._known.manifests)
        answer = await self.source.get_manifest_by_tag(self.name, tag, offered)
        if answer.manifest is not None:
            self._keep(answer.manifest)
            return answer.manifest.digest
        if answer.unchanged is None:
            raise RegistryError(f"{self.name}:{tag}: an answer without a manifest")
        return answer.unchanged

    async def _head_tag(self, tag: str) -> Digest:
        digest = await self.source.head_manifest(self.name, tag)
        if digest is None:
            raise NotFoundError(f"{self.name}:{tag} vanished while it was read")
        return digest

    def _keep(self, manifest: Manifest) -> None:
        if manifest.digest not in self._stored:
            self._stored[manifest.digest] = manifest
            self._unsaved.append(manifest)
            self._fetched.append(manifest.digest)
        self.counts.manifests += 1
        self.watch()

    async def _reach_digest(self, digest: Digest, depth: int) -> None:
        """Note that a root leads here, and go on to what this manifest lists."""
        if digest in self._reached:
            return
        manifest = self._stored.get(digest) or await self._obtain_once(digest)
        if digest in self._reached:
            return  # another lane came here meanwhile
        self._reached.add(digest)
        too_deep = depth >= DEPTH_LIMIT and (manifest.children or manifest.subject)
        if too_deep or len(manifest.children) > CHILDREN_LIMIT:
            raise InvalidManifestError(
                f"{self.name}@{digest.short} is nested too deep or lists too many manifests",
                next_step="what it lists was left out; look at it by hand",
            )
        listed = [  # without a type it may be a manifest: ask
            child.digest
            for child in manifest.children
            if not child.media_type or child.media_type in media_types.MANIFEST_TYPES
        ]
        await self._look_up(listed)
        for child in listed:
            await self._guarded(child.text, self._reach_digest(child, depth + 1))
        if manifest.subject is not None:
            subject = manifest.subject.digest
            await self._guarded(subject.text, self._reach_subject(subject, depth + 1))

    async def _reach_subject(self, digest: Digest, depth: int) -> None:
        """Follow what an artifact is attached to, which need not exist.

        Source: image-spec manifest.md, "subject".
        """
        with contextlib.suppress(NotFoundError):
            await self._reach_digest(digest, depth)

    async def _obtain_once(self, digest: Digest) -> Manifest:
        """As `_obtain`; lanes that want it at the same time wait for the first of them."""
        async with self._obtaining.setdefault(digest, asyncio.Lock()):
            manifest = self._stored.get(digest) or await self._obtain(digest)
        self._obtaining.pop(digest, None)
        return manifest

    async def _obtain(self, digest: Digest) -> Manifest:
        """A manifest not yet known in this repository; its body only if new to us."""
        await self._look_up([digest])
        elsewhere = self._elsewhere[digest]
        if elsewhere is None:
            manifest = await self.source.get_manifest_by_digest(self.name, digest)
            self._keep(manifest)
            return manifest
        if await self.source.head_manifest(self.name, digest.text) is None:
            raise NotFoundError(f"{self.name} lists {digest.short}, which it does not hold")
        self._stored[digest] = elsewhere
        return elsewhere

    async def _look_up(self, digests: Iterable[Digest]) -> None:
        """Ask, for all at once, which manifests new to this repository are stored."""
        new = [d for d in digests if d not in self._stored and d not in self._elsewhere]
        if new:
            found = await self.sink.stored_manifests(new)
            self._elsewhere.update((digest, found.get(digest)) for digest in new)

    async def _reach_referrers(self) -> None:
        """Follow what is attached to the images reached, and what is attached to that."""
        asked: set[Digest] = set()
        while self.ask_referrers and (subjects := self._reached - asked):
            asked |= subjects
            await side_by_side(self._read_referrers, sorted(subjects), at_once=_SIDE_BY_SIDE)

    async def _read_referrers(self, subject: Digest) -> None:
        await self._guarded(subject.text, self._reach_referrers_of(subject))

    async def _reach_referrers_of(self, subject: Digest) -> None:
        referrers = await self.source.list_referrers(self.name, subject)
        await self._look_up(referrer.digest for referrer in referrers)
        for referrer in referrers:
            await self._guarded(referrer.digest.text, self._reach_digest(referrer.digest, 0))

    async def _recheck(self) -> tuple[set[Digest], set[Digest]]:
        """HEAD earlier manifests that nothing points at any more: still there, gone."""
        there: set[Digest] = set()
        gone: set[Digest] = set()

        async def head(digest: Digest) -> None:
            found = await self.source.head_manifest(self.name, digest.text)
            (gone if found is None else there).add(digest)

        async def check(digest: Digest) -> None:
            await self._guarded(digest.text, head(digest))

        due = [
            digest
            for digest in self._known.manifests
            if digest in self._known.due_for_recheck and digest not in self._reached
        ]
        await side_by_side(check, due, at_once=_SIDE_BY_SIDE)
        return there, gone

    async def _read_configs(self, manifests: Iterable[Manifest]) -> list[ImageConfig]:
        """Configs of these images, and of known ones whose config was not readable before."""
        earlier = (self._stored[d] for d in self._reached & set(self._known.manifests))
        wanted = {
            config.digest: config
            for manifest in (*manifests, *earlier)
            if (config := config_to_read(manifest)) is not None
        }
        missing = await self.sink.missing_configs(wanted.keys() - self._configs_asked)
        self._configs_asked |= missing
        configs: list[ImageConfig] = []

        async def get(descriptor: Descriptor) -> None:
            configs.append(await self.source.get_config(self.name, descriptor))
            self.counts.configs += 1
            self.watch()

        async def read(digest: Digest) -> None:
            await self._guarded(digest.text, get(wanted[digest]))

        await side_by_side(read, sorted(missing), at_once=_SIDE_BY_SIDE)
        return configs

    async def _save_part_if_due(self) -> None:
        if len(self._unsaved) < PART_MANIFESTS:
            return
        manifests, self._unsaved = self._unsaved, []
        try:
            configs = await self._read_configs(manifests)
            await self._save_some(manifests, configs)
        except BaseException:
            self._unsaved += manifests
            raise

    async def save_what_was_read(self) -> None:
        """Keep what a walk saw that cannot go on, its problems too; says nothing is absent."""
        if self._unsaved or self.problems:
            await self._save_some(self._unsaved, (), self.problems)

    async def _save_some(
        self,
        manifests: Sequence[Manifest],
        configs: Sequence[ImageConfig],
        problems: Sequence[Problem] = (),
    ) -> None:
        kept = {manifest.digest for manifest in manifests}
        await self.sink.save_repository(
            RepositoryObservation(
                repository=self.name,
                tags={tag: digest for tag, digest in self._tags.items() if digest in kept},
                reached=frozenset(kept),
                manifests=tuple(manifests),
                configs=tuple(configs),
                problems=tuple(problems),
                is_complete=False,
            )
        )

    async def _save(
        self,
        configs: Sequence[ImageConfig],
        *,
        is_complete: bool,
        still_there: set[Digest],
        gone: set[Digest],
    ) -> None:
        await self.sink.save_repository(
            RepositoryObservation(
                repository=self.name,
                tags=dict(self._tags),
                reached=frozenset(self._reached),
                manifests=tuple(self._unsaved),
                configs=tuple(configs),
                still_there=frozenset(still_there),
                gone=frozenset(gone),
                problems=tuple(self.problems),
                is_complete=is_complete,
            )
        )
