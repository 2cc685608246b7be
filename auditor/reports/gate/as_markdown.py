"""A verdict for a comment on a pull request, in the Markdown of GitHub and GitLab.

Texts of images stand in code spans, where nothing is a link, a mention or HTML.
Source: CommonMark 0.31, "Code spans"; GitHub Flavored Markdown, "Tables".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.domain.image_change import ImageChange, LayerChange, LayerFate, PartOfChange
from auditor.domain.policy import CheckedImage, CheckOutcome, CheckReport, PolicyCheck
from auditor.domain.units import format_bytes
from auditor.reports.as_text.image_change import (
    FATE_NAMES,
    PART_NAMES,
    base_words,
    headline,
    step_words,
)
from auditor.reports.gate.words import TITLES, platform_words, size_words
from auditor.reports.phrases import count_text, growth_text
from auditor.reports.safe_text import cut, visible

_MARKS = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.FAILED: "**failed**",
    CheckOutcome.UNKNOWN: "**unknown**",
    CheckOutcome.SKIPPED: "skipped",
}
_WORDS = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.UNKNOWN: "incomplete",
}
_CHECK_COLUMNS = ("platform", "check", "verdict", "found", "limit")
_PART_COLUMNS = ("why", "before", "after", "change")
_LAYER_COLUMNS = ("layer", "before", "after", "change", "build step")
_MOST_ROWS = 30
_MOST_CELL = 160
_MOST_IMAGES = 10


def markdown_report(report: CheckReport) -> str:
    """The comment; at most a few ten thousand characters, whatever the image holds."""
    shown = report.images[:_MOST_IMAGES]
    cells = ((image, check) for image in shown for check in image.checks)
    lines = [
        f"### Image check {_WORDS[report.outcome]}: {_code(report.reference)}",
        "",
        *_table(_CHECK_COLUMNS, (_check_cells(*one) for one in cells)),
    ]
    for image in shown:
        lines += _image(image)
    if len(report.images) > len(shown):
        lines += ["", f"And {count_text(len(report.images) - len(shown), 'more platform')}."]
    lines += [line for note in report.notes for line in ("", f"_{_words(note)}_")]
    return "\n".join(lines) + "\n"


def _check_cells(image: CheckedImage, check: PolicyCheck) -> tuple[str, ...]:
    platform, title = _code(platform_words(image)), TITLES[check.rule]
    return platform, title, _MARKS[check.outcome], _code(check.found), _code(check.limit)


def _image(image: CheckedImage) -> Iterator[str]:
    change = image.facts.change
    yield ""
    yield f"**{_code(platform_words(image))}**: a pull downloads {size_words(image)}{_against(change)}."
    if change is None:
        return
    yield f"Base image: {_code(base_words(change))}."
    grown = [one for one in change.layers if one.fate is not LayerFate.KEPT]
    if not grown:
        return
    yield ""
    yield "<details><summary>What changed, layer by layer</summary>"
    yield ""
    yield from _table(_PART_COLUMNS, (_part_cells(part) for part in change.parts))
    yield ""
    yield from _table(_LAYER_COLUMNS, (_layer_cells(change, one) for one in grown[:_MOST_ROWS]))
    if len(grown) > _MOST_ROWS:
        yield ""
        yield f"And {count_text(len(grown) - _MOST_ROWS, 'more layer')}."
    yield ""
    yield "</details>"


def _part_cells(part: PartOfChange) -> tuple[str, ...]:
    before, after = format_bytes(part.before_bytes), format_bytes(part.after_bytes)
    return PART_NAMES[part.part], before, after, growth_text(part.change_bytes)


def _layer_cells(change: ImageChange, one: LayerChange) -> tuple[str, ...]:
    return (
        FATE_NAMES[one.fate],
        "" if one.before is None else format_bytes(one.before_bytes),
        "" if one.after is None else format_bytes(one.after_bytes),
        growth_text(one.change_bytes),
        _code(step_words(change, one) or "not recorded"),
    )


def _against(change: ImageChange | None) -> str:
    return f", against {_code(change.before.name)}: {headline(change)}" if change else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(text: str) -> str:
    """A code span that shows the text as it is, also in a cell of a table."""
    shown = cut(visible(text), _MOST_CELL).replace("|", "\\|")
    if not shown:
        return ""
    longest = max((len(one) for one in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _words(text: str) -> str:
    """Plain words: signs that Markdown would take for its own are escaped."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|@~-])", r"\\\1", visible(text))
