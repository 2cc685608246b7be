"""What changed between two images as tables: parts that add up, then layers in build order."""

from __future__ import annotations

from auditor.domain.image_change import (
    ImageChange,
    ImagePart,
    ImageSide,
    LayerChange,
    LayerFate,
    PartOfChange,
)
from auditor.domain.units import format_bytes
from auditor.domain.views import BaseView
from auditor.reports.phrases import growth_text, legend, size_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

PART_NAMES = {
    ImagePart.BASE: "base image",
    ImagePart.ADDED: "new layers",
    ImagePart.REMOVED: "layers that are gone",
    ImagePart.REBUILT: "rebuilt layers",
    ImagePart.RECOMPRESSED: "compressed anew",
    ImagePart.KEPT: "kept layers",
    ImagePart.DOCUMENTS: "manifest and config",
}
PART_MEANINGS = {
    ImagePart.BASE: "layers of the base that are not the same",
    ImagePart.ADDED: "build steps that made no layer before",
    ImagePart.REMOVED: "build steps that make no layer now",
    ImagePart.REBUILT: "the same build step, other files",
    ImagePart.RECOMPRESSED: "the same files, stored as other bytes",
    ImagePart.KEPT: "the same bytes: a node has them already",
    ImagePart.DOCUMENTS: "what describes the image",
}
FATE_NAMES = {
    LayerFate.KEPT: "kept",
    LayerFate.RECOMPRESSED: "recompressed",
    LayerFate.REBUILT: "rebuilt",
    LayerFate.ADDED: "added",
    LayerFate.REMOVED: "removed",
}
_NOTHING = "-"
_PART_COLUMNS = (
    Column("part"),
    Column("before", Align.RIGHT, drop_order=1),
    Column("after", Align.RIGHT, drop_order=1),
    Column("change", Align.RIGHT),
    Column("change bytes", Align.RIGHT, drop_order=2),
    Column("what it means", cut=Cut.END, least_width=20, drop_order=3),
)
_LAYER_COLUMNS = (
    Column("layer"),
    Column("before", Align.RIGHT, drop_order=1),
    Column("after", Align.RIGHT, drop_order=1),
    Column("change", Align.RIGHT),
    Column("base", drop_order=2),
    Column("build step", cut=Cut.END, least_width=20),
)


def image_change_tables(change: ImageChange) -> tuple[Table, ...]:
    """Who grew and why, then every layer that is not the same."""
    return _summary(change), layer_table(change)


def headline(change: ImageChange) -> str:
    """One phrase: `+48 MB (+12.3 %)`, or that nothing changed."""
    if change.before.digest == change.after.digest:
        return "the same image"
    if not change.change_bytes:
        return "no byte bigger or smaller"
    ratio = change.growth_ratio
    percent = "" if ratio is None else f" ({100 * ratio:+.1f} %)"
    return f"{growth_text(change.change_bytes)}{percent}"


def base_words(change: ImageChange) -> str:
    """Whether the image was built on another base than before."""
    before, after = _base_name(change.before.base), _base_name(change.after.base)
    if change.is_base_moved is None:
        return f"{before} before, {after} now: cannot be compared"
    if not change.is_base_moved:
        return f"{after}, as before"
    if before == after:
        return f"{after}, in another version"
    return f"{after} instead of {before}"


def step_words(change: ImageChange, one: LayerChange) -> str:
    """The build step of a layer, before and after where its words differ; one line."""
    before = "" if one.before is None else change.before.layers[one.before].step
    after = "" if one.after is None else change.after.layers[one.after].step
    now, then = _one_line(after or before), _one_line(before)
    return f"{now} (before: {then})" if after and before and before != after else now


def is_of_base(change: ImageChange, one: LayerChange) -> bool:
    """Whether the layer is the base's, where it is there last."""
    if one.after is not None:
        return bool(change.after.layers[one.after].from_base)
    return one.before is not None and bool(change.before.layers[one.before].from_base)


def _summary(change: ImageChange) -> Table:
    exactnesses = (change.before.exactness, change.after.exactness)
    note = legend(exactnesses)
    notes = ["The two are for different platforms."] if change.is_other_platform else []
    return Table(
        title=f"What changed: {headline(change)}",
        facts=(
            ("from", _side_words(change.before)),
            ("to", _side_words(change.after)),
            ("base image", base_words(change)),
            (
                "an update",
                f"downloads {format_bytes(change.update_bytes)} on a node that has the first",
            ),
        ),
        columns=_PART_COLUMNS,
        rows=tuple(_part_cells(part) for part in change.parts),
        totals=(
            "a pull",
            size_text(change.before.pull_bytes, change.before.exactness),
            size_text(change.after.pull_bytes, change.after.exactness),
            growth_text(change.change_bytes),
            _exact(change.change_bytes),
            "",
        ),
        notes=(*notes, *((note,) if note else ())),
    )


def layer_table(change: ImageChange) -> Table:
    """Layers in build order; of those that are kept, how many."""
    kept = sum(one.fate is LayerFate.KEPT for one in change.layers)
    rows = tuple(
        _layer_cells(change, one) for one in change.layers if one.fate is not LayerFate.KEPT
    )
    note = f"{kept:,} of {len(change.after.layers):,} layers are the same bytes as before."
    return Table(columns=_LAYER_COLUMNS if rows else (), rows=rows, notes=(note,))


def _side_words(side: ImageSide) -> str:
    platform = f", {visible(str(side.platform))}" if side.platform else ""
    size = size_text(side.pull_bytes, side.exactness)
    return f"{visible(side.name)} ({side.digest.short}{platform}; a pull: {size})"


def _base_name(base: BaseView | None) -> str:
    if base is None:
        return "unknown"
    return visible(next(iter(base.names), base.digest.short if base.digest else "unnamed"))


def _part_cells(part: PartOfChange) -> tuple[str, ...]:
    return (
        PART_NAMES[part.part],
        _size(part.before_bytes),
        _size(part.after_bytes),
        growth_text(part.change_bytes),
        _exact(part.change_bytes),
        PART_MEANINGS[part.part],
    )


def _layer_cells(change: ImageChange, one: LayerChange) -> tuple[str, ...]:
    return (
        FATE_NAMES[one.fate],
        _NOTHING if one.before is None else format_bytes(one.before_bytes),
        _NOTHING if one.after is None else format_bytes(one.after_bytes),
        growth_text(one.change_bytes),
        "yes" if is_of_base(change, one) else "",
        step_words(change, one) or "not recorded",
    )


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _size(size_bytes: int) -> str:
    return format_bytes(size_bytes) if size_bytes else _NOTHING


def _exact(change_bytes: int) -> str:
    return f"{change_bytes:+,}" if change_bytes else "0"
