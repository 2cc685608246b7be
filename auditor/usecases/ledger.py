"""What storage cost and who pays: store -> ledger -> rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from auditor.domain.costs import ComparedCost, CostRow, GroupBy, LedgerQuery, UsageRow, exact_sum
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.ledger import Allocation, ByteTime, Charge, Period, RepositoryUsage
from auditor.domain.price_book import PricedPer, PriceEntry
from auditor.domain.views import HistoryPoint
from auditor.ledger.charging import charges
from auditor.ledger.compare import compare
from auditor.ledger.observed import observe
from auditor.ledger.owners import OwnerBook
from auditor.ledger.statement import Bill, RegistryUsage, statement
from auditor.settings import Settings
from auditor.store.engine import Connection, Database
from auditor.store.usage_reads import (
    KnownRegistry,
    iterate_byte_time,
    iterate_fair_shares,
    load_known_registries,
    load_registry_byte_time,
)
from auditor.usecases.owners import Owners
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Costs and usage from the database; `now` ends the running month.

    `allocations`: how each registry's cost is split, fair share where nothing is said.
    """

    database: Database
    prices: Prices
    allocations: Mapping[str, Allocation] = field(default_factory=dict)
    owners: Owners = field(default_factory=lambda: Owners(OwnerBook((), ())))
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def month(self, text: str) -> Period:
        """The month written as 2026-11, the running one for no text; raises UsageError."""
        period = Period.month(text) if text else Period.month_of(self.clock())
        if period.start > self.clock():
            raise UsageError(f"{text} has not come yet", next_step="name a month of the past")
        return period

    def costs(self, query: LedgerQuery) -> Iterator[CostRow]:
        """Rows by registry, then repository; each registry's add up to its bill.

        A registry that was not known in the period has none: what it kept is unknown, not
        zero. Raises UnknownReferenceError for an unknown registry, before the first row.
        """
        now = self.clock()
        known = self._known(query)
        return (
            row
            for registry in known
            if (usage := self._usage(registry, query.period, now)) is not None
            for row in statement(
                usage,
                self._bill(registry, usage, now),
                query.allocation or self.allocations.get(registry.name, Allocation.FAIR_SHARE),
                self._team_of(registry),
            )
        )

    def compare(self, query: LedgerQuery, by: GroupBy) -> tuple[ComparedCost, ...]:
        """The month split each way, beside each other. Raises as `costs`."""
        ways = {
            allocation: self.costs(replace(query, allocation=allocation))
            for allocation in Allocation
        }
        return compare(ways, self.costs(replace(query, allocation=None)), by)

    def usage(self, query: LedgerQuery) -> Iterator[UsageRow]:
        """The byte-time behind the costs, in the same order. Raises as `costs`."""
        now = self.clock()
        known = self._known(query)
        return (
            UsageRow(query.period, team_of(one.repository), one)
            for registry in known
            if (usage := self._usage(registry, query.period, now)) is not None
            for team_of in [self._team_of(registry)]
            for one in usage.repositories
        )

    def fair_shares(
        self, wanted: Collection[tuple[str, str]], start: datetime, end: datetime
    ) -> dict[tuple[str, str], tuple[HistoryPoint, ...]]:
        """Fair shares between two moments of the wanted pairs of registry and repository.

        From the moment on from which the history of all their registries is kept.
        """
        registries = {registry for registry, _ in wanted}
        found: dict[tuple[str, str], tuple[HistoryPoint, ...]] = {}
        with self.database.reading() as connection:
            known = [
                registry
                for registry in load_known_registries(connection, Period.month_of(end))
                if registry.name in registries
            ]
            start = max([start, *(one.kept_from for one in known if one.kept_from is not None)])
            for registry in known:
                for name, points in iterate_fair_shares(connection, registry.id, start, end):
                    if (registry.name, name) in wanted:
                        found[registry.name, name] = points
        return found

    def unknown_registries(self, query: LedgerQuery) -> tuple[str, ...]:
        """Names of registries that no crawl had read to the end before the period was over."""
        return tuple(
            registry.name
            for registry in self._known(query)
            if not _first_before(registry, query.period)
        )

    def old_prices(self, query: LedgerQuery) -> tuple[str, ...]:
        """A sentence per list price behind the costs that is over 180 days old, or undated."""
        names = [
            registry.name
            for registry in self._known(query)
            if _first_before(registry, query.period)
        ]
        return self.prices.old(names, self.clock().date())

    def _known(self, query: LedgerQuery) -> tuple[KnownRegistry, ...]:
        with self.database.reading() as connection:
            known = load_known_registries(connection, query.period)
        names = tuple(registry.name for registry in known)
        if query.registry and query.registry not in names:
            raise UnknownReferenceError(
                f"the registry {query.registry} was never crawled",
                next_step="run `auditor audit` on it",
                candidates=names,
            )
        return tuple(one for one in known if query.registry in ("", one.name))

    def _usage(
        self, registry: KnownRegistry, period: Period, now: datetime
    ) -> RegistryUsage | None:
        """None where nothing is known of the period."""
        if not _first_before(registry, period):
            return None
        seen = observe(period, registry.crawls, registry.coverage, now=now)
        with self.database.reading() as connection:
            whole = load_registry_byte_time(connection, registry.id, period, now=now)
            each = tuple(iterate_byte_time(connection, registry.id, period, now=now))
        return RegistryUsage(
            registry=registry.name,
            period=period,
            elapsed_microseconds=(min(period.end, now) - period.start) // _MICROSECOND,
            logical=whole.logical,
            stored=whole.stored,
            exactness=seen.exactness,
            repositories=tuple(
                RepositoryUsage(
                    registry=registry.name,
                    repository=name,
                    byte_time=byte_time,
                    observed_microseconds=seen.microseconds,
                    exactness=seen.exactness,
                    sharing_exactness=seen.sharing_exactness,
                )
                for name, byte_time in each
            ),
        )

    def _bill(self, registry: KnownRegistry, usage: RegistryUsage, now: datetime) -> Bill:
        entry, listed = self.prices.entries_of(registry.name)
        until = min(usage.period.end, now)
        elapsed = replace(usage.period, end=until)
        lines: tuple[Charge, ...] = ()
        if until > usage.period.start:
            lines = (
                tuple(self._daily_lines(registry, entry, elapsed))
                if _is_counted_daily(entry)
                else charges(entry, elapsed, stored_byte_microseconds=usage.stored)
            )
        return Bill(entry, lines, listed, is_self_hosted=self.prices.is_self_hosted(registry.name))

    def _daily_lines(
        self, registry: KnownRegistry, entry: PriceEntry, elapsed: Period
    ) -> Iterator[Charge]:
        """A vendor that compares every day with what is included: its days, line by line."""
        summed: dict[tuple[str, Decimal], Charge] = {}
        with self.database.reading() as connection:
            for day in _days(elapsed):
                kept = _stored_on(connection, registry.id, day)
                for line in charges(entry, day, stored_byte_microseconds=kept):
                    key = (line.sku, line.unit_price)
                    earlier = summed.get(key)
                    quantity = exact_sum(line.quantity, *([earlier.quantity] if earlier else []))
                    summed[key] = replace(line, quantity=quantity)
        yield from summed.values()

    def _team_of(self, registry: KnownRegistry) -> Callable[[str], str]:
        with self.database.reading() as connection:
            return self.owners.team_of(connection, registry.id, registry.name)


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the configured database, made ready first. Raises StoreError."""
    return Ledger(
        prepare_database(settings.database_url),
        Prices.from_settings(settings),
        allocations={one.address.name: one.allocation for one in settings.registries.values()},
        owners=Owners.from_settings(settings),
    )


def _first_before(registry: KnownRegistry, period: Period) -> bool:
    return any(moment < period.end for moment in registry.crawls)


def _is_counted_daily(entry: PriceEntry) -> bool:
    return entry.per is PricedPer.DAY and bool(entry.included_units or len(entry.tiers) > 1)


def _days(period: Period) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        yield Period(start, min(start + _DAY, period.end))
        start += _DAY


def _stored_on(connection: Connection, registry_id: int, day: Period) -> int:
    found: ByteTime = load_registry_byte_time(connection, registry_id, day, now=day.end)
    return found.stored
