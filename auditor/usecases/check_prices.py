"""The price check: which list prices in use were last looked up too long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from auditor.domain.ledger import Period
from auditor.settings import Settings
from auditor.store.engine import Database
from auditor.store.registry_reads import list_registry_names
from auditor.usecases.prices import Prices


def check_prices(database: Database, settings: Settings, *, now: datetime) -> tuple[str, ...]:
    """A sentence per price in use that is over 180 days old, or undated; none where all is well."""
    with database.reading() as connection:
        names = list_registry_names(connection)
    prices = replace(Prices.from_settings(settings), clock=lambda: now)
    return prices.old(names, Period.month_of(now))
