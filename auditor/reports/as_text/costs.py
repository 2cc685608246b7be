"""Costs as tables: by repository, by team, by registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from auditor.domain.costs import CostRow, CostTotals, RegistryCost, RowLabel, TeamCost, exact_sum
from auditor.domain.exactness import Exactness, combine
from auditor.domain.ledger import Allocation
from auditor.reports.cost_csv import plain_money
from auditor.reports.phrases import count_text, legend, money_text, size_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_NOTHING = "Nothing was kept in that time, so nothing cost anything."
_MEANING = (
    "Sizes are averages over the month. fair share: shared blobs split equally. exclusive: "
    "what deleting the repository would free."
)
_ESTIMATE = "Where no invoice was given, costs are estimates from prices."
_LEAST_QUANTITY = Decimal("0.001")
_UNOWNED = "(nobody)"
_NAMES = {
    RowLabel.SHARED_POOL: "shared by several",
    RowLabel.UNATTRIBUTED: "unattributed",
    RowLabel.PLAN_FEE: "plan fee",
    RowLabel.INCLUDED: "included in the plan",
    RowLabel.EGRESS: "transfer",
}
_METHODS: dict[Allocation | None, str] = {
    Allocation.FAIR_SHARE: "fair share",
    Allocation.EXCLUSIVE: "what is exclusive, the rest as a row of its own",
    Allocation.LOGICAL: "logical size",
}
_MONTH = Column("month", drop_order=6)
_FIGURES = (
    Column("logical", Align.RIGHT, drop_order=5),
    Column("exclusive", Align.RIGHT, drop_order=4),
    Column("fair share", Align.RIGHT, drop_order=2),
    Column("GB-months", Align.RIGHT, drop_order=3),
    Column("cost", Align.RIGHT),
)
_COST_COLUMNS = (
    _MONTH,
    Column("repository", cut=Cut.MIDDLE, least_width=22),
    Column("team", cut=Cut.END, drop_order=1),
    *_FIGURES,
)


def cost_table(rows: Iterable[CostRow]) -> Table:
    """One row per repository or registry-level charge, a line of totals, and notes.

    Names carry their registry where the rows belong to several.
    """
    listed = tuple(rows)
    if not listed:
        return Table(notes=(_NOTHING,))
    with_registry = len({row.registry for row in listed}) > 1
    sums = [CostTotals.of(row) for row in listed]
    return Table(
        columns=_COST_COLUMNS,
        rows=tuple(
            (row.period.name, _name(row, with_registry=with_registry), _owner(row), *figures)
            for row, figures in zip(listed, map(_figures, sums), strict=True)
        ),
        totals=("", _all(sums), "", *_total_figures(sums)),
        notes=_notes(sums, is_estimate=any(_is_estimate(row) for row in listed)),
    )


def team_table(costs: Sequence[TeamCost]) -> Table:
    """One row per team, month and currency, what nobody owns first."""
    return _groups("team", [(_team(cost.team), cost.totals) for cost in costs])


def registry_table(costs: Sequence[RegistryCost]) -> Table:
    """One row per registry, month and currency."""
    return _groups("registry", [(visible(cost.registry), cost.totals) for cost in costs])


def _groups(name: str, groups: Sequence[tuple[str, CostTotals]]) -> Table:
    if not groups:
        return Table(notes=(_NOTHING,))
    sums = [totals for _, totals in groups]
    return Table(
        columns=(
            _MONTH,
            Column(name, cut=Cut.MIDDLE),
            Column("repositories", Align.RIGHT, drop_order=1),
            *_FIGURES,
        ),
        rows=tuple(
            (totals.period.name, text, f"{totals.repositories:,}", *_figures(totals))
            for text, totals in groups
        ),
        totals=("", "all", f"{_repositories(sums):,}", *_total_figures(sums)),
        notes=_notes(sums, is_estimate=False),
    )


def _name(row: CostRow, *, with_registry: bool) -> str:
    name = row.repository or f"({_NAMES.get(row.label, row.label.value)})"
    return visible(f"{row.registry}/{name}" if with_registry else name)


def _team(team: str) -> str:
    return visible(team) if team else _UNOWNED


def _owner(row: CostRow) -> str:
    """Nothing for a row of the whole registry, which no team is asked to own."""
    return _team(row.team) if row.team or row.repository else ""


def _is_estimate(row: CostRow) -> bool:
    return any(charge.is_estimate for charge in row.charges)


def _figures(totals: CostTotals) -> tuple[str, ...]:
    sizes = (totals.logical_bytes, totals.exclusive_bytes, totals.fair_share_bytes)
    return (
        *("" if size is None else size_text(size, totals.exactness) for size in sizes),
        _gb_months(totals.gb_months),
        money_text(plain_money(totals.cost), totals.currency, totals.exactness),
    )


def _gb_months(quantity: Decimal | None) -> str:
    """With three decimals, but never a false zero."""
    if quantity is None:
        return ""
    return f"< {_LEAST_QUANTITY}" if 0 < quantity < _LEAST_QUANTITY else f"{quantity:.3f}"


def _total_figures(sums: Sequence[CostTotals]) -> tuple[str, ...]:
    """Sizes only for one month, the cost only for one currency: others do not add up."""
    months = {totals.period for totals in sums}
    currencies = {totals.currency for totals in sums}
    if len(months) == 1 and len(currencies) == 1:
        first, *others = sums
        return _figures(sum(others, start=first))
    cost = plain_money(exact_sum(*(totals.cost for totals in sums)))
    amount = cost if len(currencies) == 1 else None
    return ("", "", "", "", money_text(amount, sums[0].currency, _exactness(sums)))


def _exactness(sums: Iterable[CostTotals]) -> Exactness:
    return combine(totals.exactness for totals in sums)


def _repositories(sums: Iterable[CostTotals]) -> int:
    return sum(totals.repositories for totals in sums)


def _all(sums: Sequence[CostTotals]) -> str:
    return f"all {count_text(_repositories(sums), 'repository', 'repositories')}"


def _notes(sums: Sequence[CostTotals], *, is_estimate: bool) -> tuple[str, ...]:
    marks = [totals.exactness for totals in sums]
    methods = {totals.allocation for totals in sums}
    only = next(iter(methods)) if len(methods) == 1 else None
    split = f"Shared storage is charged by {_METHODS.get(only, 'several methods')}."
    notes = (_MEANING, split, _ESTIMATE if is_estimate else "", legend([*marks, _exactness(sums)]))
    return tuple(note for note in notes if note)
