"""Opens what may be read, from settings alone."""

from __future__ import annotations

from functools import cache, partial

from auditor.settings import Settings
from auditor.usecases.analyse import Analysis
from auditor.usecases.browse import Browse
from auditor.usecases.owners import Owners
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices


def open_browse(settings: Settings) -> Browse:
    """The reads of the configured database, made ready first. Raises StoreError."""
    database = prepare_database(settings.database_url)
    return Browse(
        database,
        Prices.from_settings(settings),
        settings.platform,
        cache(partial(Owners.from_settings, settings)),
        cache(partial(_analysis, settings)),
    )


def _analysis(settings: Settings) -> Analysis | None:
    wanted = settings.analysis.to_settings()
    return Analysis.from_settings(wanted, settings.platform) if wanted.is_enabled else None
