"""What a database says about itself, for `auditor doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, text

from auditor.store.engine import Database
from auditor.store.tables.places import CrawlRow


@dataclass(frozen=True, slots=True)
class Health:
    """`file` and `clock` are None where the other kind of database has them.

    `clock` is the server's time; `last_crawl_at` when the newest crawl began, by the clock of
    whoever crawled; None before the first.
    """

    used_bytes: int
    file: Path | None
    clock: datetime | None
    last_crawl_at: datetime | None


def read_health(database: Database) -> Health:
    """Ask a database of this release's schema. Raises StoreError."""
    name = database.engine.url.database
    with database.reading() as connection:
        is_sqlite = database.is_sqlite
        now = None if is_sqlite else connection.execute(text("SELECT clock_timestamp()")).scalar()
        return Health(
            used_bytes=database.used_bytes(connection),
            file=Path(name) if is_sqlite and name else None,
            clock=now.astimezone(UTC) if now else None,
            last_crawl_at=connection.execute(select(func.max(CrawlRow.started_at))).scalar(),
        )
