"""How crawls went, for people who ask whether the figures can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditor.domain.observation import CrawlOutcome, Problem, StorageScope


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """One crawl; `finished_at` is None while it runs, and its counts are zero until then."""

    started_at: datetime
    finished_at: datetime | None
    outcome: CrawlOutcome
    repositories: int = 0
    tags: int = 0
    requests: int = 0
    bytes_fetched: int = 0
    problem_count: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took, None while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


@dataclass(frozen=True, slots=True)
class CrawlStatus:
    """The crawls of one registry, the newest first, and what the last one could not read.

    `problems` are the first of the last crawl that ended, `problem_codes` counts all of its
    by code, the most frequent first. `guarded_tags` are missing and still counted.
    """

    registry: str
    scope: StorageScope
    is_reference: bool
    last_complete_at: datetime | None
    guarded_tags: int
    crawls: tuple[CrawlRecord, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_codes: tuple[tuple[str, int], ...] = ()

    @property
    def running(self) -> CrawlRecord | None:
        """The crawl that is running, or was when its process ended without a word."""
        first = self.crawls[0] if self.crawls else None
        return first if first and first.outcome is CrawlOutcome.RUNNING else None

    @property
    def ended(self) -> CrawlRecord | None:
        """The last crawl that came to an end, however it did."""
        return next((one for one in self.crawls if one.finished_at), None)
