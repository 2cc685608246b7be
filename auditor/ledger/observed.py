"""For how much of a period a registry's state was known, and how sure that makes its usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from auditor.domain.exactness import Coverage, Exactness, combine
from auditor.domain.ledger import Period

_MICROSECOND = timedelta(microseconds=1)
LONGEST_GAP = timedelta(days=8)
"""A weekly crawl and a day: what happens between crawls that are further apart is a guess."""


@dataclass(frozen=True, slots=True)
class Observed:
    """`microseconds`: how long the state was known within the period, up to now.

    `exactness` is that of logical and stored byte-time, `sharing_exactness` that of
    exclusive and fair-share byte-time.
    """

    microseconds: int
    exactness: Exactness
    sharing_exactness: Exactness


def observe(
    period: Period,
    crawls: Sequence[datetime],
    coverage: Coverage,
    *,
    now: datetime,
    longest_gap: timedelta = LONGEST_GAP,
) -> Observed:
    """How well `crawls`, moments of crawls that came to their end, cover the period up to now.

    The state that a crawl saw holds until the next one; before the first nothing is known,
    so figures of a period that begins earlier are lower bounds. Where crawls are further
    apart than `longest_gap`, they are estimates: the gap widens an interval and never
    reads as zero.
    """
    end = min(period.end, now)
    first = min(crawls, default=end)
    known_from = max(period.start, first)
    known = max(timedelta(0), end - known_from)
    doubts = [
        Exactness.LOWER_BOUND if first > period.start else Exactness.EXACT,
        Exactness.ESTIMATED if _widest(crawls, known_from, end) > longest_gap else Exactness.EXACT,
    ]
    return Observed(
        known // _MICROSECOND,
        combine([coverage.of_presence, *doubts]),
        combine([coverage.of_sharing, *doubts]),
    )


def _widest(crawls: Sequence[datetime], start: datetime, end: datetime) -> timedelta:
    """The longest time between crawls that overlaps the part from `start` to `end`."""
    before = [moment for moment in crawls if moment <= start]
    inside = sorted(moment for moment in crawls if start < moment < end)
    after = [moment for moment in crawls if moment >= end]
    marks = [max(before, default=start), *inside, min(after, default=end)]
    return max(later - earlier for earlier, later in pairwise(marks))
