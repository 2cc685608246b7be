"""Crawls one registry into the database: registry -> crawler -> store."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from auditor.crawler.limits import WalkLimits
from auditor.crawler.ports import ManifestSource
from auditor.crawler.progress import AnalysisProgress, CrawlProgress
from auditor.crawler.walk import RegistryWalk
from auditor.domain.credential import Credential
from auditor.domain.errors import AuditorError, RegistryError
from auditor.domain.observation import (
    CrawlOutcome,
    CrawlReport,
    StorageScope,
)
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.price_terms import PriceTerms
from auditor.domain.reference import RegistryAddress
from auditor.registry.opening import open_source
from auditor.registry.options import ClientOptions
from auditor.store.crawls import CrawlEnd, CrawlRecord, begin_crawl, finish_crawl
from auditor.store.engine import Connection, Database
from auditor.store.kept_prices import keep_terms
from auditor.store.sink import StoreSink
from auditor.store.state import CrawlMark
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.prune_history import MOST_ROWS, prune_history

Listener = Callable[[CrawlProgress], None]
_PROGRESS_SECONDS = 0.1
_OVERTAKEN = (
    "another crawl of this registry began before this one ended; what was read is kept, and "
    "what is gone is for the other to say"
)


@dataclass(frozen=True, slots=True)
class CrawlTarget:
    """Which registry to crawl, how its storage is shared, and who we are there.

    `repositories`: only these; empty for the whole catalogue. `tags`: only those that match
    one of these globs; empty for all. `is_reference`: known as a source of bases, and counted
    nowhere. `is_part`: `repositories` are some of those that other crawls look at, so this one
    says nothing of the registry as a whole. `options` is how to talk to
    it: certificates, caps, token hosts, whether pulls are counted. `terms` is by what it is
    charged, kept for the crawl's month; None keeps nothing. `warnings`: what went wrong on
    the way here and does not keep anybody from crawling.
    """

    address: RegistryAddress
    scope: StorageScope
    credential: Credential | None = None
    repositories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    is_reference: bool = False
    is_part: bool = False
    options: ClientOptions = field(default_factory=ClientOptions)
    terms: PriceTerms | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How a crawl behaves, whatever the registry.

    `recheck_days`: how often untagged manifests are looked for again. `guard_ratio`: the
    share of tags (0 to 1) that one crawl may lose. `platform`: whose newest image stands
    for a repository's size. `keep_months`: the registry's history is pruned to so many
    months after a crawl; None keeps everything. `analysis`: by what images are analysed
    after a crawl; None leaves them for later.
    """

    concurrency: int = 16
    recheck_days: float = 7
    guard_ratio: float = 0.2
    ask_referrers: bool = True
    platform: Platform = DEFAULT_PLATFORM
    keep_months: int | None = None
    analysis: Analysis | None = None


@dataclass(frozen=True, slots=True)
class CrawlWatch:
    """Who must know of a crawl's transactions, each called inside of them.

    `guard` in every one that writes: it raises where this crawl may not any more. `began`
    with the crawl's number.
    """

    guard: Callable[[Connection], None] = lambda _: None
    began: Callable[[Connection, int], None] = lambda *_: None


async def crawl_registry(
    database: Database,
    target: CrawlTarget,
    limits: CrawlLimits,
    *,
    listener: Listener,
    accept_removals: bool = False,
    now: datetime | None = None,
    watch: CrawlWatch | None = None,
) -> CrawlReport:
    """Crawl `target` to its end and return what happened; `now` only to replay a past.

    Raises RegistryError when nothing could be read at all. Cancelled, it leaves a
    consistent database and raises CancelledError.
    """
    options = replace(target.options, concurrency=limits.concurrency)
    async with open_source(target.address, target.credential, options) as source:
        return await crawl_source(
            database,
            source,
            target,
            limits,
            now=now or datetime.now(UTC),
            listener=listener,
            accept_removals=accept_removals,
            watch=watch,
        )


async def crawl_source(
    database: Database,
    source: ManifestSource,
    target: CrawlTarget,
    limits: CrawlLimits,
    *,
    now: datetime,
    listener: Listener = lambda _: None,
    accept_removals: bool = False,
    watch: CrawlWatch | None = None,
) -> CrawlReport:
    """Crawl `target` through an open source; `now` is the moment the observations stand for.

    Raises as `crawl_registry`; whatever was read before an error or a cancellation is
    kept, and the crawl is recorded as failed or interrupted.
    """
    watch = watch or CrawlWatch()
    with database.writing() as connection:
        watch.guard(connection)
        mark = begin_crawl(
            connection,
            target.address.name,
            scope=target.scope,
            platform=limits.platform,
            now=now,
            is_reference=target.is_reference,
        )
        if target.terms and not target.is_reference:
            keep_terms(connection, mark.registry_id, target.terms, now)
        watch.began(connection, mark.crawl_id)
    sink = StoreSink(database, mark, timedelta(days=limits.recheck_days), watch.guard)
    walk = RegistryWalk(
        source,
        sink,
        WalkLimits(limits.concurrency, limits.ask_referrers, tags=target.tags),
        named=target.repositories,
    )
    started = time.monotonic()
    walk.watch = _Reporter(target.address.name, walk, listener, started).report
    finish = _Finish(
        target, database, mark, walk, limits, started, watch, accept_removals=accept_removals
    )
    try:
        await walk.run()
        listener(_progress(target.address.name, walk, started))
    except RegistryError:
        finish.with_outcome(CrawlOutcome.FAILED)
        raise
    except BaseException:
        finish.with_outcome(CrawlOutcome.INTERRUPTED)
        raise
    outcome = CrawlOutcome.PARTIAL if walk.problems else CrawlOutcome.COMPLETE
    report = finish.with_outcome(outcome)
    analysing = _AnalysisReporter(_progress(target.address.name, walk, started), listener)
    report = await _analyse_after(report, database, limits, now, analysing)
    return _prune_after(report, database, limits)


async def _analyse_after(
    report: CrawlReport,
    database: Database,
    limits: CrawlLimits,
    now: datetime,
    watch: _AnalysisReporter,
) -> CrawlReport:
    """Look at what the crawl touched; that this could not be done is no failure of the crawl.

    In a thread, so that whoever interrupts is heard; what is not looked at stays due.
    """
    if limits.analysis is None:
        return report
    stopped = threading.Event()
    try:
        await asyncio.to_thread(
            analyse,
            database,
            limits.analysis,
            now=now,
            listener=watch.report,
            is_stopped=stopped.is_set,
        )
    except AuditorError as error:
        warning = f"images were not analysed: {error.message}"
        return replace(report, warnings=(*report.warnings, warning))
    finally:
        stopped.set()
    return report


def _prune_after(report: CrawlReport, database: Database, limits: CrawlLimits) -> CrawlReport:
    """Let go of old history; that this could not be done is no failure of the crawl."""
    if limits.keep_months is None:
        return report
    try:
        prune_history(
            database,
            limits.keep_months,
            now=report.started_at,
            registry=report.registry,
            most_rows=MOST_ROWS,
        )
    except AuditorError as error:
        warning = f"old history was not removed: {error.message}"
        return replace(report, warnings=(*report.warnings, warning))
    return report


@dataclass(frozen=True, slots=True)
class _Finish:
    target: CrawlTarget
    database: Database
    mark: CrawlMark
    walk: RegistryWalk
    limits: CrawlLimits
    started: float
    watch: CrawlWatch
    accept_removals: bool

    def with_outcome(self, outcome: CrawlOutcome) -> CrawlReport:
        """Close the crawl in the database and report it."""
        walk, traffic = self.walk, self.walk.source.traffic()
        end = CrawlEnd(
            outcome=outcome,
            finished_at=self.mark.now + timedelta(seconds=time.monotonic() - self.started),
            saw_all=walk.saw_all and not self.target.is_part,
            lists_repositories=not walk.named,
            capabilities=walk.capabilities,
            platform=self.limits.platform,
            repositories=walk.done,
            tags=walk.counts.tags,
            requests=traffic.requests,
            bytes_fetched=traffic.bytes_received,
            problems=tuple(walk.problems),
            guard_ratio=self.limits.guard_ratio,
            accept_removals=self.accept_removals,
        )
        with self.database.writing() as connection:
            self.watch.guard(connection)
            record = finish_crawl(connection, self.mark, end)
        return _report(self.walk, target=self.target, mark=self.mark, end=end, record=record)


def _report(
    walk: RegistryWalk, *, target: CrawlTarget, mark: CrawlMark, end: CrawlEnd, record: CrawlRecord
) -> CrawlReport:
    return CrawlReport(
        registry=target.address.name,
        started_at=mark.now,
        finished_at=end.finished_at,
        outcome=record.outcome,
        repositories=end.repositories,
        tags=end.tags,
        requests=end.requests,
        manifests_fetched=walk.counts.manifests,
        configs_fetched=walk.counts.configs,
        bytes_fetched=end.bytes_fetched,
        removed_tags=record.removals.tags,
        removed_repositories=record.removals.repositories,
        guarded_tags=record.removals.guarded_tags,
        problems=end.problems,
        is_reference=target.is_reference,
        warnings=() if record.outcome is end.outcome else (_OVERTAKEN,),
    )


@dataclass(slots=True)
class _Reporter:
    """Tells a listener how far a walk is, a few times a second at most."""

    registry: str
    walk: RegistryWalk
    listener: Listener
    started: float
    _next: float = 0.0

    def report(self) -> None:
        """Called for every count that moved."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PROGRESS_SECONDS
            self.listener(_progress(self.registry, self.walk, self.started))


@dataclass(slots=True)
class _AnalysisReporter:
    """Tells a crawl's listener how far the analysis behind it is, at the same pace.

    The first and the last repository are always told. Called from the analysis' thread.
    """

    crawl: CrawlProgress
    listener: Listener
    started: float = field(default_factory=time.monotonic)
    _next: float = 0.0

    def report(self, done: int, known: int) -> None:
        """Called for every repository that is done."""
        now = time.monotonic()
        if now >= self._next or done == known:
            self._next = now + _PROGRESS_SECONDS
            moment = AnalysisProgress(done, known, now - self.started)
            self.listener(replace(self.crawl, analysing=moment))


def _progress(registry: str, walk: RegistryWalk, started: float) -> CrawlProgress:
    traffic = walk.source.traffic()
    return CrawlProgress(
        registry=registry,
        repositories_done=walk.done,
        repositories_found=walk.found,
        listing_done=walk.listing_done,
        manifests=walk.counts.manifests,
        bytes_fetched=traffic.bytes_received,
        requests=traffic.requests,
        problems=len(walk.problems),
        seconds=time.monotonic() - started,
    )
