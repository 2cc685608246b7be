"""How JSON documents write money and moments."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from auditor.domain.units import round_money
from auditor.reports.shapes.words import Money


def money_value(amount: Decimal, currency: str) -> Money:
    """Money as a decimal string with four decimals, and its currency."""
    return {"amount": f"{round_money(amount):f}", "currency": currency}


def moment_value(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, null where unknown."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
