"""A verdict for people at a terminal."""

from __future__ import annotations

from auditor.domain.policy import CheckedImage, CheckReport
from auditor.reports.as_text.image_change import image_change_tables
from auditor.reports.gate.words import (
    MARKS,
    TITLES,
    platform_words,
    problems,
    sentence,
    size_words,
    verdict,
)
from auditor.reports.phrases import legend
from auditor.reports.safe_text import visible
from auditor.reports.table import Column, Cut, Table

_COLUMNS = (
    Column("platform", drop_order=1),
    Column("check"),
    Column("verdict"),
    Column("found", cut=Cut.END, least_width=12),
    Column("limit", cut=Cut.END, least_width=10),
)


def check_tables(report: CheckReport) -> tuple[Table, ...]:
    """The verdict with one row per rule and platform, then what grew, of the biggest image."""
    change = report.biggest.facts.change
    return (_verdict(report), *(image_change_tables(change) if change else ()))


def _verdict(report: CheckReport) -> Table:
    rows = tuple(_cells(image, check_at) for image in report.images
                 for check_at in range(len(image.checks)))  # fmt: skip
    images = "; ".join(f"{platform_words(one)} {size_words(one)}" for one in report.images)
    told = tuple(sentence(check) for _, check in problems(report))
    note = legend(image.facts.side.exactness for image in report.images)
    return Table(
        title=verdict(report),
        facts=(
            ("pull size", images),
            ("base image", _bases(report.biggest)),
            *((("policy of", visible(report.repository)),) if report.repository else ()),
        ),
        columns=_COLUMNS,
        rows=rows,
        notes=(
            *dict.fromkeys(told),
            *(visible(one) for one in report.notes),
            *((note,) if note else ()),
        ),
    )


def _cells(image: CheckedImage, position: int) -> tuple[str, ...]:
    check = image.checks[position]
    return (
        platform_words(image),
        TITLES[check.rule],
        MARKS[check.outcome],
        visible(check.found),
        visible(check.limit),
    )


def _bases(image: CheckedImage) -> str:
    names = [visible(base.names[0]) for base in image.facts.bases if base.names]
    return ", built on ".join(names) or "unknown"
