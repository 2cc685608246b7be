"""The crawl of one run: alone at its registry, and never twice for one run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from auditor.domain.errors import LeaseLostError
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.store.engine import Connection
from auditor.store.runs import crawl_outcome, note_crawl
from auditor.usecases.audit_registry import target_for
from auditor.usecases.crawl_alone import Turn, crawl_alone
from auditor.usecases.crawl_limits import crawl_limits
from auditor.usecases.perform_run import JobContext, JobStoppedError

_ENDED = (CrawlOutcome.COMPLETE.value, CrawlOutcome.PARTIAL.value)


def crawl_for_run(context: JobContext) -> CrawlReport | None:
    """Crawl the run's registry; None where its crawl had ended and only the run did not say so.

    Raises JobStoppedError when told to stop, and as `crawl_alone`.
    """
    run = context.run
    if run.crawl_id is not None:
        with context.database.reading() as connection:
            if crawl_outcome(connection, run.crawl_id) in _ENDED:
                return None
    target = target_for(run.registry, context.settings)
    turn = Turn(is_stopped=context.is_stopped, began=_note(context), clock=context.clock)
    limits = crawl_limits(context.settings)
    try:
        return asyncio.run(crawl_alone(context.database, target, limits, turn=turn))
    except asyncio.CancelledError:
        raise JobStoppedError from None


def _note(context: JobContext) -> Callable[[Connection, int], None]:
    """Keep the crawl's number with the run, in the transaction that begins it."""

    def began(connection: Connection, crawl_id: int) -> None:
        if not note_crawl(connection, context.run, crawl_id):
            raise LeaseLostError("this run was taken over by another worker")

    return began
