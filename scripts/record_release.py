"""Records a small database as this release's code makes it, for the upgrade tests of later ones.

    PYTHONPATH=. python scripts/record_release.py

Crawls three repositories of the sample at three moments of the past, as `auditor demo --history`
does, analyses them, and writes every row, and the ranking as this release prints it, to
tests/data/release_REVISION.json.gz. To be run once per release, before its schema changes.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import MetaData

from auditor.cli import auditor
from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.observation import StorageScope
from auditor.domain.reference import RegistryAddress
from auditor.sample.server import SampleRegistry, history_moments
from auditor.store.engine import Database
from auditor.store.schema import inspect_schema
from auditor.usecases.analyse import Analysis
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, crawl_registry
from auditor.usecases.prepare_database import prepare_database

ONLY = {"library/alpine", "library/busybox", "library/redis"}
DATA = Path(__file__).parent.parent / "tests/data"
PORT = 5056


def main() -> None:
    """Crawl, dump, write."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/auditor.db"
        database = prepare_database(url)
        with SampleRegistry.start(PORT, only=ONLY) as registry:
            for moment in history_moments()[-3:]:
                _crawl(database, registry, moment)
        revision = inspect_schema(database).head
        recorded = {"revision": revision, "ranking": _ranking(url), "tables": _rows(database)}
        database.dispose()
    target = DATA / f"release_{revision}.json.gz"
    text = json.dumps(recorded, separators=(",", ":"), sort_keys=True)
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{target}: {target.stat().st_size} bytes")


def _crawl(database: Database, registry: SampleRegistry, moment: datetime) -> None:
    registry.show(moment)
    target = CrawlTarget(RegistryAddress.parse(registry.address), StorageScope.REGISTRY)
    limits = CrawlLimits(analysis=Analysis.from_settings(AnalysisSettings()))
    asyncio.run(
        crawl_registry(
            database, target, limits, listener=lambda _: None, accept_removals=True, now=moment
        )
    )


def _ranking(url: str) -> Any:  # noqa: ANN401 - JSON
    arguments = ["rank", "--database", url, "--format", "json", "--limit", "0"]
    return json.loads(CliRunner().invoke(auditor, arguments, catch_exceptions=False).stdout)


def _rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row, table by table: bytes as hexadecimal digits, dates in UTC."""
    found = MetaData()
    with database.reading() as connection:
        found.reflect(connection)
        return {
            table.name: [
                {name: _plain(value) for name, value in row.items()}
                for row in connection.execute(table.select()).mappings()
            ]
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value


if __name__ == "__main__":
    main()
