"""Costs of repositories added up, by team or by registry.

Amounts in two currencies, or of two months, are never added to each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from auditor.domain.costs import CostRow, CostTotals, RegistryCost, Tally, TeamCost


def by_team(rows: Iterable[CostRow]) -> tuple[TeamCost, ...]:
    """One per team, month and currency; month by month, what nobody owns first.

    The other teams follow by currency, the most expensive first, then by name.
    """
    sums = _summed(rows, lambda row: row.team)
    costs = [TeamCost(team, totals) for team, totals in sums]
    return tuple(sorted(costs, key=_team_order))


def by_registry(rows: Iterable[CostRow]) -> tuple[RegistryCost, ...]:
    """One per registry, month and currency; the most expensive of a currency first."""
    sums = _summed(rows, lambda row: row.registry)
    costs = [RegistryCost(registry, totals) for registry, totals in sums]
    return tuple(sorted(costs, key=_registry_order))


def _summed(
    rows: Iterable[CostRow], name_of: Callable[[CostRow], str]
) -> Iterator[tuple[str, CostTotals]]:
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for row in rows:
        tallies[name_of(row)].add(row)
    for name, tally in tallies.items():
        for totals in tally.totals():
            yield name, totals


def _team_order(cost: TeamCost) -> tuple[datetime, bool, str, Decimal, str]:
    totals = cost.totals
    return (totals.period.start, bool(cost.team), totals.currency, -totals.cost, cost.team)


def _registry_order(cost: RegistryCost) -> tuple[datetime, str, Decimal, str]:
    totals = cost.totals
    return (totals.period.start, totals.currency, -totals.cost, cost.registry)
