"""Prunings in every state a report can show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from auditor.domain.retention import Forgotten, PrunedRegistry, Pruning

BEGAN = datetime(2025, 3, 2, 6, tzinfo=UTC)
HORIZON = datetime(2026, 8, 1, tzinfo=UTC)


def done() -> Pruning:
    """One registry without and one with something in the way, and a new one."""
    return Pruning(
        (
            PrunedRegistry("localhost:5000", BEGAN, HORIZON, None, 17, 12_345, 678, 90, 12, 3),
            PrunedRegistry(
                "=cmd\x1b[31m", BEGAN, datetime(2026, 5, 1, tzinfo=UTC),
                datetime(2026, 5, 9, tzinfo=UTC), 14, 1, 1, 1, 1, 0,
            ),
            PrunedRegistry("new.example.com"),
        ),
        Forgotten(1_234, 1_200, 5_678),
        used_bytes_before=123_456_789,
        used_bytes_after=23_456_789,
    )  # fmt: skip


def planned() -> Pruning:
    """The same, before."""
    return replace(
        done(), forgotten=Forgotten(1_300), is_dry_run=True, used_bytes_after=123_456_789
    )


def stopped() -> Pruning:
    """Part of it, because a crawl runs."""
    return replace(done(), forgotten=Forgotten(), is_finished=False, waits_for_crawl=True)
