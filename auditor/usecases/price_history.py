"""By what registries are and were charged, and how months that are over get other prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.domain.errors import UsageError
from auditor.domain.ledger import Period
from auditor.domain.price_terms import PricedRegistry, Repricing, terms_kept_since
from auditor.settings import Settings
from auditor.store.engine import Database
from auditor.store.kept_prices import apply_terms, load_kept_terms
from auditor.store.registry_reads import list_registry_names
from auditor.usecases.known_registries import not_counted
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """The prices of every registry in the database, in use and kept."""

    database: Database
    prices: Prices
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def registries(self) -> tuple[PricedRegistry, ...]:
        """Every counted registry by name, with its terms today and those that were kept."""
        with self.database.reading() as connection:
            names = list_registry_names(connection)
            kept = load_kept_terms(connection)
        return tuple(
            PricedRegistry(name, self.prices.terms(name), kept.get(name, ())) for name in names
        )

    def apply(self, since: str, registry: str = "", *, is_trial: bool) -> tuple[Repricing, ...]:
        """Charge months from `since` (2026-07) on by today's prices; what that changes.

        One registry, or all. A trial only tells. Raises UsageError for a month that is to
        come, UnknownReferenceError for a registry that was never crawled.
        """
        month = Period.month(since)
        if month.start > self.clock():
            raise UsageError(f"{since} has not come yet", next_step="name a month of the past")
        known = self.registries()
        wanted = tuple(one for one in known if registry in ("", one.registry))
        if not wanted and registry:
            names = [one.registry for one in known]
            with self.database.reading() as connection:
                raise not_counted(connection, registry, names, "see `auditor prices show`")
        changed = tuple(
            Repricing(one.registry, month, before, one.terms)
            for one in wanted
            if (before := terms_kept_since(one.kept, month.start))
            and any(terms != one.terms.as_kept() for terms in before)
        )
        if not is_trial:
            with self.database.writing() as connection:
                for one in changed:
                    apply_terms(connection, one.registry, one.after, month.start)
        return changed


def open_price_history(settings: Settings) -> PriceHistory:
    """The prices of the configured database. Raises StoreError."""
    return PriceHistory(prepare_database(settings.database_url), Prices.from_settings(settings))
