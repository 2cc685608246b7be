"""What documents about registries and their crawls hold."""

from __future__ import annotations

from typing import Annotated, TypedDict

from auditor.domain.observation import CrawlOutcome
from auditor.reports.shapes.places import TotalsShape
from auditor.reports.shapes.words import (
    Bytes,
    Count,
    Moment,
    ProblemShape,
    SchemaVersion,
    ScopeText,
    Seconds,
    one_of,
)


class CrawlShape(TypedDict):
    """One crawl; `finished_at` and `duration_seconds` are null while it runs."""

    started_at: Moment | None
    finished_at: Moment | None
    duration_seconds: Seconds | None
    outcome: Annotated[str, one_of(CrawlOutcome)]
    repositories: Count
    tags: Count
    requests: Count
    bytes_fetched: Bytes
    problem_count: Count


class CodeShape(TypedDict):
    """How many problems have this code; empty for those without one."""

    code: str
    count: Count


class CrawlStatusShape(TypedDict):
    """The crawls of one registry, the newest first; problems are those of the last that ended."""

    registry: str
    scope: ScopeText
    is_reference: bool
    is_running: bool
    last_complete_at: Moment | None
    guarded_tags: Count
    crawls: list[CrawlShape]
    problem_count: Count
    problem_codes: list[CodeShape]
    problems: list[ProblemShape]


class CrawlsStatusDocument(TypedDict):
    """How crawls went, registry by registry."""

    schema_version: SchemaVersion
    registries: list[CrawlStatusShape]


class RegistryShape(TypedDict):
    """A registry: what it holds and by which price it is charged. References hold nothing."""

    registry: str
    scope: ScopeText
    is_reference: bool
    totals: TotalsShape
    price: str
    outcome: Annotated[str, one_of(CrawlOutcome)] | None
    last_complete_at: Moment | None
    guarded_tags: Count
    problem_count: Count


class RegistriesDocument(TypedDict):
    """Every registry that was crawled, by name."""

    schema_version: SchemaVersion
    registries: list[RegistryShape]
