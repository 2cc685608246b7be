"""What the week brought, for a team or for everybody: store and ledger -> WeeklyDigest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.domain.costs import CostRow, LedgerQuery, exact_sum
from auditor.domain.errors import UsageError
from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.ledger import Period
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import BudgetState, CostForecast, GrowthQuery
from auditor.domain.views import HistoryPoint
from auditor.domain.weekly_digest import (
    MOST_ROWS,
    WEEK,
    FindingNews,
    MonthCost,
    RegistryQuality,
    SizeChange,
    WeeklyDigest,
    size_at,
)
from auditor.ledger.budgets import add_costs, add_histories
from auditor.settings import Settings
from auditor.store import finding_reads, ranking_reads, registry_reads, week_reads
from auditor.store.engine import Connection
from auditor.usecases.anomalies import Anomalies
from auditor.usecases.budgets import PAST, Budgets, budgets_of, expected_cost
from auditor.usecases.findings import FindingsReader
from auditor.usecases.ledger import Ledger
from auditor.usecases.team_change import TeamChanges
from auditor.usecases.why_grown import WhyGrown

_SPARK = timedelta(days=8 * 7)
_BASES = ("outdated-base", "end-of-life-base")
_UNUSUAL_ROWS = 50

_Pair = tuple[str, str]
_Histories = Mapping[_Pair, tuple[HistoryPoint, ...]]


@dataclass(frozen=True, slots=True)
class DigestWriter:
    """Writes digests of one database; each is of the seven days before it is written."""

    ledger: Ledger
    budgets: Budgets
    settings: Settings

    @classmethod
    def over(cls, ledger: Ledger, settings: Settings) -> DigestWriter:
        """A writer over a ledger's database."""
        return cls(ledger, budgets_of(settings, ledger), settings)

    def write(self, audience: str, zone: str, now: datetime) -> WeeklyDigest:
        """The digest of a team, or for "" of everything; its figures are those of `now`.

        Raises UsageError for a team that owns no repository.
        """
        ledger = replace(self.ledger, clock=lambda: now)
        pairs = _pairs_of(ledger, audience) if audience else None
        return _Week(ledger, self.budgets, self.settings, audience, pairs, now).digest(zone)


def _pairs_of(ledger: Ledger, team: str) -> frozenset[_Pair]:
    changes = TeamChanges(ledger.database, ledger.owners, ledger.clock)
    with ledger.database.reading() as connection:
        names = registry_reads.list_registry_names(connection)
        by_team = changes.by_team(connection, names)
    if team not in by_team:
        known = ", ".join(sorted(by_team)[:5])
        raise UsageError(
            f"no repository belongs to team {team[:80]}",
            next_step=f"teams with some are: {known}" if known else "run `auditor audit` first",
        )
    return frozenset(by_team[team])


@dataclass(frozen=True, slots=True)
class _Week:
    """One audience and one week; `pairs` None: all repositories."""

    ledger: Ledger
    budgets: Budgets
    settings: Settings
    audience: str
    pairs: frozenset[_Pair] | None
    now: datetime

    @property
    def start(self) -> datetime:
        return self.now - WEEK

    def digest(self, zone: str) -> WeeklyDigest:
        rows = list(self._cost_rows())
        shares = self.ledger.fair_shares(
            {(row.registry, row.repository) for row in rows if row.repository},
            self.now - PAST,
            self.now,
        )
        unusual = self._unusual()
        with self.ledger.database.reading() as connection:
            known = registry_reads.names_seen_whole_by(connection, self.start)
            histories = self._histories(connection, shares)
            reader = FindingsReader(connection, self.ledger.prices.of, self.ledger.owners)
            found = WeeklyDigest(
                audience=self.audience,
                start=self.start,
                end=self.now,
                zone=zone,
                change=_change(histories, known, self.start, self.now),
                costs=_month_costs(rows, shares, self.now),
                news=self._news(connection, reader),
                reclaimable=reader.page(self._reclaimable(), ()).rows,
                quality=self._quality(connection),
                points=_recent(add_histories(histories.values()), self.now),
            )
            growers = WhyGrown(connection, self.start, self.now, self.settings.platform).growers(
                self._is_ours, unusual
            )
        return replace(found, growers=growers, budgets=self._budget_states())

    def _is_ours(self, registry: str, repository: str) -> bool:
        return self.pairs is None or (registry, repository) in self.pairs

    def _cost_rows(self) -> Iterable[CostRow]:
        for row in self.ledger.costs(LedgerQuery(Period.month_of(self.now))):
            if self.pairs is None or self._is_ours(row.registry, row.repository):
                yield row

    def _histories(
        self, connection: Connection, shares: _Histories
    ) -> dict[str, tuple[HistoryPoint, ...]]:
        """Stored bytes by registry: all of it, or the team's fair share of it."""
        if self.pairs is None:
            names = registry_reads.list_registry_names(connection)
            return {name: ranking_reads.load_registry_history(connection, [name]) for name in names}
        registries = sorted({registry for registry, _ in self.pairs})
        return {
            name: add_histories(
                points for (registry, _), points in shares.items() if registry == name
            )
            for name in registries
        }

    def _unusual(self) -> frozenset[_Pair]:
        anomalies = Anomalies(self.ledger.database, self.ledger.owners, self.ledger.clock)
        query = GrowthQuery(team=self.audience, days=WEEK.days, limit=_UNUSUAL_ROWS)
        return frozenset((row.registry, row.repository) for row in anomalies.find(query).rows)

    def _news(self, connection: Connection, reader: FindingsReader) -> FindingNews:
        places = (self.start, self.now)
        new = self._ours(week_reads.load_new_findings(connection, *places))
        resolved = self._ours(week_reads.load_resolved_findings(connection, *places))
        base_places = self._ours(week_reads.load_new_findings(connection, *places, rules=_BASES))
        return FindingNews(
            new=reader.rows_of(new[:MOST_ROWS]),
            new_count=len(new),
            resolved=reader.rows_of(resolved[:MOST_ROWS]),
            resolved_count=len(resolved),
            bases=reader.rows_of(base_places[:MOST_ROWS]),
            is_analysed=finding_reads.load_analysed_at(connection) is not None,
            is_first=not week_reads.has_findings_before(connection, self.start),
            waiting_images=finding_reads.count_waiting_images(connection),
        )

    def _ours(
        self, places: Iterable[finding_reads.FindingPlace]
    ) -> list[finding_reads.FindingPlace]:
        return [place for place in places if self._is_ours(place.registry, place.repository)]

    def _reclaimable(self) -> FindingsQuery:
        """What frees most; findings that free nothing fall out when they are told."""
        return FindingsQuery(by=FindingsBy.STORED, team=self.audience or None, limit=MOST_ROWS)

    def _quality(self, connection: Connection) -> tuple[RegistryQuality, ...]:
        ours = None if self.pairs is None else {registry for registry, _ in self.pairs}
        views = registry_reads.load_crawl_views(connection, self.ledger.prices.of)
        return tuple(
            RegistryQuality(
                view.registry,
                view.last_complete_at,
                None if view.outcome is CrawlOutcome.RUNNING else view.outcome,
                view.problem_count,
                view.guarded_tags,
            )
            for view in views
            if not view.is_reference
            and view.gave_anything
            and (ours is None or view.registry in ours)
        )

    def _budget_states(self) -> tuple[BudgetState, ...]:
        budgets = tuple(
            budget
            for budget in self.budgets.budgets
            if not self.audience or budget.team == self.audience
        )
        return Budgets(self.ledger, budgets).judge().states


def _change(
    histories: Mapping[str, tuple[HistoryPoint, ...]],
    known: Iterable[str],
    start: datetime,
    end: datetime,
) -> SizeChange:
    """Compared are the registries known at the start; the others came into sight, not grew."""
    compared = [points for name, points in histories.items() if name in set(known)]
    total_bytes = sum(size_at(points, end) for points in histories.values())
    if not compared:
        return SizeChange(total_bytes, None, None)
    return SizeChange(
        total_bytes,
        sum(size_at(points, start) for points in compared),
        sum(size_at(points, end) for points in compared),
    )


def _month_costs(rows: list[CostRow], shares: _Histories, now: datetime) -> tuple[MonthCost, ...]:
    """By currency. What belongs to a whole registry, a fee or a pool, does not grow by the day."""
    return tuple(
        MonthCost(
            currency, _forecast([row for row in rows if row.currency == currency], shares, now)
        )
        for currency in sorted({row.currency for row in rows})
    )


def _forecast(rows: list[CostRow], shares: _Histories, now: datetime) -> CostForecast:
    fixed = exact_sum(*(row.cost for row in rows if not row.repository))
    grown = expected_cost([row for row in rows if row.repository], shares, now)
    return add_costs([grown, CostForecast(fixed, fixed, fixed, fixed)]) if fixed else grown


def _recent(points: tuple[HistoryPoint, ...], now: datetime) -> tuple[HistoryPoint, ...]:
    """The last eight weeks, the state at their start first."""
    begin = now - _SPARK
    before = [point for point in points if point.at <= begin][-1:]
    within = [point for point in points if begin < point.at <= now]
    return tuple(HistoryPoint(max(one.at, begin), one.stored_bytes) for one in (*before, *within))
