"""How far a crawl is, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class WalkCounts:
    """What a crawl has read so far, all repositories together."""

    tags: int = 0
    manifests: int = 0
    configs: int = 0


@dataclass(frozen=True, slots=True)
class AnalysisProgress:
    """A moment of the analysis that follows a crawl: repositories done, and how many are known.

    `repositories_known` may grow: a base that moved has others looked at. `seconds` since the
    analysis began.
    """

    repositories_done: int
    repositories_known: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """A moment of a running crawl.

    `repositories_found` grows until `listing_done`. `bytes_fetched` are body bytes;
    `seconds` since the start. `analysing`: what comes behind the crawl; None before.
    """

    registry: str
    repositories_done: int
    repositories_found: int
    listing_done: bool
    manifests: int
    bytes_fetched: int
    requests: int
    problems: int
    seconds: float
    analysing: AnalysisProgress | None = None
