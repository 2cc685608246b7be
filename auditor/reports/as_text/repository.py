"""One repository as tables: its sizes in plain words, tags, blobs and neighbours."""

from __future__ import annotations

from auditor.domain.observation import StorageScope
from auditor.domain.views import BlobView, RepositoryView, SharedWith, TagView
from auditor.reports.as_text.crawl import problem_line
from auditor.reports.as_text.findings import repository_finding_tables
from auditor.reports.as_text.image import conflict_note
from auditor.reports.phrases import (
    UNKNOWN,
    count_text,
    growth_text,
    legend,
    money_text,
    savings_text,
    size_text,
    time_text,
)
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_SIZE_COLUMNS = (
    Column("size"),
    Column("amount", Align.RIGHT),
    Column("bytes", Align.RIGHT, drop_order=1),
    Column("what it means", cut=Cut.END, least_width=20),
)
_TAG_COLUMNS = (
    Column("tag", cut=Cut.MIDDLE, least_width=10),
    Column("download", Align.RIGHT),
    Column("only this tag", Align.RIGHT),
    Column("platforms", cut=Cut.END, least_width=11),
    Column("created", drop_order=2),
    Column("seen since", drop_order=1),
    Column("digest", drop_order=3),
)
_BLOB_COLUMNS = (
    Column("blob"),
    Column("size", Align.RIGHT),
    Column("kind"),
    Column("in repositories", Align.RIGHT),
    Column("in manifests here", Align.RIGHT, drop_order=1),
)
_SHARED_COLUMNS = (
    Column("shares with", cut=Cut.MIDDLE, least_width=16),
    Column("bytes in common", Align.RIGHT),
    Column("blobs", Align.RIGHT),
)
_SCOPES = {
    StorageScope.REGISTRY: "the whole registry",
    StorageScope.NAMESPACE: "the namespace",
    StorageScope.REPOSITORY: "this repository alone",
}
_MOST_TAGS = 30
_MOST_BLOBS = 10
_MOST_SHARED = 10
_MOST_PROBLEMS = 10


def repository_tables(view: RepositoryView) -> tuple[Table, ...]:
    """Sizes first, what to change, then tags, largest blobs and neighbours; empty tables are left out."""
    findings = repository_finding_tables(view.findings)
    rest = (_tags(view), _blobs(view.blobs), _shared(view), _problems(view))
    tables = (_sizes(view), *findings, *rest)
    return tuple(table for table in tables if table.rows or table.notes or table.facts)


def _sizes(view: RepositoryView) -> Table:
    row = view.row
    marks = (row.sizes.exactness, row.sizes.sharing_exactness)
    notes = [legend(marks), *(visible(note) for note in view.price_notes)]
    return Table(
        title=visible(f"{row.registry}/{row.repository}"),
        facts=(
            ("as of", time_text(view.as_of, "never crawled completely")),
            ("stores once within", _SCOPES[view.scope]),
            ("tags", f"{row.tags:,}"),
            ("images", f"{row.images:,}, {view.untagged_images:,} of them without a tag"),
            ("cost per month", money_text(row.monthly_cost, row.currency, marks[1])),
            ("growth in 30 days", growth_text(row.growth_bytes)),
            ("savings", savings_text(row.pull_saving_bytes, row.stored_saving_bytes)),
        ),
        columns=_SIZE_COLUMNS,
        rows=_size_rows(view),
        notes=tuple(note for note in notes if note),
    )


def _size_rows(view: RepositoryView) -> tuple[tuple[str, ...], ...]:
    row, sizes = view.row, view.row.sizes
    figures = [
        ("stored", sizes.stored_bytes, sizes.exactness, "every blob once"),
        (
            "exclusive",
            sizes.exclusive_bytes,
            sizes.sharing_exactness,
            "freed if this repository were deleted",
        ),
        (
            "fair share",
            sizes.fair_share_bytes,
            sizes.sharing_exactness,
            "shared blobs split equally: what it is charged for",
        ),
        ("logical", sizes.logical_bytes, sizes.exactness, "if its manifests shared nothing"),
    ]
    rows = [
        (name, size_text(size_bytes, exactness), f"{size_bytes:,}", meaning)
        for name, size_bytes, exactness, meaning in figures
    ]
    if row.image_bytes is None:
        return (("image", "no image", "", "none for the preferred platform"), *rows)
    newest = visible(row.image_reference or "")
    meaning = f"download of the newest tagged image {newest}".rstrip()
    return (("image", size_text(row.image_bytes), f"{row.image_bytes:,}", meaning), *rows)


def _tags(view: RepositoryView) -> Table:
    shown = view.tags[:_MOST_TAGS]
    more = view.tag_count - len(shown)
    note = f"{count_text(more, 'more tag')}: --format json lists more." if more > 0 else ""
    return Table(
        columns=_TAG_COLUMNS,
        rows=tuple(_tag_cells(tag) for tag in shown),
        notes=(note,) if note else (),
    )


def _tag_cells(tag: TagView) -> tuple[str, ...]:
    platforms = ", ".join(visible(str(platform)) for platform in tag.platforms)
    name = visible(tag.tag) + (" (missing)" if tag.is_missing else "")
    return (
        name,
        visible(tag.kind) if tag.pull_bytes is None else size_text(tag.pull_bytes),
        UNKNOWN if tag.added_bytes is None else size_text(tag.added_bytes),
        platforms or UNKNOWN,
        time_text(tag.created_at, "not recorded"),
        time_text(tag.since),
        tag.digest.short if tag.digest else "unreadable",
    )


def _blobs(blobs: tuple[BlobView, ...]) -> Table:
    rows = tuple(
        (
            blob.digest.short,
            size_text(blob.size_bytes),
            visible(blob.role),
            "only here" if blob.shared_by_repositories <= 1 else f"{blob.shared_by_repositories:,}",
            f"{blob.manifests:,}",
        )
        for blob in blobs[:_MOST_BLOBS]
    )
    return Table(columns=_BLOB_COLUMNS, rows=rows)


def _shared(view: RepositoryView) -> Table:
    rows = tuple(_shared_cells(other) for other in view.shared_with[:_MOST_SHARED])
    return Table(columns=_SHARED_COLUMNS, rows=rows)


def _shared_cells(other: SharedWith) -> tuple[str, ...]:
    return visible(other.repository), size_text(other.shared_bytes), f"{other.blobs:,}"


def _problems(view: RepositoryView) -> Table:
    notes = [conflict_note(conflict) for conflict in view.conflicts]
    notes += [problem_line(problem) for problem in view.problems[:_MOST_PROBLEMS]]
    more = len(view.problems) - _MOST_PROBLEMS
    if more > 0:
        notes.append(f"{count_text(more, 'more problem')}: --format json lists them.")
    return Table(notes=tuple(notes))
