"""Reports as CSV: RFC 4180 lines that no spreadsheet runs as a formula.

Columns are stable: new ones are added at the end. A cell that is unknown is empty.
Text is one line per row, whatever it came with: control characters are written out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from auditor.domain.change import ExplainedChange
from auditor.domain.observation import CrawlReport
from auditor.domain.units import round_money
from auditor.domain.views import ImageView, RankingRow, RepositoryView
from auditor.reports.safe_text import visible

Cell = str | int | Decimal | bool | datetime | None

RANKING_COLUMNS = (
    "registry",
    "repository",
    "tags",
    "images",
    "image_bytes",
    "logical_bytes",
    "stored_bytes",
    "exclusive_bytes",
    "fair_share_bytes",
    "monthly_cost",
    "currency",
    "growth_bytes",
    "pull_saving_bytes",
    "stored_saving_bytes",
    "exactness",
    "sharing_exactness",
)
LAYER_COLUMNS = (
    "position",
    "digest",
    "size_bytes",
    "created_by",
    "media_type",
    "shared_by_repositories",
    "from_base",
    "step",
    "created_at",
    "is_foreign",
)
TAG_COLUMNS = (
    "registry",
    "repository",
    "tag",
    "digest",
    "kind",
    "platforms",
    "pull_bytes",
    "added_bytes",
    "since",
    "created_at",
    "is_missing",
)
CRAWL_COLUMNS = (
    "registry",
    "outcome",
    "started_at",
    "finished_at",
    "repositories",
    "tags",
    "requests",
    "manifests_fetched",
    "configs_fetched",
    "bytes_fetched",
    "removed_tags",
    "removed_repositories",
    "guarded_tags",
    "problems",
)
CHANGE_COLUMNS = (
    "registry",
    "repository",
    "from",
    "to",
    "figure",
    "part",
    "added_bytes",
    "removed_bytes",
    "net_bytes",
    "exactness",
    "team",
)
# What spreadsheets take for the start of a formula, the full-width forms included.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full-width on purpose


def ranking_lines(rows: Iterable[RankingRow]) -> Iterator[str]:
    """The header and one line per repository, each ended by CRLF; nothing is held back."""
    return csv_lines(RANKING_COLUMNS, (_ranking_cells(row) for row in rows))


def layer_lines(view: ImageView) -> Iterator[str]:
    """The header and one line per layer, bottom first."""
    return csv_lines(
        LAYER_COLUMNS,
        (
            (
                layer.position,
                layer.digest.text,
                layer.size_bytes,
                layer.created_by,
                layer.media_type,
                layer.shared_by_repositories,
                layer.from_base,
                layer.step,
                layer.created_at,
                layer.is_foreign,
            )
            for layer in view.layers
        ),
    )


def tag_lines(view: RepositoryView) -> Iterator[str]:
    """The header and one line per tag on this page of the repository."""
    return csv_lines(
        TAG_COLUMNS,
        (
            (
                view.row.registry,
                view.row.repository,
                tag.tag,
                tag.digest.text if tag.digest else None,
                tag.kind,
                " ".join(str(platform) for platform in tag.platforms),
                tag.pull_bytes,
                tag.added_bytes,
                tag.since,
                tag.created_at,
                tag.is_missing,
            )
            for tag in view.tags
        ),
    )


def change_lines(change: ExplainedChange) -> Iterator[str]:
    """The header and one line per part; `net_bytes` add up to the change."""
    return csv_lines(
        CHANGE_COLUMNS,
        (
            (
                change.registry,
                change.repository,
                change.start,
                change.end,
                change.figure,
                part.kind,
                part.added_bytes,
                part.removed_bytes,
                part.net_bytes,
                change.figures.exactness,
                change.team or None,
            )
            for part in change.parts
        ),
    )


def crawl_lines(reports: Iterable[CrawlReport]) -> Iterator[str]:
    """The header and one line per crawl; `problems` is how many there were."""
    return csv_lines(
        CRAWL_COLUMNS,
        (
            (
                report.registry,
                report.outcome,
                report.started_at,
                report.finished_at,
                report.repositories,
                report.tags,
                report.requests,
                report.manifests_fetched,
                report.configs_fetched,
                report.bytes_fetched,
                report.removed_tags,
                report.removed_repositories,
                report.guarded_tags,
                len(report.problems),
            )
            for report in reports
        ),
    )


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The header and one line per row, each ended by CRLF. Source: RFC 4180, section 2."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    yield _taken(buffer)
    for row in rows:
        writer.writerow([csv_cell(cell) for cell in row])
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def csv_cell(value: Cell) -> str:
    """One cell: numbers stay numbers, text that starts a formula gets an apostrophe.

    Blanks before the sign do not hide it. Source: OWASP, "CSV Injection".
    """
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.value if isinstance(value, StrEnum) else value
        is_formula = text.startswith(_FORMULA_STARTS) or text.strip().startswith(_FORMULA_STARTS)
        return f"'{visible(text)}" if is_formula else visible(text)
    return _plain(value)


def _plain(value: int | Decimal | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _ranking_cells(row: RankingRow) -> tuple[Cell, ...]:
    sizes = row.sizes
    return (
        row.registry,
        row.repository,
        row.tags,
        row.images,
        row.image_bytes,
        sizes.logical_bytes,
        sizes.stored_bytes,
        sizes.exclusive_bytes,
        sizes.fair_share_bytes,
        round_money(row.monthly_cost),
        row.currency,
        row.growth_bytes,
        row.pull_saving_bytes,
        row.stored_saving_bytes,
        sizes.exactness,
        sizes.sharing_exactness,
    )
