"""A pruning for machines: a JSON document, and CSV lines."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.retention import PrunedRegistry, Pruning
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION

PRUNING_COLUMNS = (
    "registry",
    "began",
    "kept_from",
    "undecided_since",
    "months",
    "presences",
    "tags",
    "figures",
    "crawls",
    "problems",
)


def pruning_document(pruning: Pruning) -> dict[str, object]:
    """Rows removed by registry, facts forgotten of all of them, and the database's size."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "pruning",
        "is_dry_run": pruning.is_dry_run,
        "is_finished": pruning.is_finished,
        "waits_for_crawl": pruning.waits_for_crawl,
        "registries": [
            dict(zip(PRUNING_COLUMNS, _cells(one), strict=True)) for one in pruning.registries
        ],
        "forgotten": {
            "manifests": pruning.forgotten.manifests,
            "configs": pruning.forgotten.configs,
            "blobs": pruning.forgotten.blobs,
        },
        "used_bytes_before": pruning.used_bytes_before,
        "used_bytes_after": pruning.used_bytes_after,
    }


def pruning_lines(pruning: Pruning) -> Iterator[str]:
    """The header and one line per registry."""
    return csv_lines(PRUNING_COLUMNS, map(_cells, pruning.registries))


def _cells(one: PrunedRegistry) -> tuple[str | int | None, ...]:
    moments = (
        moment.isoformat() if moment else None
        for moment in (one.began, one.kept_from, one.undecided_since)
    )
    counts = (one.months, one.presences, one.tags, one.figures, one.crawls, one.problems)
    return (one.registry, *moments, *counts)
