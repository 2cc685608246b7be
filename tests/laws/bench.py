"""Crawls a made-up registry into a real database and reads the figures back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import inspect

from auditor.domain.ledger import ByteTime, Period
from auditor.domain.observation import CrawlReport, StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.domain.reference import RegistryAddress
from auditor.domain.views import RankBy, Ranking, RankQuery
from auditor.store import usage_reads
from auditor.store.engine import Database
from auditor.usecases.browse import Browse
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, crawl_source
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices
from tests.fakes.source import FakeSource
from tests.oracles.sizes import RegistrySizes, RepositorySizes
from tests.servers.postgres import emptying

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
NAME = "registry.example"
# No crawl of these tests is guarded, and whatever lost its last root is due a week later.
LIMITS = CrawlLimits(guard_ratio=1.0)


@dataclass(slots=True)
class Bench:
    """One prepared database for many examples, each on empty tables.

    Crawls happen eight days after one another: longer than the pace of rechecks.
    """

    database: Database
    crawls: int = 0

    @classmethod
    def on(cls, database_url: str) -> Bench:
        return cls(prepare_database(database_url))

    @property
    def examples(self) -> int:
        """How many examples a law is tried on: fewer where each costs more."""
        return 40 if self.database.is_sqlite else 15

    def clear(self) -> Bench:
        """Empty every table but the schema's revision."""
        tables = set(inspect(self.database.engine).get_table_names()) - {"alembic_version"}
        with self.database.writing() as connection:
            if self.database.is_sqlite:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                for table in tables:
                    connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our names
            else:
                connection.exec_driver_sql(emptying(tables))
        self.crawls = 0
        return self

    def crawl(self, source: FakeSource, scope: StorageScope) -> CrawlReport:
        now = START + timedelta(days=8 * self.crawls)
        self.crawls += 1
        return asyncio.run(
            crawl_source(
                database=self.database,
                source=source,
                target=CrawlTarget(RegistryAddress.parse(NAME), scope),
                limits=LIMITS,
                now=now,
                listener=lambda _progress: None,
            )
        )

    def ranking(self, at: datetime | None = None) -> Ranking:
        browse = Browse(self.database, Prices(), DEFAULT_PLATFORM)
        return browse.rank(RankQuery(by=RankBy.NAME, ascending=True, at=at))

    def byte_time(self, period: Period, *, now: datetime) -> tuple[dict[str, ByteTime], ByteTime]:
        """What each repository kept, and what the registry did."""
        with self.database.reading() as connection:
            (registry,) = usage_reads.load_known_registries(connection, period)
            each = usage_reads.iterate_byte_time(connection, registry.id, period, now=now)
            whole = usage_reads.load_registry_byte_time(connection, registry.id, period, now=now)
            return dict(each), whole

    def moments(self) -> list[datetime]:
        """When each crawl so far happened."""
        return [START + timedelta(days=8 * number) for number in range(self.crawls)]


def as_sizes(ranking: Ranking) -> dict[str, RepositorySizes]:
    """The rows of a ranking as the oracle states them."""
    return {
        row.repository: RepositorySizes(
            tags=row.tags,
            images=row.images,
            logical_bytes=row.sizes.logical_bytes,
            stored_bytes=row.sizes.stored_bytes,
            exclusive_bytes=row.sizes.exclusive_bytes,
            fair_share_bytes=row.sizes.fair_share_bytes,
        )
        for row in ranking.rows
    }


def check_against(ranking: Ranking, expected: RegistrySizes) -> None:
    """Fail unless every figure is the oracle's, and the laws hold among them."""
    assert as_sizes(ranking) == expected.repositories
    totals = ranking.totals
    assert (totals.repositories, totals.tags, totals.images) == (
        len(expected.repositories),
        expected.tags,
        expected.images,
    )
    assert (totals.logical_bytes, totals.stored_bytes) == (
        expected.logical_bytes,
        expected.stored_bytes,
    )
    check_laws(ranking)


def check_laws(ranking: Ranking) -> None:
    """Fail unless exclusive <= fair share <= stored <= logical, and shares add up."""
    for row in ranking.rows:
        sizes = row.sizes
        ascending = [
            0, sizes.exclusive_bytes, sizes.fair_share_bytes, sizes.stored_bytes,
            sizes.logical_bytes,
        ]  # fmt: skip
        assert ascending == sorted(ascending), row
    shares = sum(row.sizes.fair_share_bytes for row in ranking.rows)
    assert shares == ranking.totals.stored_bytes
