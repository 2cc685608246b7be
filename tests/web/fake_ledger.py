"""Costs as the ledger would answer them, from the samples of the reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.domain.costs import (
    ComparedCost,
    CostRow,
    CostTotals,
    GroupBy,
    LedgerQuery,
    RegistryCost,
    TeamCost,
    UsageRow,
)
from auditor.domain.ledger import Allocation, Period
from auditor.ledger.grouping import by_registry, by_team
from tests.reports import cost_samples
from tests.web.fake_views import NOW, SCRIPT

HOSTILE = replace(cost_samples.every_kind()[0], repository=SCRIPT, team=SCRIPT)


@dataclass
class FakeLedger:
    """Change the fields to reach other states; `asked` keeps every comparison."""

    rows: tuple[CostRow, ...] = field(default_factory=lambda: (*cost_samples.every_kind(), HOSTILE))
    unknown: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    asked: list[tuple[LedgerQuery, GroupBy]] = field(default_factory=list)

    def month(self, text: str) -> Period:
        return Period.month(text) if text else Period.month_of(NOW)

    def compare(self, query: LedgerQuery, by: GroupBy) -> tuple[ComparedCost, ...]:
        self.asked.append((query, by))
        return tuple(
            ComparedCost(
                registry=row.registry,
                repository=row.repository if by is GroupBy.REPOSITORY else "",
                team=row.team,
                label=row.label if by is GroupBy.REPOSITORY else None,
                currency=row.currency,
                costs=tuple((way, row.cost) for way in Allocation),
                totals=CostTotals.of(row),
            )
            for row in self.rows
        )

    def costs(self, query: LedgerQuery) -> Iterator[CostRow]:
        return iter(self.rows)

    def team_costs(self, query: LedgerQuery) -> tuple[TeamCost, ...]:
        return by_team(self.rows)

    def registry_costs(self, query: LedgerQuery) -> tuple[RegistryCost, ...]:
        return by_registry(self.rows)

    def usage(self, query: LedgerQuery) -> Iterator[UsageRow]:
        return iter(cost_samples.usage_rows())

    def unknown_registries(self, query: LedgerQuery) -> tuple[str, ...]:
        return self.unknown

    def known_since(self, query: LedgerQuery) -> tuple[str, ...]:
        return self.partly

    def price_warnings(self, query: LedgerQuery) -> tuple[str, ...]:
        return self.old
