"""Costs as JSON, streamed: one row per line, totals last, keys as in the CSV.

Money is an object of amount and currency; decimals are strings, unknown is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from auditor.domain.costs import (
    ChargeShare,
    CostRow,
    CostTotals,
    RegistryCost,
    Tally,
    TeamCost,
    UsageRow,
)
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.cost_csv import plain_hours, plain_money, plain_quantity
from auditor.reports.shapes.money import ChargeShape, CostShape, CostTotalsShape, UsageShape
from auditor.reports.shapes.words import Money

Notes = Sequence[str] | None
_Object = Mapping[str, object]


def cost_json_lines(rows: Iterable[CostRow], notes: Notes = None) -> Iterator[str]:
    """A document in pieces: `rows` one per line, then `totals` per month and currency.

    Here and below: `notes` are sentences to go with it, where they are not told elsewhere.
    """
    tally = Tally()

    def counted() -> Iterator[CostShape]:
        for row in rows:
            tally.add(row)
            yield cost_object(row)

    yield f'{{\n  "schema_version": {SCHEMA_VERSION},\n  "kind": "costs",\n  "rows": ['
    yield from _items(counted())
    yield '],\n  "totals": ['
    yield from _items(map(_totals, tally.totals()))
    yield f"]{_notes(notes)}\n}}\n"


def team_json_lines(costs: Iterable[TeamCost], notes: Notes = None) -> Iterator[str]:
    """A document in pieces: one team, month and currency per line."""
    rows = ({"team": cost.team, **_totals(cost.totals)} for cost in costs)
    return _document("teams", rows, notes)


def registry_json_lines(costs: Iterable[RegistryCost], notes: Notes = None) -> Iterator[str]:
    """A document in pieces: one registry, month and currency per line."""
    return _document(
        "registries",
        (
            {
                "registry": cost.registry,
                "stored_bytes": cost.totals.fair_share_bytes,
                **_totals(cost.totals),
            }
            for cost in costs
        ),
        notes,
    )


def usage_json_lines(rows: Iterable[UsageRow], notes: Notes = None) -> Iterator[str]:
    """A document in pieces: the byte-hours of one repository per line."""
    return _document("usage", map(_usage, rows), notes)


def cost_object(row: CostRow) -> CostShape:
    """One row with its charges."""
    return {
        "month": row.period.name,
        "registry": row.registry,
        "repository": row.repository,
        "team": row.team,
        "logical_bytes": row.logical_bytes,
        "stored_bytes": row.stored_bytes,
        "exclusive_bytes": row.exclusive_bytes,
        "fair_share_bytes": row.fair_share_bytes,
        "gb_months": _plain(plain_quantity(row.gb_months)),
        "cost": _money(row.cost, row.currency),
        "allocation": row.allocation.value,
        "exactness": row.exactness.value,
        "row": row.label.value,
        "charges": [_charge(charge, row.currency) for charge in row.charges],
    }


def _charge(charge: ChargeShare, currency: str) -> ChargeShape:
    return {
        "kind": charge.kind.value,
        "description": charge.description,
        "sku_id": charge.sku_id,
        "sku_price_id": charge.sku_price_id,
        "quantity": _plain(charge.pricing_quantity),
        "unit": charge.pricing_unit,
        "unit_price": _plain(charge.contracted_unit_price),
        "cost": _money(charge.cost, currency),
        "is_estimate": charge.is_estimate,
    }


def _totals(totals: CostTotals) -> CostTotalsShape:
    return {
        "month": totals.period.name,
        "repositories": totals.repositories,
        "logical_bytes": totals.logical_bytes,
        "exclusive_bytes": totals.exclusive_bytes,
        "fair_share_bytes": totals.fair_share_bytes,
        "gb_months": _plain(plain_quantity(totals.gb_months)),
        "cost": _money(totals.cost, totals.currency),
        "allocation": None if totals.allocation is None else totals.allocation.value,
        "exactness": totals.exactness.value,
    }


def _usage(row: UsageRow) -> UsageShape:
    usage = row.usage
    kept = usage.byte_time
    return {
        "month": row.period.name,
        "registry": usage.registry,
        "repository": usage.repository,
        "team": row.team,
        "logical_byte_hours": f"{plain_hours(kept.logical):f}",
        "stored_byte_hours": f"{plain_hours(kept.stored):f}",
        "exclusive_byte_hours": f"{plain_hours(kept.exclusive):f}",
        "fair_share_byte_hours": f"{plain_hours(kept.fair_share):f}",
        "observed_hours": f"{plain_hours(usage.observed_microseconds):f}",
        "exactness": usage.exactness.value,
        "sharing_exactness": usage.sharing_exactness.value,
    }


def _document(kind: str, items: Iterable[_Object], notes: Notes) -> Iterator[str]:
    yield f'{{\n  "schema_version": {SCHEMA_VERSION},\n  "kind": "{kind}",\n  "rows": ['
    yield from _items(items)
    yield f"]{_notes(notes)}\n}}\n"


def _notes(notes: Notes) -> str:
    return "" if notes is None else f',\n  "notes": {json.dumps(list(notes), ensure_ascii=True)}'


def _items(items: Iterable[_Object]) -> Iterator[str]:
    before, after = "\n    ", ""
    for item in items:
        yield before + json.dumps(item, ensure_ascii=True, allow_nan=False)
        before, after = ",\n    ", "\n  "
    yield after


def _money(amount: Decimal, currency: str) -> Money:
    return {"amount": f"{plain_money(amount):f}", "currency": currency}


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
