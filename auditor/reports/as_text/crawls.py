"""How crawls went, as a table: one row per registry, or per crawl of one registry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.domain.crawl_views import CrawlRecord, CrawlStatus
from auditor.domain.units import format_bytes
from auditor.reports.as_text.crawl import problem_line
from auditor.reports.phrases import count_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_NONE = "No registry was crawled yet: run `auditor audit REGISTRY`."
_RULE = "A last complete crawl that is old means old figures. --registry NAME shows its crawls."
_GUARDED = (
    "guarded: tags that did not appear and are still counted; --accept-removals of `auditor "
    "crawl` believes it."
)
_MOST_PROBLEMS = 20
_LONG_SECONDS = 120
_REGISTRIES = (
    Column("registry", cut=Cut.MIDDLE, least_width=16),
    Column("last crawl"),
    Column("state"),
    Column("last complete"),
    Column("problems", Align.RIGHT),
    Column("guarded", Align.RIGHT, drop_order=1),
)
_CRAWLS = (
    Column("began"),
    Column("took", Align.RIGHT),
    Column("state"),
    Column("repositories", Align.RIGHT, drop_order=2),
    Column("tags", Align.RIGHT, drop_order=3),
    Column("requests", Align.RIGHT, drop_order=1),
    Column("fetched", Align.RIGHT, drop_order=4),
    Column("problems", Align.RIGHT),
)


def statuses_table(statuses: Sequence[CrawlStatus]) -> Table:
    """A row per registry: its last crawl, and since when the figures are complete."""
    if not statuses:
        return Table(notes=(_NONE,))
    notes = (_RULE, _GUARDED) if any(one.guarded_tags for one in statuses) else (_RULE,)
    return Table(columns=_REGISTRIES, rows=tuple(map(_registry, statuses)), notes=notes)


def crawls_table(status: CrawlStatus) -> Table:
    """A row per crawl of a registry, the newest first, then what the last could not read."""
    codes = ", ".join(f"{many:,} {visible(code) or 'other'}" for code, many in status.problem_codes)
    shown = status.problems[:_MOST_PROBLEMS]
    notes = [f"Problems of the last crawl that ended: {codes}."] if codes else []
    return Table(
        title=visible(status.registry),
        facts=(
            ("complete data from", _minute(status.last_complete_at)),
            ("guarded", count_text(status.guarded_tags, "tag")),
        ),
        columns=_CRAWLS,
        rows=tuple(map(_crawl, status.crawls)),
        notes=(*notes, *map(problem_line, shown)),
    )


def duration_text(seconds: float | None) -> str:
    """`12.3 s`, from two minutes on `5 min`; `running` for a crawl that has not ended."""
    if seconds is None:
        return "running"
    return f"{seconds:.1f} s" if seconds < _LONG_SECONDS else f"{seconds / 60:,.0f} min"


def _registry(status: CrawlStatus) -> tuple[str, ...]:
    newest = status.crawls[0] if status.crawls else None
    ended = status.ended
    return (
        visible(status.registry) + (" (reference)" if status.is_reference else ""),
        _minute(newest.started_at if newest else None),
        newest.outcome.value if newest else "never",
        _minute(status.last_complete_at),
        f"{ended.problem_count:,}" if ended else "",
        f"{status.guarded_tags:,}",
    )


def _crawl(crawl: CrawlRecord) -> tuple[str, ...]:
    return (
        _minute(crawl.started_at),
        duration_text(crawl.seconds),
        crawl.outcome.value,
        f"{crawl.repositories:,}",
        f"{crawl.tags:,}",
        f"{crawl.requests:,}",
        format_bytes(crawl.bytes_fetched),
        f"{crawl.problem_count:,}",
    )


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"
