"""Findings as a table, and one by one as blocks that say what to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.domain.finding_views import FindingRow, FindingsPage, ImageFindings
from auditor.domain.findings import Evidence, Finding
from auditor.reports.finding_json import rule_page
from auditor.reports.finding_words import (
    KNOWN,
    MEANING,
    NOT_ANALYSED_YET,
    SURE,
    asked_words,
    image_name,
    interval_words,
    month_words,
    place_words,
    saving_words,
    start_words,
    stored_words,
    waiting_words,
)
from auditor.reports.phrases import (
    NOT_ANALYSED,
    count_text,
    legend,
    money_text,
    size_text,
    time_text,
)
from auditor.reports.safe_text import cut, visible
from auditor.reports.table import Align, Column, Cut, Table

_COLUMNS = (
    Column("#", Align.RIGHT, drop_order=4),
    Column("image", cut=Cut.MIDDLE, least_width=20),
    Column("pull saving", Align.RIGHT),
    Column("8 in 10 between", drop_order=8),
    Column("stored saving", Align.RIGHT, drop_order=1),
    Column("per month", Align.RIGHT, drop_order=3),
    Column("sure", drop_order=2),
    Column("images", Align.RIGHT, drop_order=7),
    Column("team", cut=Cut.END, drop_order=6),
    Column("rule", drop_order=5),
    Column("what", cut=Cut.END, least_width=24),
    Column("fix", cut=Cut.END, drop_order=9, least_width=24),
    Column("ranked low because", cut=Cut.END, drop_order=10, least_width=20),
)
_MOST_BLOCKS = 5
_MOST_STEP = 300
_HOW = "How to fix them: `auditor show REPOSITORY`, or --format json."


def finding_table(page: FindingsPage) -> Table:
    """One row per finding in the page's order; without any, the notes say why."""
    if not page.rows:
        return Table(notes=_notes(_nothing(page), waiting_words(page)))
    with_registry = len({row.registry for row in page.rows}) > 1
    first = page.query.offset + 1
    return Table(
        columns=_COLUMNS,
        rows=tuple(
            _cells(row, number, with_registry=with_registry)
            for number, row in enumerate(page.rows, first)
        ),
        notes=_notes(
            f"As of {time_text(page.as_of)}.",
            MEANING,
            _HOW,
            waiting_words(page),
            legend(row.stored_exactness for row in page.rows),
            *(visible(note) for note in page.price_notes),
        ),
    )


def repository_finding_tables(rows: Sequence[FindingRow]) -> tuple[Table, ...]:
    """A block per finding, the first five; then how many more there are."""
    blocks = tuple(
        _block(number, row.finding, _row_facts(row))
        for number, row in enumerate(rows[:_MOST_BLOCKS], 1)
    )
    return blocks + _more(len(rows) - _MOST_BLOCKS)


def image_finding_tables(found: ImageFindings | None) -> tuple[Table, ...]:
    """A block per finding of an image, the first five; none where nobody looked."""
    findings = () if found is None else found.findings
    blocks = tuple(
        _block(number, finding, ()) for number, finding in enumerate(findings[:_MOST_BLOCKS], 1)
    )
    return blocks + _more(len(findings) - _MOST_BLOCKS)


def image_savings_text(found: ImageFindings | None) -> str:
    """What all findings of an image save together in one pull."""
    if found is None:
        return NOT_ANALYSED
    if not found.findings:
        return "nothing found"
    seconds = start_words(found.cold_start_seconds)
    text = f"{size_text(found.pull_saving_bytes)} of a pull"
    if seconds:
        text = f"{text}, {seconds} of a cold start"
    return f"{text} ({count_text(len(found.findings), 'finding')} below)"


def _nothing(page: FindingsPage) -> str:
    if page.as_of is None:
        return NOT_ANALYSED_YET
    asked = visible(asked_words(page))
    return f"Nothing found with {asked}." if asked else "Nothing found that could be smaller."


def _cells(row: FindingRow, number: int, *, with_registry: bool) -> tuple[str, ...]:
    finding = row.finding
    name = f"{row.registry}/{image_name(row)}" if with_registry else image_name(row)
    return (
        str(number),
        visible(name),
        size_text(finding.pull_saving_bytes),
        interval_words(finding),
        size_text(row.stored_saving_bytes, row.stored_exactness),
        _month(row),
        finding.confidence.value,
        f"{row.images:,}",
        visible(row.team) or "unowned",
        visible(finding.rule),
        visible(finding.what),
        visible(finding.fix),
        visible(" ".join(row.ranked_low)),
    )


def _month(row: FindingRow) -> str:
    amount = row.monthly_saving
    return "no price" if amount is None else money_text(amount, row.currency, row.stored_exactness)


def _block(number: int, finding: Finding, more: Iterable[tuple[str, str]]) -> Table:
    facts = [
        ("what", visible(finding.what)),
        ("fix", visible(finding.fix)),
        ("pull saving", saving_words(finding)),
        *more,
        ("sure", f"{SURE[finding.confidence]}; {KNOWN[finding.basis]}"),
        *_labelled("seen in", [_evidence(one) for one in finding.evidence]),
        *_labelled("mind", [visible(caveat) for caveat in finding.caveats]),
        ("more", visible(rule_page(finding.rule))),
    ]
    lines = tuple(visible(line) for line in finding.dockerfile)
    if lines:
        facts.append(("write", "in the Dockerfile:"))
    return Table(title=f"{number}. {visible(finding.rule)}", facts=tuple(facts), copied=lines)


def _row_facts(row: FindingRow) -> list[tuple[str, str]]:
    images = count_text(row.images, "image")
    month, seconds = month_words(row), start_words(row.cold_start_seconds)
    stored = stored_words(row) + (f", {month} a month" if month else "")
    facts = [("stored saving", f"{stored}, in {images}")]
    if seconds:
        facts.append(("cold start", f"{seconds} earlier"))
    if row.ranked_low:
        facts.append(("ranked low", visible(" ".join(row.ranked_low))))
    return [*facts, ("told by", visible(image_name(row)))]


def _labelled(name: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    """The name once, in front of the first line."""
    return [("" if position else name, line) for position, line in enumerate(lines)]


def _evidence(evidence: Evidence) -> str:
    text = cut(visible(" ".join(evidence.text.split())), _MOST_STEP)
    place = place_words(evidence)
    return f"{place}: {text}" if text else place


def _more(count: int) -> tuple[Table, ...]:
    if count <= 0:
        return ()
    return (Table(notes=(f"{count_text(count, 'more finding')}: --format json lists them.",)),)


def _notes(*notes: str) -> tuple[str, ...]:
    return tuple(note for note in notes if note)
