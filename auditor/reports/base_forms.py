"""Bases in use and plans for machines: JSON documents, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.domain.base_fleet import FleetSwap
from auditor.domain.base_views import BasePlan, BaseRow, BasesPage, FamilyRow
from auditor.domain.units import round_money
from auditor.reports.as_csv import Cell, csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.json_values import moment_value

BASE_COLUMNS = (
    "id",
    "registry",
    "name",
    "family",
    "platform",
    "size_bytes",
    "repositories",
    "images",
    "versions",
    "swap_to",
    "swap_size_bytes",
    "freed_bytes",
    "added_bytes",
    "kept_bytes",
    "break_even",
    "moves",
    "exactness",
    "monthly_saving",
    "currency",
    "caveats",
)
STEP_COLUMNS = (
    "position",
    "registry",
    "scope",
    "repository",
    "base",
    "swap_to",
    "freed_bytes",
    "cumulative_bytes",
)


def bases_document(page: BasesPage) -> dict[str, object]:
    """The bases in the page's order; `as_of` null before the first analysis."""
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": moment_value(page.as_of),
        "bases": [_base(row) for row in page.rows],
        "families": [_family(row) for row in page.families],
        "by": page.query.by.value,
        "matches": page.matches,
        "offset": page.query.offset,
        "waiting_images": page.waiting_images,
        "price_notes": list(page.price_notes),
    }


def plan_document(plan: BasePlan) -> dict[str, object]:
    """One base, and each move in its order; `steps` is empty where no swap is known."""
    swap = plan.base.swap
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": moment_value(plan.as_of),
        "base": {**_base(plan.base), "names": list(plan.base.names)},
        "steps": [
            {
                "position": position,
                "scope": step.scope,
                "repository": step.repository,
                "freed_bytes": step.freed_bytes,
                "cumulative_bytes": step.cumulative_bytes,
            }
            for position, step in enumerate(swap.steps if swap else (), 1)
        ],
        "price_notes": list(plan.price_notes),
    }


def _base(row: BaseRow) -> dict[str, Any]:
    return {
        "id": row.chain.encoded,
        "registry": row.registry,
        "name": row.name or None,
        "family": row.family or None,
        "platform": None if row.platform is None else str(row.platform),
        "size_bytes": row.size_bytes,
        "repositories": row.repositories,
        "images": row.images,
        "versions": row.versions,
        "swap": None if row.swap is None else _swap(row, row.swap),
    }


def _swap(row: BaseRow, swap: FleetSwap) -> dict[str, Any]:
    amount = row.monthly_saving
    return {
        "name": swap.name,
        "size_bytes": swap.size_bytes,
        "freed_bytes": swap.freed_bytes,
        "added_bytes": swap.added_bytes,
        "kept_bytes": swap.kept_bytes,
        "break_even": swap.break_even,
        "moves": swap.moves,
        "exactness": row.exactness.value,
        "monthly_saving": None
        if amount is None
        else {"amount": str(round_money(amount)), "currency": row.currency},
        "caveats": list(swap.words),
    }


def _family(row: FamilyRow) -> dict[str, Any]:
    return {
        "family": row.family,
        "versions": row.versions,
        "repositories": row.repositories,
        "stored_bytes": row.stored_bytes,
        "excess_bytes": row.excess_bytes,
        "most_used": [
            {
                "names": list(one.names),
                "size_bytes": one.size_bytes,
                "own_bytes": one.own_bytes,
                "repositories": one.repositories,
            }
            for one in row.most_used
        ],
    }


def base_lines(page: BasesPage) -> Iterator[str]:
    """The header and one line per base."""
    return csv_lines(BASE_COLUMNS, map(_cells, page.rows))


def _cells(row: BaseRow) -> tuple[Cell, ...]:
    swap, amount = row.swap, row.monthly_saving
    first: tuple[Cell, ...] = (
        row.chain.encoded,
        row.registry,
        row.name or None,
        row.family or None,
        None if row.platform is None else str(row.platform),
        row.size_bytes,
        row.repositories,
        row.images,
        row.versions,
    )
    if swap is None:
        return first + (None,) * (len(BASE_COLUMNS) - len(first))
    return (
        *first,
        swap.name,
        swap.size_bytes,
        swap.freed_bytes,
        swap.added_bytes,
        swap.kept_bytes,
        swap.break_even,
        swap.moves,
        row.exactness,
        None if amount is None else round_money(amount),
        row.currency,
        " ".join(swap.words),
    )


def step_lines(plan: BasePlan) -> Iterator[str]:
    """The header and one line per move, in order."""
    row, swap = plan.base, plan.base.swap
    return csv_lines(
        STEP_COLUMNS,
        (
            (
                position,
                row.registry,
                step.scope,
                step.repository,
                row.name or row.chain.encoded,
                swap.name if swap else None,
                step.freed_bytes,
                step.cumulative_bytes,
            )
            for position, step in enumerate(swap.steps if swap else (), 1)
        ),
    )
