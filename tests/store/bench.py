"""A prepared database, and crawls of it without a crawler: only what the store is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import DeclarativeBase

from auditor.domain.observation import (
    CrawlOutcome,
    RegistryCapabilities,
    RepositoryObservation,
    StorageScope,
)
from auditor.domain.platform import Platform
from auditor.domain.units import Price
from auditor.domain.views import RankBy, RankingRow, RankQuery, Totals
from auditor.store import ranking_reads
from auditor.store.crawls import CrawlEnd, begin_crawl, finish_crawl
from auditor.store.engine import Connection, Database
from auditor.store.removals import Removals
from auditor.store.state import CrawlMark, save_repositories
from tests.store.things import AMD64, day

NAME = "registry.example"
DOLLAR = Price(Decimal(1), "USD")
BY_NAME = RankQuery(by=RankBy.NAME, ascending=True)


def one_price(_registry: str) -> Price:
    """A dollar per GB and month, everywhere."""
    return DOLLAR


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it went to the database, and how many values it bound at once."""

    sql: str
    parameters: int


@dataclass(frozen=True, slots=True)
class Bench:
    """One empty, prepared database."""

    database: Database

    def begin(
        self,
        *,
        at: float = 0,
        registry: str = NAME,
        scope: StorageScope = StorageScope.REGISTRY,
        platform: Platform = AMD64,
    ) -> CrawlMark:
        """Open a crawl so many days after the first one."""
        with self.database.writing() as connection:
            return begin_crawl(connection, registry, scope=scope, platform=platform, now=day(at))

    def save(self, mark: CrawlMark, *observations: RepositoryObservation) -> None:
        with self.database.writing() as connection:
            save_repositories(connection, mark, observations)

    def finish(self, mark: CrawlMark, **changes: Any) -> Removals:
        """Close a crawl: a complete one of the whole catalogue unless told otherwise."""
        with self.database.writing() as connection:
            return finish_crawl(connection, mark, end_of(mark, **changes)).removals

    def crawl(
        self,
        *observations: RepositoryObservation,
        at: float = 0,
        registry: str = NAME,
        scope: StorageScope = StorageScope.REGISTRY,
        **changes: Any,
    ) -> Removals:
        """A whole crawl that sees these repositories and no others."""
        platform = changes.get("platform", AMD64)
        mark = self.begin(at=at, registry=registry, scope=scope, platform=platform)
        self.save(mark, *observations)
        return self.finish(mark, **changes)

    def ranking(self, query: RankQuery = BY_NAME) -> tuple[RankingRow, ...]:
        with self.database.reading() as connection:
            return ranking_reads.load_ranking(connection, query, one_price)

    def row(self, repository: str) -> RankingRow:
        """The only row of this name."""
        (found,) = (row for row in self.ranking() if row.repository == repository)
        return found

    def sizes(self, repository: str) -> tuple[int, int, int, int]:
        """Logical, stored, exclusive and fair-share bytes."""
        sizes = self.row(repository).sizes
        return (
            sizes.logical_bytes,
            sizes.stored_bytes,
            sizes.exclusive_bytes,
            sizes.fair_share_bytes,
        )

    def totals(self, registry: str = "") -> Totals:
        with self.database.reading() as connection:
            return ranking_reads.load_totals(connection, registry, one_price)

    def table(self, row_class: type[DeclarativeBase], *order: str) -> list[dict[str, Any]]:
        """Every row of a table, sorted by these columns or by its key."""
        table = row_class.__table__
        columns = [table.c[name] for name in order] or list(table.primary_key)
        with self.database.reading() as connection:
            rows = connection.execute(select(table).order_by(*columns))
            return [dict(row) for row in rows.mappings()]

    def change(self, row_class: type[DeclarativeBase], **values: Any) -> None:
        """Write these values into every row of a table."""
        with self.database.writing() as connection:
            connection.execute(row_class.__table__.update().values(**values))  # type: ignore[attr-defined]

    @contextmanager
    def statements(self) -> Iterator[list[Statement]]:
        """Everything the database is told inside the block, transactions aside."""
        heard: list[Statement] = []

        def hear(
            _connection: Connection,
            _cursor: object,
            sql: str,
            parameters: Any,
            _context: object,
            many: bool,
        ) -> None:
            first = parameters[0] if many else parameters
            heard.append(Statement(sql, len(first or ())))

        event.listen(self.database.engine, "before_cursor_execute", hear)
        try:
            yield heard
        finally:
            event.remove(self.database.engine, "before_cursor_execute", hear)


def end_of(mark: CrawlMark, **changes: Any) -> CrawlEnd:
    """The end of a complete crawl that removes whatever it is sure of."""
    fields: dict[str, Any] = {
        "outcome": CrawlOutcome.COMPLETE,
        "finished_at": mark.now,
        "saw_all": True,
        "lists_repositories": True,
        "capabilities": RegistryCapabilities(lists_untagged=True),
        "platform": AMD64,
        "repositories": 0,
        "tags": 0,
        "requests": 0,
        "bytes_fetched": 0,
        "problems": (),
        "guard_ratio": 1.0,
        "accept_removals": False,
    }
    return CrawlEnd(**(fields | changes))
