"""Walks one repository: tag -> index -> manifest -> config, each digest once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from auditor.crawler.limits import LANES, Room, WalkLimits
from auditor.crawler.nodes import LEAF, Node, node_of
from auditor.crawler.parts import Parts
from auditor.crawler.plan import (
    OFFERED_DIGESTS,
    chosen_tags,
    config_to_read,
    digests_to_offer,
    split_into_lanes,
)
from auditor.crawler.ports import CrawlSink, ManifestSource
from auditor.crawler.problems import Problems
from auditor.crawler.progress import WalkCounts
from auditor.crawler.side_by_side import side_by_side
from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidManifestError, NotFoundError, RegistryError
from auditor.domain.fetched import FetchedManifest, TagList
from auditor.domain.manifest import Manifest
from auditor.domain.observation import KnownRepository, RegistryCapabilities

_KNOWN_AT_ONCE = 2000


@dataclass(slots=True)
class RepositoryWalk:
    """The walk of one repository; `run` saves what it saw, in parts where it is large.

    A manifest or config that cannot be read becomes a problem and the walk goes on; a
    registry that does not answer at all ends it with RegistryUnreachableError. What is
    behind the limits is left out, and a problem.
    """

    name: str
    source: ManifestSource
    sink: CrawlSink
    capabilities: RegistryCapabilities
    room: Room
    counts: WalkCounts
    watch: Callable[[], None]
    problems: Problems = field(init=False)
    parts: Parts = field(init=False)
    has_begun: bool = False
    _known: KnownRepository = field(default_factory=KnownRepository)
    _nodes: dict[Digest, Node] = field(default_factory=dict)
    _elsewhere: dict[Digest, Node | None] = field(default_factory=dict)
    _fetched: deque[Digest] = field(default_factory=lambda: deque(maxlen=OFFERED_DIGESTS))
    _tags: dict[str, Digest | None] = field(default_factory=dict)
    _reached: set[Digest] = field(default_factory=set)
    _most_nodes: int = 0
    _asked: int = 0
    _is_over: bool = False
    _obtaining: dict[Digest, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.problems = Problems(self.name, self.limits.problems)
        self.parts = Parts(
            name=self.name,
            source=self.source,
            sink=self.sink,
            room=self.room,
            counts=self.counts,
            watch=self.watch,
            problems=self.problems,
            tags=self._tags,
            reached=self._reached,
        )

    @property
    def limits(self) -> WalkLimits:
        """Where to stop."""
        return self.room.limits

    async def run(self, listed: TagList) -> None:
        """Read everything the roots reach; `listed` are the tags the repository has now."""
        self.has_begun = True
        self._note_what_is_not_listed(listed)
        is_small = len(listed.tags) <= self.limits.few_tags
        self._most_nodes = self.limits.nodes // 3 if is_small else self.limits.nodes
        await self._recall()
        chosen = chosen_tags(listed.tags, self.limits.tags)
        await side_by_side(self._read_lane, split_into_lanes(chosen), at_once=LANES)
        left = await self._leave_as_they_were(set(listed.tags).difference(chosen))
        if not self.limits.tags:
            await self._read_untagged()
        await self._reach_referrers(left)
        there, gone = await self._recheck()
        is_complete = listed.failure is None
        await self.parts.save_whole(
            is_complete=is_complete,
            is_limited=len(chosen) < len(listed.tags),
            still_there=there,
            gone=gone,
        )

    async def _leave_as_they_were(self, left_out: Iterable[str]) -> set[Digest]:
        """Note that tags outside the globs are there still, where they are known.

        They are listed, so they are no removal; where they point to was not asked. What only
        they reach.
        """
        before = set(self._reached)
        for tag in self._known.tags.keys() & left_out:
            self._tags[tag] = None
            digest = self._known.tags[tag]
            if digest in self._nodes:
                await self._read_root(tag, self._reach_digest(digest, 0))
        return self._reached - before

    async def _read_untagged(self) -> None:
        for descriptor in await self.source.list_untagged(self.name):
            await self._read_root(descriptor.digest.text, self._reach_digest(descriptor.digest, 0))

    def _note_what_is_not_listed(self, listed: TagList) -> None:
        if listed.failure is not None:
            self.problems.note("", listed.failure)
        if listed.unusable:
            names = "tag has a name" if listed.unusable == 1 else "tags have names"
            self.problems.say(
                f"{listed.unusable:,} {names} that cannot be stored or printed; left out"
            )

    async def _recall(self) -> None:
        """Load what is known here, and of it only what the walk goes by."""
        self._known = await self.sink.known_repository(self.name)
        known = iter(self._known.manifests)
        while some := tuple(islice(known, _KNOWN_AT_ONCE)):
            stored = await self.sink.stored_manifests(some)
            self._nodes.update((digest, node_of(stored[digest])) for digest in stored)
            configs = {one.digest: config_to_read(one) for one in stored.values()}
            wanted = {one.digest for one in configs.values() if one is not None}
            missing = await self.sink.missing_configs(wanted)
            self.parts.unread_configs.update(
                (digest, config)
                for digest, config in configs.items()
                if config is not None and config.digest in missing
            )

    async def _read_lane(self, tags: Iterable[str]) -> None:
        for tag in tags:
            self._tags[tag] = None
            if not self._is_over:
                await self._read_root(tag, self._read_tag(tag))
            self.counts.tags += 1
            self.watch()

    async def _read_root(self, reference: str, reading: Coroutine[Any, Any, None]) -> None:
        """Await a reading and save what is due, before anybody reads more instead."""
        try:
            async with self.room.readings:
                await self.problems.guarded(reference, reading)
                await self.parts.save_if_due()
        finally:
            reading.close()  # where a cancelled walk never came to it

    async def _read_tag(self, tag: str) -> None:
        if self.capabilities.counts_pulls:
            digest = await self._find_tag(tag)
        else:
            digest = await self._get_tag(tag)
        self._tags[tag] = digest
        await self._reach_digest(digest, 0)
        if self._is_over and digest not in self._reached:
            self._tags[tag] = None

    async def _get_tag(self, tag: str) -> Digest:
        offered = digests_to_offer(self._known.tags.get(tag), self._fetched, self._known.manifests)
        return self._taken(tag, await self.source.get_manifest_by_tag(self.name, tag, offered))

    async def _find_tag(self, tag: str) -> Digest:
        """As `_get_tag`, without a body where the registry tells the digest without one."""
        before = self._known.tags.get(tag)
        answer = await self.source.find_manifest_by_tag(self.name, tag, before)
        if answer is None:
            raise NotFoundError(f"{self.name}:{tag} vanished while it was read")
        return self._taken(tag, answer)

    def _taken(self, tag: str, answer: FetchedManifest) -> Digest:
        if answer.manifest is not None:
            self._keep(answer.manifest)
            return answer.manifest.digest
        if answer.unchanged is None:
            raise RegistryError(f"{self.name}:{tag}: an answer without a manifest")
        return answer.unchanged

    def _keep(self, manifest: Manifest) -> None:
        if manifest.digest not in self._nodes:
            self._nodes[manifest.digest] = node_of(manifest)
            self._fetched.append(manifest.digest)
            self.parts.keep(manifest)
        self.counts.manifests += 1
        self.watch()

    async def _reach_digest(self, digest: Digest, depth: int) -> None:
        """Note that a root leads here, and go on to what this manifest lists."""
        if digest in self._reached or self._is_over_limit():
            return
        node = self._nodes.get(digest) or await self._obtain_once(digest)
        if digest in self._reached:
            return  # another lane came here meanwhile
        self._reached.add(digest)
        if node is LEAF:
            return
        if depth >= self.limits.depth or len(node.listed) > self.limits.children:
            raise InvalidManifestError(
                f"{self.name}@{digest.short} is nested too deep or lists too many manifests",
                next_step="what it lists was left out; look at it by hand",
            )
        await self._look_up(node.listed)
        for child in node.listed:
            await self.problems.guarded(child.text, self._reach_digest(child, depth + 1))
            await self.parts.save_if_due()
        if node.subject is not None:
            await self.problems.guarded(
                node.subject.text, self._reach_subject(node.subject, depth + 1)
            )

    def _is_over_limit(self) -> bool:
        """Whether no more manifests are followed here; a problem, the first time."""
        # What cannot be read costs a request and is never reached.
        if max(len(self._reached), self._asked) >= self._most_nodes and not self._is_over:
            self._is_over = True
            self.problems.say(
                f"more than {self._most_nodes:,} manifests hang together here; the rest was left out"
            )
        return self._is_over

    async def _reach_subject(self, digest: Digest, depth: int) -> None:
        """Follow what an artifact is attached to, which need not exist.

        Source: image-spec manifest.md, "subject".
        """
        with contextlib.suppress(NotFoundError):
            await self._reach_digest(digest, depth)

    async def _obtain_once(self, digest: Digest) -> Node:
        """As `_obtain`; lanes that want it at the same time wait for the first of them."""
        try:
            async with self._obtaining.setdefault(digest, asyncio.Lock()):
                return self._nodes.get(digest) or await self._obtain(digest)
        finally:
            self._obtaining.pop(digest, None)

    async def _obtain(self, digest: Digest) -> Node:
        """A manifest not yet known in this repository; its body only if new to us."""
        self._asked += 1
        await self._look_up([digest])
        elsewhere = self._elsewhere.pop(digest)
        if elsewhere is None:
            manifest = await self.source.get_manifest_by_digest(self.name, digest)
            self._keep(manifest)
            return self._nodes[digest]
        if await self.source.head_manifest(self.name, digest.text) is None:
            raise NotFoundError(f"{self.name} lists {digest.short}, which it does not hold")
        self._nodes[digest] = elsewhere
        return elsewhere

    async def _look_up(self, digests: Iterable[Digest]) -> None:
        """Ask, for all at once, which manifests new to this repository are stored."""
        new = [d for d in digests if d not in self._nodes and d not in self._elsewhere]
        if new:
            found = await self.sink.stored_manifests(new)
            nodes = {digest: node_of(manifest) for digest, manifest in found.items()}
            self._elsewhere.update((digest, nodes.get(digest)) for digest in new)

    async def _reach_referrers(self, left: set[Digest]) -> None:
        """Follow what is attached to the images reached, and what is attached to that.

        Not what is attached to those `left` as they were.
        """
        can_ask = self.limits.ask_referrers and self.capabilities.supports_referrers is not False
        asked = set(left)
        for _ in range(self.limits.referrer_depth if can_ask else 0):
            if not (subjects := self._reached - asked):
                return
            asked |= subjects
            await side_by_side(self._read_referrers, sorted(subjects), at_once=LANES)
        if can_ask and self._reached - asked:
            self.problems.say(
                "signatures and the like hang on one another more than "
                f"{self.limits.referrer_depth} levels deep; the rest was left out"
            )

    async def _read_referrers(self, subject: Digest) -> None:
        if not self._is_over:
            await self._read_root(subject.text, self._reach_referrers_of(subject))

    async def _reach_referrers_of(self, subject: Digest) -> None:
        referrers = await self.source.list_referrers(self.name, subject)
        await self._look_up(referrer.digest for referrer in referrers)
        for referrer in referrers:
            await self.problems.guarded(
                referrer.digest.text, self._reach_digest(referrer.digest, 0)
            )
            await self.parts.save_if_due()

    async def _recheck(self) -> tuple[set[Digest], set[Digest]]:
        """HEAD earlier manifests that nothing points at any more: still there, gone."""
        there: set[Digest] = set()
        gone: set[Digest] = set()

        async def head(digest: Digest) -> None:
            found = await self.source.head_manifest(self.name, digest.text)
            (gone if found is None else there).add(digest)

        async def check(digest: Digest) -> None:
            await self.problems.guarded(digest.text, head(digest))

        aged = (one for one in self._known.manifests if one in self._known.due_for_recheck)
        due = (one for one in (*aged, *self._known.before_removal) if one not in self._reached)
        await side_by_side(check, list(due), at_once=LANES)
        return there, gone
