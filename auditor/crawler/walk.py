"""Walks a registry: repository by repository, many at once, each failure recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from auditor.crawler.limits import Room, WalkLimits
from auditor.crawler.ports import CrawlSink, ManifestSource
from auditor.crawler.problems import Problems
from auditor.crawler.progress import WalkCounts
from auditor.crawler.repository_walk import RepositoryWalk
from auditor.crawler.side_by_side import task_group
from auditor.domain.errors import (
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.fetched import NamePage, TagList
from auditor.domain.observation import Problem, RegistryCapabilities

_UNREACHABLE_IN_A_ROW = 8
"""Repositories in a row that a silent or overrun registry fails before a crawl gives up."""


@dataclass(slots=True)
class RegistryWalk:
    """One crawl of one registry, from `source` into `sink`.

    `named`: walk these repositories only; empty for the whole catalogue. After `run`,
    also after a cancelled one, the other fields say how far it came. `watch` is called
    whenever a count moved.
    """

    source: ManifestSource
    sink: CrawlSink
    limits: WalkLimits = field(default_factory=WalkLimits)
    named: Sequence[str] = ()
    watch: Callable[[], None] = lambda: None
    counts: WalkCounts = field(default_factory=WalkCounts)
    capabilities: RegistryCapabilities = field(default_factory=RegistryCapabilities)
    found: int = 0
    done: int = 0
    listing_done: bool = False
    _unreachable: int = 0
    _refusals: list[AuthenticationError] = field(default_factory=list)
    _room: Room = field(init=False)
    _problems: Problems = field(init=False)

    def __post_init__(self) -> None:
        self._room = Room(self.limits)
        self._problems = Problems("", self.limits.all_problems)

    @property
    def problems(self) -> list[Problem]:
        """What could not be read so far, repository by repository."""
        return self._problems.all()

    @property
    def room_bytes(self) -> int:
        """Bytes of manifests that wait to be saved now, all repositories together."""
        return self._room.unsaved_bytes

    @property
    def saw_all(self) -> bool:
        """Whether the catalogue was read to its end and every repository visited."""
        return self.listing_done and self.done == self.found

    async def run(self) -> None:
        """Walk everything; a repository that fails becomes a problem.

        Raises RegistryError when there is nothing to walk (no registry, no access, no
        catalogue, or no access to any repository that was named), and when the registry
        stopped answering midway.
        """
        self.capabilities = await self.source.check()
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=self.limits.concurrency * 4)
        async with task_group() as group:
            for _ in range(self.limits.concurrency):
                group.create_task(self._work(queue))
            await self._fill(queue)
        if self.named and len(self._refusals) == self.found:
            raise self._refusals[0]

    async def _fill(self, queue: asyncio.Queue[str | None]) -> None:
        seen: set[str] = set()
        try:
            async for page in self._pages():
                self._note_unusable(page.unusable)
                for name in page.names:
                    if name not in seen:
                        seen.add(name)
                        self.found += 1
                        await queue.put(name)
            self.listing_done = True
        except RegistryError as error:
            if not seen:
                raise
            self._problems.note("", error)
        for _ in range(self.limits.concurrency):
            await queue.put(None)

    def _note_unusable(self, count: int) -> None:
        if count:
            names = "repository has a name" if count == 1 else "repositories have names"
            message = f"{count:,} {names} that cannot be stored or printed; left out"
            self._problems.say(message)

    async def _pages(self) -> AsyncIterator[NamePage]:
        if self.named:
            yield NamePage(tuple(self.named))
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
            room=self._room,
            counts=self.counts,
            watch=self.watch,
        )
        try:
            await self._walk(walk)
            self._unreachable = 0
        except RegistryError as error:
            await self._give_up(walk, error)
        except asyncio.CancelledError:
            await walk.parts.save_what_was_read()
            raise
        finally:
            walk.parts.forget()
            self._problems.add(*walk.problems.all())
        self.done += 1
        self.watch()

    async def _walk(self, walk: RepositoryWalk) -> None:
        """Walk at once where tags are few; else wait for a turn, holding nothing meanwhile."""
        listed = await self._list_tags(walk.name, self.limits.few_tags)
        if not listed.is_cut:
            await walk.run(listed)
            return
        del listed
        async with self._room.large:
            await walk.run(await self._list_tags(walk.name))

    async def _list_tags(self, name: str, most: int | None = None) -> TagList:
        try:
            return await self.source.list_tags(name, most)
        except NotFoundError as error:
            # A catalogue lists repositories whose last tag is gone; to somebody who
            # named it by hand the same answer means that it does not exist. Without an
            # error code it is not the registry that says so: a proxy's page, perhaps.
            if self.named:
                raise _not_there(error) from error
            if not error.code:
                raise
            return TagList()

    async def _is_there(self, walk: RepositoryWalk) -> bool:
        """Whether a repository that somebody named was ever seen; a slip leaves no trace."""
        if walk.has_begun:
            return True
        known = await self.sink.known_repository(walk.name)
        return bool(known.tags or known.manifests)

    async def _give_up(self, walk: RepositoryWalk, error: RegistryError) -> None:
        """Record that a repository failed, and keep what was read of it until then."""
        if isinstance(error, AuthenticationError) and self.named:
            error = _refused(error)
            self._refusals.append(error)
        walk.problems.note("", error)
        if not self.named or await self._is_there(walk):
            await walk.parts.save_what_was_read()
        is_silent = isinstance(error, RegistryUnreachableError | RateLimitedError)
        self._unreachable = self._unreachable + 1 if is_silent else 0
        if self._unreachable >= _UNREACHABLE_IN_A_ROW:
            raise error


def _not_there(error: NotFoundError) -> NotFoundError:
    """What a registry says about a name, to whoever wrote that name."""
    return NotFoundError(
        error.message,
        next_step="check the name: there is no such repository, or it has no tags",
        status=error.status,
        code=error.code,
    )


def _refused(error: AuthenticationError) -> AuthenticationError:
    """A refusal about a name, which at some registries is all that a wrong name gets."""
    step = error.next_step or "check that the user may pull it"
    return AuthenticationError(
        error.message,
        next_step=f"{step}; and check the name: some registries answer so where there is none",
        status=error.status,
        code=error.code,
    )
