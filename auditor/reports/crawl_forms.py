"""How crawls went, for machines: JSON documents, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.domain.crawl_views import CrawlRecord, CrawlStatus
from auditor.domain.units import GB
from auditor.domain.views import CrawlView
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION, problem_object, totals_object
from auditor.reports.json_values import moment_value
from auditor.reports.shapes.crawls import (
    CrawlShape,
    CrawlsStatusDocument,
    CrawlStatusShape,
    RegistriesDocument,
    RegistryShape,
)

CRAWL_COLUMNS = (
    "registry",
    "is_reference",
    "started_at",
    "finished_at",
    "outcome",
    "repositories",
    "tags",
    "requests",
    "bytes_fetched",
    "problem_count",
    "last_complete_at",
    "guarded_tags",
)


def crawls_status_document(statuses: Iterable[CrawlStatus]) -> CrawlsStatusDocument:
    """Registry by registry, each with its newest crawls."""
    return {"schema_version": SCHEMA_VERSION, "registries": [_status(one) for one in statuses]}


def registries_document(views: Iterable[CrawlView]) -> RegistriesDocument:
    """Registry by registry, with totals and price."""
    return {"schema_version": SCHEMA_VERSION, "registries": [_registry(one) for one in views]}


def crawl_lines(statuses: Iterable[CrawlStatus]) -> Iterator[str]:
    """The header and one line per crawl, the newest of a registry first."""
    return csv_lines(
        CRAWL_COLUMNS,
        (
            (
                status.registry,
                status.is_reference,
                crawl.started_at,
                crawl.finished_at,
                crawl.outcome,
                crawl.repositories,
                crawl.tags,
                crawl.requests,
                crawl.bytes_fetched,
                crawl.problem_count,
                status.last_complete_at,
                status.guarded_tags,
            )
            for status in statuses
            for crawl in status.crawls
        ),
    )


def _status(status: CrawlStatus) -> CrawlStatusShape:
    ended = status.ended
    return {
        "registry": status.registry,
        "scope": status.scope.value,
        "is_reference": status.is_reference,
        "is_running": status.running is not None,
        "last_complete_at": moment_value(status.last_complete_at),
        "guarded_tags": status.guarded_tags,
        "crawls": [_crawl(crawl) for crawl in status.crawls],
        "problem_count": ended.problem_count if ended else 0,
        "problem_codes": [{"code": code, "count": many} for code, many in status.problem_codes],
        "problems": [problem_object(one) for one in status.problems],
    }


def _crawl(crawl: CrawlRecord) -> CrawlShape:
    return {
        "started_at": moment_value(crawl.started_at),
        "finished_at": moment_value(crawl.finished_at),
        "duration_seconds": crawl.seconds,
        "outcome": crawl.outcome.value,
        "repositories": crawl.repositories,
        "tags": crawl.tags,
        "requests": crawl.requests,
        "bytes_fetched": crawl.bytes_fetched,
        "problem_count": crawl.problem_count,
    }


def _registry(view: CrawlView) -> RegistryShape:
    price = view.price
    unit = "GB" if price.unit_bytes == GB else "GiB"
    return {
        "registry": view.registry,
        "scope": view.scope.value,
        "is_reference": view.is_reference,
        "totals": totals_object(view.totals),
        "price": f"{price.amount} {price.currency} per {unit}-month",
        "outcome": view.outcome.value if view.outcome else None,
        "last_complete_at": moment_value(view.last_complete_at),
        "guarded_tags": view.guarded_tags,
        "problem_count": view.problem_count,
    }
