"""What the addresses of alerts ask for; anything else is a UsageError."""

from __future__ import annotations

from auditor.domain.alerts import AlertsQuery, AlertState
from auditor.domain.errors import UsageError
from web.query import Arguments, text


def alerts_query(arguments: Arguments, *, limit: int, offset: int) -> AlertsQuery:
    """Read `state` and `rule`; raises UsageError."""
    value = text(arguments, "state")
    try:
        state = AlertState(value) if value else None
    except ValueError:
        raise UsageError(
            f"not a state: {value[:80]!r}", next_step="state is firing or resolved."
        ) from None
    return AlertsQuery(state=state, rule=text(arguments, "rule"), limit=limit, offset=offset)
