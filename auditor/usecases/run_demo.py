"""The demo: the sample registry started on loopback and crawled like any other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.errors import StoreError
from auditor.domain.observation import CrawlReport, StorageScope
from auditor.domain.reference import RegistryAddress
from auditor.sample.facts import attribution
from auditor.sample.server import SampleRegistry, history_moments
from auditor.store.engine import Database
from auditor.usecases.analyse import Analysis
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, Listener, crawl_registry
from auditor.usecases.prepare_database import prepare_database

_PORT = 5055
_FILES = ("auditor.db", "auditor.db-wal", "auditor.db-shm")


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The last crawl of the demo and the database it filled.

    `address` is where the sample registry goes on answering until the process ends;
    `attribution` names the source and date of its facts.
    """

    report: CrawlReport
    database_url: str
    address: str
    attribution: str


def prepare_demo(folder: Path, *, history: bool, listener: Listener) -> DemoResult:
    """Crawl the sample registry into `folder`/auditor.db, made anew.

    With `history` the months of real pushes are crawled one after another, each at its
    own date, and the demo ends at the last of them; without, the whole sample is crawled
    as it stands. Raises StoreError when the folder cannot be written.
    """
    database_url = _fresh_database(folder)
    registry = _start()
    target = CrawlTarget(RegistryAddress.parse(registry.address), StorageScope.REGISTRY)
    database = prepare_database(database_url)
    try:
        moments = history_moments() if history else (None,)
        reports = [
            _crawl(database, target, listener, registry, moment, is_last=moment == moments[-1])
            for moment in moments
        ]
    finally:
        database.dispose()
    return DemoResult(reports[-1], database_url, registry.address, attribution())


def _crawl(
    database: Database,
    target: CrawlTarget,
    listener: Listener,
    registry: SampleRegistry,
    moment: datetime | None,
    *,
    is_last: bool,
) -> CrawlReport:
    """Crawl the sample as it was at `moment`, dated so; None: as it is, now.

    What a replayed month lacks is known to be gone, however much it is.
    """
    registry.show(moment)
    return asyncio.run(
        crawl_registry(
            database,
            target,
            CrawlLimits(analysis=Analysis.from_settings(AnalysisSettings()) if is_last else None),
            listener=listener,
            accept_removals=moment is not None,
            now=moment,
        )
    )


def _fresh_database(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written: {error.strerror}",
            next_step="run the demo in a folder of yours",
        ) from error
    return f"sqlite:///{folder / _FILES[0]}"


def _start() -> SampleRegistry:
    """On the usual port, so that its name stays the same; on any other where it is taken."""
    try:
        return SampleRegistry.start(_PORT)
    except OSError:
        return SampleRegistry.start()
