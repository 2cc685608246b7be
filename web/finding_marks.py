"""Which layers of an image its findings touch, for the marks beside and in the bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.domain.finding_views import ImageFindings
from auditor.reports.finding_words import touched_layers
from web.waterfall import Bar


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding at a layer: its number from 1 on, and the bytes of the layer it would take."""

    number: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class LayerMarks:
    """The findings at one layer, and what they take together as a part of its bar.

    `width` is a percentage of the image's layers like that of the bar, 0 for no bytes.
    """

    marks: tuple[Mark, ...]
    width: float


def layer_marks(found: ImageFindings | None, bars: Sequence[Bar]) -> dict[int, LayerMarks]:
    """The marks by the layer's position; layers without a finding are left out."""
    findings = () if found is None else found.findings
    by_layer: dict[int, list[Mark]] = {}
    for number, finding in enumerate(findings, 1):
        claimed = {claim.layer: claim.size_bytes for claim in finding.claims}
        for position in touched_layers(finding):
            by_layer.setdefault(position, []).append(Mark(number, claimed.get(position, 0)))
    return {
        bar.layer.position: LayerMarks(tuple(marks), _width(bar, marks))
        for bar in bars
        if (marks := by_layer.get(bar.layer.position, []))
    }


def _width(bar: Bar, marks: Sequence[Mark]) -> float:
    taken, whole = sum(mark.size_bytes for mark in marks), bar.layer.size_bytes
    return round(bar.width * min(taken, whole) / whole, 3) if whole else 0.0
