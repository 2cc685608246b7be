"""A pruning as a table: what was removed of each registry, and what of all of them."""

from __future__ import annotations

from auditor.domain.retention import PrunedRegistry, Pruning
from auditor.reports.phrases import count_text, size_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_COLUMNS = (
    Column("registry", cut=Cut.MIDDLE, least_width=16),
    Column("kept from"),
    Column("days removed", Align.RIGHT),
    Column("manifests", Align.RIGHT),
    Column("tags", Align.RIGHT),
    Column("figures", Align.RIGHT),
    Column("crawls", Align.RIGHT, drop_order=2),
    Column("problems", Align.RIGHT, drop_order=3),
)
_EVERYTHING = "the beginning"
_MEANING = (
    "Rows about days before the horizon: manifests that repositories held, tags, figures. "
    "Totals from there on, and costs of every month, stay as they are."
)
_UNFINISHED = "There is more to remove: run it again."
_WAITING = "A crawl is running: what may be forgotten is looked at next time."
_NOTHING = "No registry was crawled yet."


def pruning_table(pruning: Pruning) -> Table:
    """One row per registry, and notes on what they have in common."""
    if not pruning.registries:
        return Table(notes=(_NOTHING,))
    notes = (
        "Nothing was changed: this is what would go." if pruning.is_dry_run else "",
        _MEANING,
        *(_held_back(one) for one in pruning.registries if one.undecided_since),
        _forgotten(pruning),
        _used(pruning),
        _WAITING if pruning.waits_for_crawl else "" if pruning.is_finished else _UNFINISHED,
    )
    return Table(
        columns=_COLUMNS,
        rows=tuple(map(_row, pruning.registries)),
        notes=tuple(note for note in notes if note),
    )


def _row(one: PrunedRegistry) -> tuple[str, ...]:
    days = (one.kept_from - one.began).days if one.kept_from and one.began else 0
    counts = (max(0, days), one.presences, one.tags, one.figures, one.crawls, one.problems)
    kept_from = f"{one.kept_from:%Y-%m-%d}" if one.kept_from else _EVERYTHING
    return (visible(one.registry), kept_from, *(f"{count:,}" for count in counts))


def _held_back(one: PrunedRegistry) -> str:
    return (
        f"{visible(one.registry)}: something missing since {one.undecided_since:%Y-%m-%d} waits "
        "for a crawl to confirm it, or a crawl has not ended; what is from then on stays."
    )


def _forgotten(pruning: Pruning) -> str:
    found = pruning.forgotten
    if pruning.is_dry_run:
        return f"Forgotten besides, at most: {count_text(found.manifests, 'manifest')}."
    manifests = count_text(found.manifests, "manifest")
    configs, blobs = count_text(found.configs, "config"), count_text(found.blobs, "blob")
    return f"Forgotten besides: {manifests}, {configs}, {blobs} that nothing refers to any more."


def _used(pruning: Pruning) -> str:
    before = size_text(pruning.used_bytes_before)
    if pruning.is_dry_run:
        return f"The database holds {before}."
    return f"The database held {before}, and holds {size_text(pruning.used_bytes_after)}."
