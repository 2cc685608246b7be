"""Removes history that is older than somebody wants to keep, and nothing that a total needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.domain.errors import UnknownReferenceError
from auditor.domain.ledger import Period
from auditor.domain.retention import Forgotten, PrunedRegistry, Pruning, horizon_of
from auditor.ledger.observed import LONGEST_GAP
from auditor.store import forgetting, old_crawls, pruning
from auditor.store.batches import chunks
from auditor.store.engine import Connection, Database
from auditor.store.kept import save_months
from auditor.store.pruning import START, Batch, Mark, PrunableRegistry
from auditor.store.usage_reads import iterate_byte_time_by_id

BATCH_ROWS = 2_000
MOST_ROWS = 50_000
"""What the end of a crawl removes at most; the rest waits for the next one."""

_Remove = Callable[[Connection, int, datetime, Mark, int], Batch]


def plan_pruning(
    database: Database, keep_months: int, *, now: datetime, registry: str = ""
) -> Pruning:
    """What `prune_history` would remove: nothing is changed. Raises as that."""
    with database.reading() as connection:
        each = _prunable(connection, registry)
        horizons = [(one, *_horizon(connection, one, keep_months, now)) for one in each]
        found = [
            _planned(connection, one, horizon, undecided) for one, horizon, undecided in horizons
        ]
        manifests = forgetting.count_loose(connection) + sum(
            forgetting.count_forgettable(connection, one.id, horizon)
            for one, horizon, _ in horizons
            if horizon is not None
        )
        used = database.used_bytes(connection)
    return Pruning(
        tuple(found),
        Forgotten(manifests=manifests),
        is_dry_run=True,
        used_bytes_before=used,
        used_bytes_after=used,
    )


def prune_history(
    database: Database,
    keep_months: int,
    *,
    now: datetime,
    registry: str = "",
    most_rows: int | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Pruning:
    """Remove what only tells of months before the last `keep_months` and the running one.

    Of every registry, or of one; facts that none refers to any more go last. Each batch is
    a transaction; what was interrupted, or stopped at about `most_rows`, is gone on with
    next time. Raises UnknownReferenceError for an unknown registry, StoreError.
    """
    with database.reading() as connection:
        each = _prunable(connection, registry)
        before = database.used_bytes(connection)
    run = _Run(database, now, batch_rows, most_rows)
    found = tuple(run.prune(one, keep_months) for one in each)
    run.forget()
    with database.reading() as connection:
        after = database.used_bytes(connection)
    return Pruning(
        found,
        run.forgotten,
        is_finished=run.is_finished,
        waits_for_crawl=run.waits_for_crawl,
        used_bytes_before=before,
        used_bytes_after=after,
    )


def _prunable(connection: Connection, registry: str) -> tuple[PrunableRegistry, ...]:
    found = pruning.load_prunable(connection, registry)
    if registry and not found:
        raise UnknownReferenceError(
            f"the registry {registry} was never crawled", next_step="see `auditor rank`"
        )
    return found


def _horizon(
    connection: Connection, registry: PrunableRegistry, keep_months: int, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """From when on a registry's history is to be kept, and what held that back.

    None while there is nothing before. What was removed does not come back, so a horizon
    never moves back.
    """
    wanted = horizon_of(now, keep_months)
    if registry.began is None or wanted <= (registry.kept_from or registry.began):
        return registry.kept_from, None
    undecided = pruning.load_undecided_since(connection, registry.id)
    if undecided is not None and undecided < wanted:
        held = Period.month_of(undecided).start
        if held <= (registry.kept_from or registry.began):
            return registry.kept_from, undecided
        return held, undecided
    return wanted, None


def _months(registry: PrunableRegistry, horizon: datetime) -> Iterator[Period]:
    """Months that are to be summed up: from where that was done to, up to the horizon."""
    start = registry.kept_from or registry.began
    while start is not None and start < horizon:
        month = Period.month_of(start)
        yield month
        start = month.end


def _planned(
    connection: Connection,
    registry: PrunableRegistry,
    horizon: datetime | None,
    undecided: datetime | None,
) -> PrunedRegistry:
    planned = PrunedRegistry(registry.name, registry.began, horizon, undecided)
    if horizon is None:
        return planned
    crawls = old_crawls.find_old_crawls(connection, registry.id, horizon, longest_gap=LONGEST_GAP)
    return planned.plus(
        months=len(list(_months(registry, horizon))),
        crawls=len(crawls),
        problems=old_crawls.count_problems(connection, crawls),
        **pruning.count_removable(connection, registry.id, horizon),
    )


@dataclass(slots=True)
class _Run:
    """One pruning under way; `removed_rows` counts towards `most_rows`."""

    database: Database
    now: datetime
    batch_rows: int
    most_rows: int | None
    removed_rows: int = 0
    forgotten: Forgotten = field(default_factory=Forgotten)
    is_finished: bool = True
    waits_for_crawl: bool = False

    def prune(self, registry: PrunableRegistry, keep_months: int) -> PrunedRegistry:
        with self.database.reading() as connection:
            horizon, undecided = _horizon(connection, registry, keep_months, self.now)
        pruned = PrunedRegistry(registry.name, registry.began, registry.kept_from, undecided)
        if horizon is None or horizon == registry.pruned_to:
            return replace(pruned, kept_from=horizon)
        for month in _months(registry, horizon):
            if self._is_spent():
                return pruned
            self._sum_up(registry, month)
            pruned = replace(pruned, kept_from=month.end).plus(months=1)
        return self._remove(registry, horizon, pruned)

    def _is_spent(self) -> bool:
        is_spent = self.most_rows is not None and self.removed_rows >= self.most_rows
        self.is_finished = self.is_finished and not is_spent
        return is_spent

    def _sum_up(self, registry: PrunableRegistry, month: Period) -> None:
        """Keep what every repository kept in a month; then the month may go.

        Nothing can change any more before the horizon, so it is read beside the writing.
        """
        with self.database.reading() as reader:
            found = iterate_byte_time_by_id(reader, registry.id, month, now=month.end)
            for chunk in chunks(found, self.batch_rows):
                with self.database.writing() as connection:
                    rows = [(key, byte_time) for key, _, byte_time in chunk]
                    save_months(connection, month.start, rows)
                self.removed_rows += len(rows)
        with self.database.writing() as connection:
            pruning.advance_horizon(connection, registry.id, month.end)

    def _remove(
        self, registry: PrunableRegistry, horizon: datetime, pruned: PrunedRegistry
    ) -> PrunedRegistry:
        steps: tuple[tuple[str, _Remove], ...] = (
            ("presences", pruning.remove_presences),
            ("tags", pruning.remove_tags),
            ("figures", pruning.remove_figures),
        )
        for name, remove in steps:
            mark: Mark | None = START
            while mark is not None:
                if self._is_spent():
                    return pruned
                with self.database.writing() as connection:
                    batch = remove(connection, registry.id, horizon, mark, self.batch_rows)
                mark = batch.next
                self.removed_rows += batch.deleted
                pruned = pruned.plus(**{name: batch.deleted})
        return self._remove_crawls(registry, horizon, pruned)

    def _remove_crawls(
        self, registry: PrunableRegistry, horizon: datetime, pruned: PrunedRegistry
    ) -> PrunedRegistry:
        with self.database.reading() as connection:
            crawls = old_crawls.find_old_crawls(
                connection, registry.id, horizon, longest_gap=LONGEST_GAP
            )
        for chunk in chunks(crawls, self.batch_rows):
            if self._is_spent():
                return pruned
            with self.database.writing() as connection:
                problems = old_crawls.remove_crawls(connection, chunk)
            self.removed_rows += len(chunk) + problems
            pruned = pruned.plus(crawls=len(chunk), problems=problems)
        with self.database.writing() as connection:
            pruning.note_pruned(connection, registry.id, horizon)
        return pruned

    def forget(self) -> None:
        """Forget facts, while no crawl may have looked at them."""
        with self.database.reading() as connection:
            is_any = forgetting.count_loose(connection) > 0
        while is_any and not self._is_spent():
            with self.database.writing() as connection:
                forgetting.keep_crawls_out(connection)
                if forgetting.is_crawling(connection, self.now):
                    self.is_finished, self.waits_for_crawl = False, True
                    return
                forgotten = forgetting.forget_loose(connection, self.batch_rows)
                is_any = forgetting.count_loose(connection) > 0
            self.forgotten += forgotten
            self.removed_rows += forgotten.manifests + forgotten.configs + forgotten.blobs
