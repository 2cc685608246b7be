"""Crawls of made-up registries into a real database, at moments of the test's choosing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from auditor.crawler.ports import ManifestSource
from auditor.domain.digest import Digest
from auditor.domain.observation import CrawlReport, RegistryCapabilities, StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.reference import ImageReference, RegistryAddress
from auditor.domain.views import ImageView, RankBy, RankingRow, RankQuery
from auditor.store.engine import Database
from auditor.usecases.browse import Browse
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, Listener, crawl_source
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents
from tests.fakes.source import FakeSource

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
REGISTRY = "registry.example"
BY_NAME = RankQuery(by=RankBy.NAME, ascending=True)
LISTS_ALL = RegistryCapabilities(lists_untagged=True, supports_referrers=True)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def target(
    registry: str = REGISTRY,
    *repositories: str,
    scope: StorageScope = StorageScope.REGISTRY,
) -> CrawlTarget:
    return CrawlTarget(RegistryAddress.parse(registry), scope, repositories=repositories)


@dataclass(slots=True)
class Bench:
    """A database, and crawls into it a day after one another."""

    database: Database
    limits: CrawlLimits = field(default_factory=CrawlLimits)
    crawls: int = 0

    def crawl(
        self,
        what: Contents | ManifestSource,
        where: CrawlTarget | None = None,
        *,
        at: datetime | None = None,
        accept_removals: bool = False,
        listener: Listener = lambda _: None,
    ) -> CrawlReport:
        """Crawl contents, or whatever a source of the test's own answers."""
        source = FakeSource(what.registry()) if isinstance(what, Contents) else what
        now = at or day(self.crawls)
        self.crawls += 1
        return asyncio.run(
            crawl_source(
                self.database,
                source,
                where or target(),
                self.limits,
                now=now,
                listener=listener,
                accept_removals=accept_removals,
            )
        )

    def browse(self, platform: Platform = DEFAULT_PLATFORM, prices: Prices | None = None) -> Browse:
        return Browse(self.database, prices or Prices(), platform)

    def rows(self, registry: str = "") -> Mapping[str, RankingRow]:
        """The ranking by repository; for one registry, or where names do not repeat."""
        ranking = self.browse().rank(replace(BY_NAME, registry=registry))
        return {row.repository: row for row in ranking.rows}

    def image(
        self, text: str, platform: str = "", *, preferred: Platform = DEFAULT_PLATFORM
    ) -> ImageView:
        """The view of an image of the only registry."""
        browse = self.browse(preferred)
        wanted = Platform.parse(platform) if platform else None
        return browse.image(browse.resolve(text), wanted)


def reference(repository: str, tag: str = "", digest: Digest | None = None) -> ImageReference:
    return ImageReference(repository, REGISTRY, tag, digest)
