"""Which costs the address asks for; anything else is a UsageError."""

from __future__ import annotations

from datetime import timedelta

from auditor.domain.costs import LedgerQuery
from auditor.domain.errors import UsageError
from auditor.domain.ledger import Allocation, Period
from web.browse_like import Site
from web.query import Arguments, moment, text

_MOMENT = timedelta(microseconds=1)


def ledger_query(site: Site, arguments: Arguments, allocation: Allocation | None) -> LedgerQuery:
    """Read `month` or `at`, and `registry`."""
    month, at = text(arguments, "month"), moment(arguments, now=site.now())
    if month and at:
        raise UsageError("month and at are two questions", next_step="Leave one of them out.")
    return LedgerQuery(
        Period.month_of(at) if at else site.ledger.month(month),
        text(arguments, "registry"),
        allocation,
        # A date is its last moment, and that one counts.
        at + _MOMENT if at else None,
    )
