"""What storage cost and who pays: store -> ledger -> rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from auditor.domain.costs import ComparedCost, CostRow, GroupBy, LedgerQuery, UsageRow
from auditor.domain.errors import UsageError
from auditor.domain.ledger import Allocation, Period, RepositoryUsage
from auditor.domain.views import HistoryPoint
from auditor.ledger.compare import compare
from auditor.ledger.observed import observe
from auditor.ledger.owners import OwnerBook
from auditor.ledger.statement import Bill, RegistryUsage, statement
from auditor.settings import Settings
from auditor.store.engine import Database
from auditor.store.kept_prices import load_kept_terms
from auditor.store.usage_reads import (
    KnownRegistry,
    iterate_byte_time,
    iterate_fair_shares,
    load_known_registries,
    load_registry_byte_time,
)
from auditor.usecases.billing import Billing
from auditor.usecases.kept_past import check_kept
from auditor.usecases.known_registries import not_counted
from auditor.usecases.owners import Owners
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices

_MICROSECOND = timedelta(microseconds=1)


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
        months = self._months(query)
        return (row for month in months for row in month.split(query.allocation))

    def compare(self, query: LedgerQuery, by: GroupBy) -> tuple[ComparedCost, ...]:
        """The month split each way, beside each other. Raises as `costs`."""
        months = tuple(self._months(query))
        ways = {way: _split(months, way) for way in Allocation}
        return compare(ways, _split(months, None), by)

    def usage(self, query: LedgerQuery) -> Iterator[UsageRow]:
        """The byte-time behind the costs, in the same order. Raises as `costs`."""
        now = min(self.clock(), query.end)
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
            if not _first_before(registry, query.end)
        )

    def known_since(self, query: LedgerQuery) -> tuple[str, ...]:
        """A sentence per registry that was first read within the period: it is known in part."""
        return tuple(
            f"{registry.name} is known since {registry.crawls[0]:%Y-%m-%d %H:%M} UTC: sizes are "
            "averages from then on, and what it cost before is not counted"
            for registry in self._known(query)
            if _first_before(registry, query.end) and registry.crawls[0] > query.period.start
        )

    def price_warnings(self, query: LedgerQuery) -> tuple[str, ...]:
        """What to know of the prices behind the costs.

        A sentence per registry whose month is charged by other prices than today's, then
        one per list price that is over 180 days old, or undated.
        """
        names = [
            registry.name for registry in self._known(query) if _first_before(registry, query.end)
        ]
        prices = self._kept_prices()
        return (*prices.changed(names, query.period), *prices.old(names, query.period))

    def _months(self, query: LedgerQuery) -> Iterator[_Month]:
        """What is known of the period, registry by registry, each read once.

        Raises UnknownReferenceError for an unknown registry, before the first.
        """
        now = min(self.clock(), query.end)
        known = self._known(query)
        everyone = self._known(replace(query, registry=""))
        billing = Billing(self.database, self._kept_prices(), everyone, query.period, now)
        return (
            _Month(
                usage,
                billing.bill(registry),
                self._team_of(registry),
                self.allocations.get(registry.name, Allocation.FAIR_SHARE),
            )
            for registry in known
            if (usage := self._usage(registry, query.period, now)) is not None
        )

    def _kept_prices(self) -> Prices:
        with self.database.reading() as connection:
            kept = load_kept_terms(connection)
        return replace(self.prices, kept=kept, clock=self.clock)

    def _known(self, query: LedgerQuery) -> tuple[KnownRegistry, ...]:
        with self.database.reading() as connection:
            if query.end < query.period.end:
                check_kept(connection, query.end, query.registry)
            known = load_known_registries(connection, query.period)
            names = tuple(registry.name for registry in known)
            if query.registry and query.registry not in names:
                step = "run `auditor audit` on it"
                raise not_counted(connection, query.registry, names, step)
        return tuple(one for one in known if query.registry in ("", one.name))

    def _usage(
        self, registry: KnownRegistry, period: Period, now: datetime
    ) -> RegistryUsage | None:
        """None where nothing is known of the period."""
        if not _first_before(registry, min(period.end, now)):
            return None
        seen = observe(period, registry.crawls, registry.coverage, now=now)
        with self.database.reading() as connection:
            whole = load_registry_byte_time(connection, registry.id, period, now=now)
            each = tuple(iterate_byte_time(connection, registry.id, period, now=now))
        return RegistryUsage(
            registry=registry.name,
            period=period,
            known_microseconds=_known_time(registry, period, now) // _MICROSECOND,
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

    def _team_of(self, registry: KnownRegistry) -> Callable[[str], str]:
        with self.database.reading() as connection:
            return self.owners.team_of(connection, registry.id, registry.name)


@dataclass(frozen=True, slots=True)
class _Month:
    """What a registry kept and costs in a month, ready to be split."""

    usage: RegistryUsage
    bill: Bill
    team_of: Callable[[str], str]
    allocation: Allocation

    def split(self, allocation: Allocation | None) -> Iterator[CostRow]:
        """The rows split this way, or, for None, as is configured."""
        return statement(self.usage, self.bill, allocation or self.allocation, self.team_of)


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the configured database, made ready first. Raises StoreError."""
    return ledger_of(prepare_database(settings.database_url), settings)


def ledger_of(
    database: Database,
    settings: Settings,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Ledger:
    """The ledger of a database that is ready, with the configured prices and owners.

    Raises SettingsError.
    """
    return Ledger(
        database,
        Prices.from_settings(settings),
        allocations={one.address.name: one.allocation for one in settings.registries.values()},
        owners=Owners.from_settings(settings),
        clock=clock,
    )


def _first_before(registry: KnownRegistry, end: datetime) -> bool:
    return any(moment < end for moment in registry.crawls)


def _known_time(registry: KnownRegistry, period: Period, now: datetime) -> timedelta:
    """How much of the period up to now lies behind the first crawl that read the registry."""
    start = max(period.start, registry.crawls[0])
    return max(timedelta(0), min(period.end, now) - start)


def _split(months: Iterable[_Month], way: Allocation | None) -> Iterator[CostRow]:
    return (row for month in months for row in month.split(way))
