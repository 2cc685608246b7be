"""How much a repository or registry grew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from auditor.domain.views import HistoryPoint

GROWTH_DAYS = 30


def growth_bytes(
    points: Sequence[HistoryPoint], now: datetime, days: float = GROWTH_DAYS
) -> int | None:
    """Change of stored bytes over the last `days`, negative where it shrank.

    Each point holds until the next one, the last until `now`; points after `now` are left
    out, and of two at one moment the later in `points` counts. None without a point as
    old as that: what came before the first crawl is unknown, not zero.
    """
    ordered = sorted(points, key=lambda point: point.at)
    before = _bytes_at(ordered, now - timedelta(days=days))
    current = _bytes_at(ordered, now)
    return None if before is None or current is None else current - before


def _bytes_at(ordered: Sequence[HistoryPoint], moment: datetime) -> int | None:
    known = [point.stored_bytes for point in ordered if point.at <= moment]
    return known[-1] if known else None
