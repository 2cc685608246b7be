"""A digest as plain text: complete, and readable without the HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from auditor.reports.digest.page import DigestPage, Part, Row
from auditor.reports.safe_text import cell_width

_WIDTH = 72
_INDENT = "    "


def digest_text(page: DigestPage, unsubscribe_url: str = "") -> str:
    """The text part, lines of at most 72 columns where words allow; addresses stay whole."""
    lines = [
        *_wrapped(page.title, ""),
        *_wrapped(page.period, ""),
        "",
        *_wrapped(page.summary, ""),
        *_doubt_lines(page),
    ]
    if page.parts:
        lines += ["", *(line for row in page.facts for line in _row(row, page))]
    for part in page.parts:
        lines += _part(part, page)
    lines += ["", *_foot(page, unsubscribe_url)]
    return "\n".join(lines) + "\n"


def _doubt_lines(page: DigestPage) -> Iterator[str]:
    if page.doubts:
        yield ""
        for doubt in page.doubts:
            yield from _wrapped(f"! {doubt}", "  ")


def _part(part: Part, page: DigestPage) -> Iterator[str]:
    yield ""
    yield part.title
    yield "-" * cell_width(part.title)
    for row in part.rows:
        yield from _row(row, page)
    link = page.link(part.address)
    if part.more:
        yield f"... {part.more}{f': {link}' if link else ''}"


def _row(row: Row, page: DigestPage) -> Iterator[str]:
    yield from _wrapped(f"{row.label}: {row.value}" if row.value else row.label, _INDENT)
    for note in row.notes:
        yield from _wrapped(f"{_INDENT}{note}", _INDENT)
    if link := page.link(row.address):
        yield f"{_INDENT}{link}"


def _foot(page: DigestPage, unsubscribe_url: str) -> Iterator[str]:
    yield "-- "
    for line in page.quality:
        yield from _wrapped(line, "  ")
    yield page.reason
    if unsubscribe_url:
        yield f"To get it no more: {unsubscribe_url}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    ) or [""]
