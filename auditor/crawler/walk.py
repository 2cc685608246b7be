"""Walks a registry: repository by repository, many at once, each failure recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from auditor.crawler.ports import CrawlSink, ManifestSource
from auditor.crawler.repository_walk import RepositoryWalk, WalkCounts
from auditor.crawler.side_by_side import task_group
from auditor.domain.errors import (
    NotFoundError,
    RateLimitedError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.observation import Problem, RegistryCapabilities

_UNREACHABLE_IN_A_ROW = 8
"""Repositories in a row that a silent or overrun registry fails before a crawl gives up."""


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """How much at once, and what to ask for.

    `concurrency`: repositories walked side by side. `ask_referrers`: whether signatures
    and the like attached to images are looked for.
    """

    concurrency: int = 16
    ask_referrers: bool = True


@dataclass(slots=True)
class RegistryWalk:
    """One crawl of one registry, from `source` into `sink`.

    `named`: walk these repositories only; empty for the whole catalogue. After `run`,
    also after a cancelled one, the other fields say how far it came. `watch` is called
    whenever a count moved.
    """

    source: ManifestSource
    sink: CrawlSink
    limits: WalkLimits = WalkLimits()
    named: Sequence[str] = ()
    watch: Callable[[], None] = lambda: None
    counts: WalkCounts = field(default_factory=WalkCounts)
    capabilities: RegistryCapabilities = field(default_factory=RegistryCapabilities)
    problems: list[Problem] = field(default_factory=list)
    found: int = 0
    done: int = 0
    listing_done: bool = False
    _unreachable: int = 0

    @property
    def saw_all(self) -> bool:
        """Whether the catalogue was read to its end and every repository visited."""
        return self.listing_done and self.done == self.found

    async def run(self) -> None:
        """Walk everything; a repository that fails becomes a problem.

        Raises RegistryError when there is nothing to walk (no registry, no access, no
        catalogue), and when the registry stopped answering midway.
        """
        self.capabilities = await self.source.check()
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=self.limits.concurrency * 4)
        async with task_group() as group:
            for _ in range(self.limits.concurrency):
                group.create_task(self._work(queue))
            await self._fill(queue)

    async def _fill(self, queue: asyncio.Queue[str | None]) -> None:
        seen: set[str] = set()
        try:
            async for page in self._pages():
                for name in page:
                    if name not in seen:
                        seen.add(name)
                        self.found += 1
                        await queue.put(name)
            self.listing_done = True
        except RegistryError as error:
            if not seen:
                raise
            self.problems.append(Problem("", "", str(error), error.code))
        for _ in range(self.limits.concurrency):
            await queue.put(None)

    async def _pages(self) -> AsyncIterator[Sequence[str]]:
        if self.named:
            yield self.named
            return
        async for page in self.source.list_repositories():
            yield page

    async def _work(self, queue: asyncio.Queue[str | None]) -> None:
        while (name := await queue.get()) is not None:
            await self._visit(name)

    async def _visit(self, name: str) -> None:
        walk = RepositoryWalk(
            name=name,
            source=self.source,
            sink=self.sink,
            capabilities=self.capabilities,
            ask_referrers=self.limits.ask_referrers
            and self.capabilities.supports_referrers is not False,
            counts=self.counts,
            watch=self.watch,
        )
        try:
            tags = await self._list_tags(name)
            await walk.run(tags)
            self._unreachable = 0
        except RegistryError as error:
            await self._give_up(walk, error)
        except asyncio.CancelledError:
            await walk.save_what_was_read()
            raise
        finally:
            self.problems.extend(walk.problems)
        self.done += 1
        self.watch()

    async def _list_tags(self, name: str) -> tuple[str, ...]:
        try:
            return await self.source.list_tags(name)
        except NotFoundError as error:
            # A catalogue lists repositories whose last tag is gone; to somebody who
            # named it by hand the same answer means that it does not exist. Without an
            # error code it is not the registry that says so: a proxy's page, perhaps.
            if self.named or not error.code:
                raise
            return ()

    async def _give_up(self, walk: RepositoryWalk, error: RegistryError) -> None:
        """Record that a repository failed, and keep what was read of it until then."""
        walk.problems.append(Problem(walk.name, "", str(error), error.code))
        if not (self.named and isinstance(error, NotFoundError)):
            await walk.save_what_was_read()
        is_silent = isinstance(error, RegistryUnreachableError | RateLimitedError)
        self._unreachable = self._unreachable + 1 if is_silent else 0
        if self._unreachable >= _UNREACHABLE_IN_A_ROW:
            raise error
