"""Takes out the crawls that neither a bill nor a date after the horizon asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from auditor.domain.ledger import Period
from auditor.domain.observation import CrawlOutcome
from auditor.store.batches import chunks, table_of
from auditor.store.tables.places import AbsenceRow, CrawlRow, ProblemRow, RegistryRow

_TO_THE_END = frozenset({CrawlOutcome.COMPLETE.value, CrawlOutcome.PARTIAL.value})


@dataclass(frozen=True, slots=True)
class OldCrawl:
    """A crawl, when it began and how it ended."""

    id: int
    started_at: datetime
    outcome: str


def find_old_crawls(
    connection: Connection, registry_id: int, before: datetime, *, longest_gap: timedelta
) -> list[int]:
    """Ids of crawls before a moment that nobody asks for any more.

    The last of each outcome stays: the state at the moment is of one of them. Of those that
    came to their end, as bills count them, so many stay that no month has a gap of more
    than `longest_gap` that had none.
    """
    query = (
        select(CrawlRow.id, CrawlRow.started_at, CrawlRow.outcome)
        .where(
            CrawlRow.registry_id == registry_id,
            CrawlRow.started_at < before,
            CrawlRow.outcome != CrawlOutcome.RUNNING.value,
        )
        .order_by(CrawlRow.started_at, CrawlRow.id)
    )
    crawls = [OldCrawl(*row) for row in connection.execute(query)]
    first = connection.execute(
        select(RegistryRow.first_complete_at).where(RegistryRow.id == registry_id)
    ).scalar_one()
    counted = [
        crawl
        for crawl in crawls
        if crawl.outcome in _TO_THE_END and first is not None and crawl.started_at >= first
    ]
    kept = {crawl.outcome: crawl.id for crawl in crawls}
    stay = {*kept.values(), *(crawl.id for crawl in _telling(counted, longest_gap))}
    return [crawl.id for crawl in crawls if crawl.id not in stay]


def _telling(crawls: Sequence[OldCrawl], longest_gap: timedelta) -> Iterable[OldCrawl]:
    """The first and last of each month, and between them no more than the gap asks for."""
    months = [Period.month_of(crawl.started_at).start for crawl in crawls]
    kept: datetime | None = None
    for place, crawl in enumerate(crawls):
        is_at_border = (
            place in (0, len(crawls) - 1)
            or months[place - 1] < months[place]
            or months[place] < months[place + 1]
        )
        if is_at_border or kept is None or crawls[place + 1].started_at - kept > longest_gap:
            kept = crawl.started_at
            yield crawl


def count_problems(connection: Connection, crawls: Sequence[int]) -> int:
    """How many problems these crawls had."""
    query = select(func.count()).select_from(ProblemRow)
    return sum(
        int(connection.execute(query.where(ProblemRow.crawl_id.in_(chunk))).scalar_one())
        for chunk in chunks(crawls)
    )


def remove_crawls(connection: Connection, crawls: Sequence[int]) -> int:
    """Delete these crawls with their problems; returns how many problems those were."""
    problems = 0
    for chunk in chunks(crawls):
        connection.execute(delete(table_of(AbsenceRow)).where(AbsenceRow.crawl_id.in_(chunk)))
        gone = delete(table_of(ProblemRow)).where(ProblemRow.crawl_id.in_(chunk))
        problems += connection.execute(gone).rowcount
        connection.execute(delete(table_of(CrawlRow)).where(CrawlRow.id.in_(chunk)))
    return problems
