"""The crawl of one run: alone at its registry, and never twice for one run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from auditor.domain.errors import LeaseLostError
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.store.engine import Connection
from auditor.store.runs import crawl_outcome, note_crawl
from auditor.usecases.audit_registry import target_for
from auditor.usecases.crawl_alone import Turn, crawl_alone
from auditor.usecases.crawl_limits import crawl_limits
from auditor.usecases.perform_run import JobContext, JobStoppedError
from auditor.usecases.take_hints import crawl_hinted, due_hints, forget_hints

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
    began = context.clock()
    crawl = crawl_alone(
        context.database, target, crawl_limits(context.settings), turn=_turn(context)
    )
    try:
        report = asyncio.run(crawl)
    except asyncio.CancelledError:
        raise JobStoppedError from None
    # Whatever was hinted at before it began was read with the rest.
    for due in due_hints(context.database, began, settle=timedelta()):
        if due.registry == target.address.name:
            forget_hints(context.database, due, began)
    return report


def crawl_hinted_for_run(context: JobContext) -> CrawlReport | None:
    """Crawl what push events named of the run's registry; None where nothing waits any more.

    Raises as `crawl_for_run`.
    """
    target = target_for(context.run.registry, context.settings)
    waiting = due_hints(context.database, context.clock())
    due = next((one for one in waiting if one.registry == target.address.name), None)
    if due is None:
        return None
    crawl = crawl_hinted(
        context.database,
        target,
        due,
        crawl_limits(context.settings),
        listener=lambda _: None,
        turn=_turn(context),
    )
    try:
        return asyncio.run(crawl)
    except asyncio.CancelledError:
        raise JobStoppedError from None


def _turn(context: JobContext) -> Turn:
    return Turn(is_stopped=context.is_stopped, began=_note(context), clock=context.clock)


def _note(context: JobContext) -> Callable[[Connection, int], None]:
    """Keep the crawl's number with the run, in the transaction that begins it."""

    def began(connection: Connection, crawl_id: int) -> None:
        if not note_crawl(connection, context.run, crawl_id):
            raise LeaseLostError("this run was taken over by another worker")

    return began
