"""The database as a crawl sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from auditor.domain.digest import Digest
from auditor.domain.errors import StoreError
from auditor.domain.manifest import Manifest
from auditor.domain.observation import KnownRepository, RepositoryObservation
from auditor.store.engine import Database
from auditor.store.manifest_reads import load_manifests, missing_configs
from auditor.store.recall import known_repository
from auditor.store.state import CrawlMark, save_repositories

Answer = TypeVar("Answer")
Argument = TypeVar("Argument")
Waiting = tuple[RepositoryObservation, "asyncio.Future[None]"]


@dataclass(frozen=True, slots=True)
class StoreSink:
    """Answers a crawl's questions and keeps what it saw; off the event loop, in threads.

    `recheck_after`: how old the last proof of an untagged manifest may grow. `guard` is
    called in every transaction that writes, and raises where this crawl may not any more.
    """

    database: Database
    mark: CrawlMark
    recheck_after: timedelta
    guard: Callable[[Connection], None] = lambda _: None
    _one_writer: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: list[Waiting] = field(default_factory=list)

    async def known_repository(self, repository: str) -> KnownRepository:
        """What is stored about one repository."""
        return await self._read(
            lambda connection: known_repository(
                connection,
                self.mark.registry_id,
                repository,
                now=self.mark.now,
                recheck_after=self.recheck_after,
            )
        )

    async def stored_manifests(self, digests: Collection[Digest]) -> dict[Digest, Manifest]:
        """Those of `digests` whose manifests are stored, layers left out."""
        if not digests:
            return {}
        return await self._read(lambda connection: load_manifests(connection, digests))

    async def missing_configs(self, digests: Collection[Digest]) -> set[Digest]:
        """Those of `digests` that are not stored as image configs."""
        if not digests:
            return set()
        return await self._read(lambda connection: missing_configs(connection, digests))

    async def save_repository(self, observation: RepositoryObservation) -> None:
        """Store what was seen; observations that wait at the same time share a transaction.

        Whoever gets the writer's place saves for all who wait; while it does, the next
        ones gather. One that the database refuses is undone alone.
        """
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((observation, saved))
        async with self._one_writer:
            if not saved.done():
                batch = self._waiting.copy()
                self._waiting.clear()
                await self._save_all(batch)
        await saved

    async def _save_all(self, batch: Sequence[Waiting]) -> None:
        try:
            await _to_its_end(self._save_together, [seen for seen, _ in batch])
            for _, saved in batch:
                saved.set_result(None)
        except StoreError as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for each in batch:
                await self._save_all([each])
        finally:
            for _, saved in batch:
                saved.cancel()

    def _save_together(self, observations: Sequence[RepositoryObservation]) -> None:
        with self.database.writing() as connection:
            self.guard(connection)
            save_repositories(connection, self.mark, observations)

    async def _read(self, query: Callable[[Connection], Answer]) -> Answer:
        def read() -> Answer:
            with self.database.reading() as connection:
                return query(connection)

        return await asyncio.to_thread(read)


async def _to_its_end(work: Callable[[Argument], None], argument: Argument) -> None:
    """Run in a thread; when cancelled, return only once that is over.

    A thread cannot be stopped: its transaction would come after whatever ends the crawl.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, argument))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
