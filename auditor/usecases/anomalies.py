"""Growth out of the ordinary, whose it is and why: store -> ledger -> rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from auditor.domain.change import ExplainedChange
from auditor.domain.errors import UsageError
from auditor.domain.outlook import GrowthQuery, GrowthReport, UnusualGrowth
from auditor.domain.owners import UNOWNED_LABEL
from auditor.ledger.anomalies import MIN_GROWTH_BYTES, WINDOW_DAYS, find_anomalies
from auditor.ledger.daily import DAY, end_of_day
from auditor.settings import Settings
from auditor.store import change_reads, ranking_reads, registry_reads
from auditor.store.engine import Connection, Database
from auditor.store.growth_reads import GrownRepository, find_grown, iterate_stored_histories
from auditor.usecases.explain_change import explain_registry, explain_repository
from auditor.usecases.known_registries import not_counted
from auditor.usecases.owners import Owners
from auditor.usecases.prepare_database import prepare_database

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Unusual growth from the database; days are those of UTC, and today counts so far."""

    database: Database
    owners: Owners
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    min_growth_bytes: int = MIN_GROWTH_BYTES

    def find(self, query: GrowthQuery) -> GrowthReport:
        """One page of the days on which something grew as it never does, explained.

        Histories are read of repositories only that grew by the least growth in a day.
        Raises UnknownReferenceError for an unknown registry, UsageError for other than 1 to
        366 days.
        """
        if not 1 <= query.days <= MOST_DAYS:
            raise UsageError(
                f"{query.days} days cannot be judged",
                next_step=f"write a number from 1 to {MOST_DAYS}",
            )
        now = self.clock()
        with self.database.reading() as connection:
            names = _registries(connection, query.registry)
            found = [
                *self._of_registries(connection, names, query, now),
                *self._of_repositories(connection, query, now),
            ]
            found.sort(key=_order)
            end = None if query.limit is None else query.offset + query.limit
            rows = tuple(_explained(connection, one, now) for one in found[query.offset : end])
        return GrowthReport(query, len(found), rows)

    def _of_registries(
        self, connection: Connection, names: tuple[str, ...], query: GrowthQuery, now: datetime
    ) -> Iterator[UnusualGrowth]:
        """Whole registries, which are no team's."""
        if query.team:
            return
        for name in names:
            points = ranking_reads.load_registry_history(connection, [name])
            yield from self._judged(GrownRepository(name, "", points), "", query, now)

    def _of_repositories(
        self, connection: Connection, query: GrowthQuery, now: datetime
    ) -> Iterator[UnusualGrowth]:
        end = end_of_day(now)
        start = end - query.days * DAY
        key = change_reads.find_registry(connection, query.registry) if query.registry else None
        grown = find_grown(connection, start, end, self.min_growth_bytes, key)
        past = start - WINDOW_DAYS * DAY
        team_of = _TeamOf(connection, self.owners)
        for one in iterate_stored_histories(connection, grown, past, end):
            for growth in self._judged(one, "", query, now):
                team = team_of(one.registry, one.repository)
                if query.team in ("", team or UNOWNED_LABEL):
                    yield replace(growth, team=team)

    def _judged(
        self, one: GrownRepository, team: str, query: GrowthQuery, now: datetime
    ) -> Iterator[UnusualGrowth]:
        found = find_anomalies(
            one.points, end_of_day(now), query.days, min_growth_bytes=self.min_growth_bytes
        )
        for anomaly in found:
            yield UnusualGrowth(one.registry, one.repository, team, anomaly)


def open_anomalies(settings: Settings) -> Anomalies:
    """Unusual growth of the configured database, made ready first. Raises StoreError."""
    return Anomalies(prepare_database(settings.database_url), Owners.from_settings(settings))


class _TeamOf:
    """Asks each registry's labels once, and only where something grew."""

    def __init__(self, connection: Connection, owners: Owners) -> None:
        self._connection = connection
        self._owners = owners
        self._by_registry: dict[str, Callable[[str], str]] = {}

    def __call__(self, registry: str, repository: str) -> str:
        if registry not in self._by_registry:
            key = change_reads.find_registry(self._connection, registry) or 0
            self._by_registry[registry] = self._owners.team_of(self._connection, key, registry)
        return self._by_registry[registry](repository)


def _registries(connection: Connection, wanted: str) -> tuple[str, ...]:
    names = registry_reads.list_registry_names(connection)
    if wanted and wanted not in names:
        raise not_counted(connection, wanted, names)
    return tuple(name for name in names if wanted in ("", name))


def _order(one: UnusualGrowth) -> tuple[float, int, str, str]:
    return (
        -one.anomaly.at.timestamp(),
        -one.anomaly.growth_bytes,
        one.registry,
        one.repository,
    )


def _explained(connection: Connection, one: UnusualGrowth, now: datetime) -> UnusualGrowth:
    start, end = one.anomaly.at - DAY, min(one.anomaly.at, now)
    return replace(one, change=_change(connection, one.registry, one.repository, start, end))


def _change(
    connection: Connection, registry: str, repository: str, start: datetime, end: datetime
) -> ExplainedChange | None:
    try:
        if repository:
            return explain_repository(connection, registry, repository, start, end)
        return explain_registry(connection, registry, start, end)
    except UsageError:
        return None
