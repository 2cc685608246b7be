"""How crawls went: store -> views."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.crawl_views import CrawlStatus
from auditor.settings import Settings
from auditor.store.counted import list_reference_names
from auditor.store.crawl_reads import load_crawl_statuses
from auditor.store.engine import Database
from auditor.store.registry_reads import list_registry_names
from auditor.usecases.known_registries import not_counted
from auditor.usecases.prepare_database import prepare_database

RECENT_CRAWLS = 10


@dataclass(frozen=True, slots=True)
class CrawlStatuses:
    """What one database knows of its crawls."""

    database: Database

    def read(self, registry: str = "", limit: int = RECENT_CRAWLS) -> tuple[CrawlStatus, ...]:
        """Every registry with its newest `limit` crawls, or only the one named.

        References too. Raises UnknownReferenceError for a registry that was never crawled.
        """
        with self.database.reading() as connection:
            found = load_crawl_statuses(connection, registry, limit=limit)
            if registry and not found:
                names = (*list_registry_names(connection), *list_reference_names(connection))
                raise not_counted(connection, registry, names)
            return found


def open_crawl_statuses(settings: Settings) -> CrawlStatuses:
    """Those of the configured database, made ready first. Raises StoreError."""
    return CrawlStatuses(prepare_database(settings.database_url))
