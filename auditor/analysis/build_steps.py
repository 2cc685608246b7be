"""Which build step made which layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.analysis.readable_steps import makes_layer
from auditor.domain.image_config import HistoryEntry

_NO_HISTORY = "the image config records no build steps"
_BY_INSTRUCTION = (
    "matched by instruction: the image config does not mark the steps that made no layer"
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Build steps matched to layers: one entry per layer, bottom first, None where unknown.

    `note` says in words why steps are missing or how they were inferred; empty when the
    config says it all. `steps_without_layer` counts steps known to have made no layer.
    """

    steps: tuple[HistoryEntry | None, ...]
    note: str = ""
    steps_without_layer: int = 0


def align_steps(layer_count: int, history: Sequence[HistoryEntry]) -> Alignment:
    """The step of each of `layer_count` layers, all None where the counts do not fit.

    Configs that mark no step as empty although some plainly are (Docker's classic image
    metadata) are matched by instruction instead, when that makes the counts equal.
    Source: image-spec config.md, "history"; entries with `empty_layer` have no layer.
    """
    if not history:
        return Alignment((None,) * layer_count, _NO_HISTORY if layer_count else "")
    with_layer = [entry for entry in history if not entry.is_empty_layer]
    without_layer = len(history) - len(with_layer)
    if len(with_layer) == layer_count:
        return Alignment(tuple(with_layer), "", without_layer)
    if not without_layer:
        inferred = [entry for entry in history if makes_layer(entry.created_by)]
        if len(inferred) == layer_count:
            return Alignment(tuple(inferred), _BY_INSTRUCTION, len(history) - len(inferred))
    note = (
        f"the image config records {_count(len(with_layer), 'build step')} that should have made"
        f" a layer each, but the image has {_count(layer_count, 'layer')}:"
        " which step made which layer is unknown"
    )
    return Alignment((None,) * layer_count, note, without_layer)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
