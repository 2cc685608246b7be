"""Costs and usage as CSV for the finance team; columns are added at the end, never renamed.

Streaming: one line per row, nothing is held back but the totals. Decimals are written out,
never with an exponent; a cell that is unknown or does not apply is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from auditor.domain.costs import CostRow, CostTotals, RegistryCost, Tally, TeamCost, UsageRow
from auditor.reports.as_csv import Cell, csv_lines

COST_COLUMNS = (
    "month",
    "registry",
    "repository",
    "team",
    "logical_bytes",
    "stored_bytes",
    "exclusive_bytes",
    "fair_share_bytes",
    "gb_months",
    "cost",
    "currency",
    "allocation",
    "exactness",
    "row",
)
TEAM_COLUMNS = (
    "month",
    "team",
    "repositories",
    "logical_bytes",
    "exclusive_bytes",
    "fair_share_bytes",
    "gb_months",
    "cost",
    "currency",
    "allocation",
    "exactness",
)
REGISTRY_COLUMNS = (
    "month",
    "registry",
    "repositories",
    "logical_bytes",
    "stored_bytes",
    "exclusive_bytes",
    "fair_share_bytes",
    "gb_months",
    "cost",
    "currency",
    "allocation",
    "exactness",
)
USAGE_COLUMNS = (
    "month",
    "registry",
    "repository",
    "team",
    "logical_byte_hours",
    "stored_byte_hours",
    "exclusive_byte_hours",
    "fair_share_byte_hours",
    "observed_hours",
    "exactness",
    "sharing_exactness",
)
TOTAL = "total"
# A byte kept for a month is 0.000000001 GB-month.
_QUANTITY_STEP = Decimal("1e-9")
_MONEY_STEP = Decimal("0.0001")
_HOURS_STEP = Decimal("1e-6")
_HOUR_MICROSECONDS = 3_600_000_000
# Wide enough that rounding never meets a figure with too many digits.
_WIDE = Context(prec=100, rounding=ROUND_HALF_EVEN)


def cost_lines(rows: Iterable[CostRow], *, totals_row: bool) -> Iterator[str]:
    """The header and one line per row; then, if wanted, one of totals per month and currency."""
    return csv_lines(COST_COLUMNS, _cost_rows(rows, totals_row=totals_row))


def team_lines(costs: Iterable[TeamCost]) -> Iterator[str]:
    """The header and one line per team, month and currency."""
    return csv_lines(TEAM_COLUMNS, (_team_cells(cost) for cost in costs))


def registry_lines(costs: Iterable[RegistryCost]) -> Iterator[str]:
    """The header and one line per registry, month and currency."""
    return csv_lines(REGISTRY_COLUMNS, (_registry_cells(cost) for cost in costs))


def usage_lines(rows: Iterable[UsageRow]) -> Iterator[str]:
    """The header and one line per repository: the byte-hours behind the money."""
    return csv_lines(USAGE_COLUMNS, (_usage_cells(row) for row in rows))


def plain_quantity(amount: Decimal | None) -> Decimal | None:
    """GB-months with nine decimals: exact to one byte kept for a month."""
    return None if amount is None else amount.quantize(_QUANTITY_STEP, context=_WIDE)


def plain_money(amount: Decimal) -> Decimal:
    """Money with four decimals, however large."""
    return amount.quantize(_MONEY_STEP, context=_WIDE)


def plain_hours(microseconds: int) -> Decimal:
    """Hours, or byte-hours of byte-microseconds, with six decimals."""
    hours = _WIDE.divide(Decimal(microseconds), Decimal(_HOUR_MICROSECONDS))
    return hours.quantize(_HOURS_STEP, context=_WIDE)


def _cost_rows(rows: Iterable[CostRow], *, totals_row: bool) -> Iterator[Sequence[Cell]]:
    tally = Tally()
    for row in rows:
        yield cost_cells(row)
        if totals_row:
            tally.add(row)
    yield from map(_total_cells, tally.totals())


def cost_cells(row: CostRow) -> tuple[Cell, ...]:
    """The cells of one row, in the order of COST_COLUMNS."""
    return (
        row.period.name,
        row.registry,
        row.repository,
        row.team,
        row.logical_bytes,
        row.stored_bytes,
        row.exclusive_bytes,
        row.fair_share_bytes,
        plain_quantity(row.gb_months),
        plain_money(row.cost),
        row.currency,
        row.allocation,
        row.exactness,
        row.label,
    )


def _total_cells(totals: CostTotals) -> tuple[Cell, ...]:
    # Stored sizes of repositories do not add up: they share blobs.
    names = (totals.period.name, None, None, None)
    return (*names, totals.logical_bytes, None, *_figures(totals), TOTAL)


def _team_cells(cost: TeamCost) -> tuple[Cell, ...]:
    totals = cost.totals
    names = (totals.period.name, cost.team, totals.repositories)
    return (*names, totals.logical_bytes, *_figures(totals))


def _registry_cells(cost: RegistryCost) -> tuple[Cell, ...]:
    # The fair shares of a whole registry add up to what it stores.
    totals = cost.totals
    names = (totals.period.name, cost.registry, totals.repositories)
    return (*names, totals.logical_bytes, totals.fair_share_bytes, *_figures(totals))


def _figures(totals: CostTotals) -> tuple[Cell, ...]:
    return (
        totals.exclusive_bytes,
        totals.fair_share_bytes,
        plain_quantity(totals.gb_months),
        plain_money(totals.cost),
        totals.currency,
        totals.allocation,
        totals.exactness,
    )


def _usage_cells(row: UsageRow) -> tuple[Cell, ...]:
    usage = row.usage
    kept = usage.byte_time
    return (
        row.period.name,
        usage.registry,
        usage.repository,
        row.team,
        plain_hours(kept.logical),
        plain_hours(kept.stored),
        plain_hours(kept.exclusive),
        plain_hours(kept.fair_share),
        plain_hours(usage.observed_microseconds),
        usage.exactness,
        usage.sharing_exactness,
    )
