"""The database as a crawl sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest
from auditor.domain.observation import KnownRepository, RepositoryObservation
from auditor.store.engine import Database
from auditor.store.manifest_reads import load_manifests, missing_configs
from auditor.store.state import CrawlMark, known_repository, save_repository

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class StoreSink:
    """Answers a crawl's questions and keeps what it saw; off the event loop, in threads.

    `recheck_after`: how old the last proof of an untagged manifest may grow.
    """

    database: Database
    mark: CrawlMark
    recheck_after: timedelta
    _one_writer: asyncio.Lock = field(default_factory=asyncio.Lock)

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
        """Store what was seen, in one transaction."""

        def save() -> None:
            with self.database.writing() as connection:
                save_repository(connection, self.mark, observation)

        async with self._one_writer:
            await asyncio.to_thread(save)

    async def _read(self, query: Callable[[Connection], Answer]) -> Answer:
        def read() -> Answer:
            with self.database.reading() as connection:
                return query(connection)

        return await asyncio.to_thread(read)
