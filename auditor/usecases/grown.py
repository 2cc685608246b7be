"""How much counted registries grew of late."""

from __future__ import annotations

from datetime import datetime, timedelta

from auditor.analysis.growth import GROWTH_DAYS, growth_bytes
from auditor.domain.views import HistoryPoint
from auditor.store import ranking_reads, registry_reads
from auditor.store.engine import Connection


def growth_since(connection: Connection, as_of: datetime) -> int | None:
    """Over the registries that are known for long enough; None where there is none.

    A registry crawled for the first time last week did not grow by all it holds.
    """
    names = registry_reads.names_seen_whole_by(connection, as_of - timedelta(days=GROWTH_DAYS))
    history = ranking_reads.load_registry_history(connection, names)
    return growth_bytes(history, as_of) if names else None


def history_until(
    history: tuple[HistoryPoint, ...], as_of: datetime | None
) -> tuple[HistoryPoint, ...]:
    """The history, its last value repeated at `as_of`: what was seen still holds then."""
    if not history or as_of is None or history[-1].at >= as_of:
        return history
    return (*history, HistoryPoint(as_of, history[-1].stored_bytes))
