"""What changed between two images, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.image_change import ImageChange, ImageSide, LayerChange, SideLayer
from auditor.domain.views import BaseView
from auditor.reports.as_csv import Cell, csv_lines

SCHEMA_VERSION = 1
_COLUMNS = (
    "change", "part", "from_position", "to_position", "from_digest", "to_digest",
    "from_bytes", "to_bytes", "change_bytes", "from_step", "to_step",
)  # fmt: skip


def image_change_document(change: ImageChange) -> dict[str, object]:
    """The whole answer; `change_bytes` of parts and of layers add up as the texts say.

    Parts add up to the change; layers to all parts but `documents`, manifest and config.
    """
    return {"schema_version": SCHEMA_VERSION, **change_object(change)}


def change_object(change: ImageChange) -> dict[str, object]:
    """The same without a version, to stand in another document."""
    ratio = change.growth_ratio
    return {
        "from": _side(change.before),
        "to": _side(change.after),
        "change_bytes": change.change_bytes,
        "change_ratio": None if ratio is None else round(ratio, 6),
        "update_bytes": change.update_bytes,
        "base_moved": change.is_base_moved,
        "other_platform": change.is_other_platform,
        "parts": [
            {
                "part": part.part.value,
                "from_bytes": part.before_bytes,
                "to_bytes": part.after_bytes,
                "change_bytes": part.change_bytes,
            }
            for part in change.parts
        ],
        "layers": [_layer(change, one) for one in change.layers],
    }


def image_change_lines(change: ImageChange) -> Iterator[str]:
    """CSV, one row per layer, in build order."""
    return csv_lines(_COLUMNS, (_cells(change, one) for one in change.layers))


def base_object(base: BaseView | None) -> dict[str, object] | None:
    """What an image is built on, null where that is unknown."""
    if base is None:
        return None
    return {
        "names": list(base.names),
        "digest": None if base.digest is None else base.digest.text,
        "basis": base.basis,
        "confidence": base.confidence,
    }


def _side(side: ImageSide) -> dict[str, object]:
    return {
        "reference": side.name,
        "digest": side.digest.text,
        "platform": None if side.platform is None else str(side.platform),
        "pull_bytes": side.pull_bytes,
        "layers": len(side.layers),
        "base": base_object(side.base),
        "exactness": side.exactness.value,
    }


def _layer(change: ImageChange, one: LayerChange) -> dict[str, object]:
    return {
        "change": one.fate.value,
        "part": one.part.value,
        "from": _place(change.before, one.before, one.before_bytes),
        "to": _place(change.after, one.after, one.after_bytes),
        "change_bytes": one.change_bytes,
    }


def _place(side: ImageSide, position: int | None, counted_bytes: int) -> dict[str, object] | None:
    if position is None:
        return None
    layer = side.layers[position]
    return {
        "position": position,
        "digest": layer.digest.text,
        "size_bytes": layer.size_bytes,
        "counted_bytes": counted_bytes,
        "step": layer.step or None,
        "from_base": layer.from_base,
        "estimated": layer.is_estimated,
    }


def _cells(change: ImageChange, one: LayerChange) -> tuple[Cell, ...]:
    before, after = _at(change.before, one.before), _at(change.after, one.after)
    return (
        one.fate.value,
        one.part.value,
        one.before,
        one.after,
        before.digest.text if before else None,
        after.digest.text if after else None,
        one.before_bytes,
        one.after_bytes,
        one.change_bytes,
        before.step if before else None,
        after.step if after else None,
    )


def _at(side: ImageSide, position: int | None) -> SideLayer | None:
    return None if position is None else side.layers[position]
