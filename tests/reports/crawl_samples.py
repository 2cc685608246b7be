"""Crawls of registries in every state a report can show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from auditor.domain.crawl_views import CrawlRecord, CrawlStatus
from auditor.domain.observation import CrawlOutcome, Problem, StorageScope

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOSTILE = "a\x1b[31m<script>\n"


def record(hours_ago: float = 1, outcome: CrawlOutcome = CrawlOutcome.COMPLETE) -> CrawlRecord:
    """A crawl of four minutes; one that runs has counted nothing yet."""
    began = NOON - timedelta(hours=hours_ago)
    if outcome is CrawlOutcome.RUNNING:
        return CrawlRecord(began, None, outcome)
    return CrawlRecord(began, began + timedelta(seconds=245), outcome, 41, 1200, 1310, 98_000, 0)


def every_state() -> tuple[CrawlStatus, ...]:
    """One that is well, one that is crawled now after trouble, a reference never read."""
    problems = (Problem("team/app", HOSTILE, "too many requests", "TOOMANYREQUESTS"),)
    partial = CrawlRecord(
        NOON - timedelta(days=1),
        NOON - timedelta(days=1) + timedelta(seconds=9.5),
        CrawlOutcome.PARTIAL,
        *(7, 90, 120, 5_000, 4),
    )
    return (
        CrawlStatus("a.example", StorageScope.REGISTRY, False, NOON, 0, (record(), record(25))),
        CrawlStatus(
            "b.example:5000",
            StorageScope.REPOSITORY,
            False,
            NOON - timedelta(days=9),
            3,
            (record(0.1, CrawlOutcome.RUNNING), partial),
            problems,
            (("TOOMANYREQUESTS", 3), ("", 1)),
        ),
        CrawlStatus("bases.example", StorageScope.REGISTRY, True, None, 0),
    )
