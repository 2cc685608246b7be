"""The database alone: what updating the rollups costs after a crawl that touched little."""

from __future__ import annotations

from collections.abc import Iterator


def database_section() -> Iterator[str]:
    """Lines of the report; the measurement joins when crawls of large histories do."""
    yield "Rollups after 1 % of the manifests changed: not measured yet"
