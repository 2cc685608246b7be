"""Ways of splitting a bill beside each other: the same months, charged differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from auditor.domain.costs import ComparedCost, CostRow, CostTotals, GroupBy, RowLabel, exact_sum
from auditor.domain.ledger import Allocation

_Key = tuple[str, str, str, RowLabel | None, str]
_KEYS: Mapping[GroupBy, Callable[[CostRow], _Key]] = {
    GroupBy.TEAM: lambda row: ("", "", row.team, None, row.currency),
    GroupBy.REGISTRY: lambda row: (row.registry, "", "", None, row.currency),
    GroupBy.REPOSITORY: lambda row: (
        row.registry,
        row.repository,
        row.team,
        row.label,
        row.currency,
    ),
}


def compare(
    rows: Mapping[Allocation, Iterable[CostRow]], chosen: Iterable[CostRow], by: GroupBy
) -> tuple[ComparedCost, ...]:
    """One per team, registry or repository, and currency; the most expensive first.

    `rows` are the same month split each way, `chosen` as each registry is configured;
    sizes and exactness are those of the chosen way. For teams, what nobody owns is first.
    """
    key_of = _KEYS[by]
    costs: dict[_Key, dict[Allocation, Decimal]] = {}
    for allocation, split in rows.items():
        for row in split:
            found = costs.setdefault(key_of(row), dict.fromkeys(rows, Decimal(0)))
            found[allocation] = exact_sum(found[allocation], row.cost)
    totals: dict[_Key, CostTotals] = {}
    for row in chosen:
        key, one = key_of(row), CostTotals.of(row)
        totals[key] = totals[key] + one if key in totals else one
    compared = [_compared(key, costs[key], totals.get(key)) for key in costs]
    return tuple(sorted(compared, key=lambda one: _order(one, by)))


def _compared(
    key: _Key, costs: Mapping[Allocation, Decimal], totals: CostTotals | None
) -> ComparedCost:
    registry, repository, team, label, currency = key
    return ComparedCost(
        registry=registry,
        repository=repository,
        team=team,
        label=label,
        currency=currency,
        costs=tuple((allocation, costs[allocation]) for allocation in costs),
        totals=totals,
    )


def _order(one: ComparedCost, by: GroupBy) -> tuple[bool, str, Decimal, str, str, str]:
    is_owned = by is GroupBy.TEAM and bool(one.team)
    cost = one.totals.cost if one.totals else Decimal(0)
    return (is_owned, one.currency, -cost, one.registry, one.repository, one.team)
