"""One image as a table: its layers in build order."""

from __future__ import annotations

from auditor.domain.platform import Platform
from auditor.domain.views import BaseView, ImageView, LayerView, SizeConflict
from auditor.reports.as_text.findings import image_finding_tables, image_savings_text
from auditor.reports.phrases import UNKNOWN, bar, count_text, exact_size_text, size_text, time_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

_MOST_NAMES = 6
_COLUMNS = (
    Column("#", Align.RIGHT),
    Column("size", Align.RIGHT),
    Column("%", Align.RIGHT, drop_order=1),
    Column("share", drop_order=2),
    Column("from base"),
    Column("shared by"),
    Column("digest", drop_order=3),
    Column("build step", cut=Cut.END, least_width=20),
)
_FROM_BASE = {True: "yes", False: "no", None: UNKNOWN}
_CONFIDENCE = {
    "high": "sure: its layers are this image's lowest ones",
    "low": "only claimed by an annotation",
}


def image_table(view: ImageView) -> Table:
    """Who this image is, then one row per layer, bottom first, then what is missing."""
    layers = tuple(_layer_cells(layer, view.pull_bytes) for layer in view.layers)
    return Table(
        title=visible(_full_name(view)),
        facts=_facts(view),
        columns=_COLUMNS,
        rows=layers,
        totals=_totals(view),
        notes=_notes(view),
    )


def image_tables(view: ImageView) -> tuple[Table, ...]:
    """The image, then what to change in it."""
    return (image_table(view), *image_finding_tables(view.findings))


def _full_name(view: ImageView) -> str:
    """Repository and what was asked for, which may be a tag or a digest alone."""
    if view.repository in view.reference:
        return view.reference
    mark = "@" if ":" in view.reference else ":"
    return f"{view.repository}{mark}{view.reference}"


def _facts(view: ImageView) -> tuple[tuple[str, str], ...]:
    facts = [
        ("registry", visible(view.registry)),
        ("digest", view.digest.text),
        ("platform", _platforms(view)),
        ("pull size", exact_size_text(view.pull_bytes, view.exactness)),
        ("created", time_text(view.created_at, "not recorded")),
        ("seen since", time_text(view.since)),
        ("tags", _some(view.tags, "none points here now")),
        ("base image", _base(view.base)),
        ("savings", image_savings_text(view.findings)),
    ]
    return tuple(facts)


def _platforms(view: ImageView) -> str:
    own = UNKNOWN if view.platform is None else visible(str(view.platform))
    others = [_name(platform) for platform in view.platforms if platform != view.platform]
    return f"{own} (also: {_some(others, '')}; choose with --platform)" if others else own


def _name(platform: Platform) -> str:
    return visible(str(platform))


def _some(names: tuple[str, ...] | list[str], otherwise: str) -> str:
    if not names:
        return otherwise
    shown = ", ".join(visible(name) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _base(base: BaseView | None) -> str:
    if base is None:
        return UNKNOWN
    name = _some(base.names, base.digest.short if base.digest else "without a name")
    size = f"{count_text(base.layer_count, 'layer')}, {size_text(base.size_bytes)}"
    return f"{name} ({size}; {_CONFIDENCE.get(base.confidence, visible(base.confidence))})"


def _layer_cells(layer: LayerView, whole: int) -> tuple[str, ...]:
    step = layer.step or layer.created_by
    return (
        str(layer.position + 1),
        size_text(layer.size_bytes),
        f"{100 * layer.size_bytes / whole:.1f}" if whole else "",
        bar(layer.size_bytes, whole),
        _FROM_BASE[layer.from_base],
        _sharing(layer),
        layer.digest.short,
        visible(" ".join(step.split())) if step else "not recorded",
    )


def _sharing(layer: LayerView) -> str:
    if layer.is_foreign:
        return "foreign"
    if layer.shared_by_repositories <= 1:
        return "only here"
    return f"{layer.shared_by_repositories:,} repos"


def _totals(view: ImageView) -> tuple[str, ...]:
    rest = view.pull_bytes - sum({row.digest: row.size_bytes for row in view.layers}.values())
    label = f"download, with {size_text(rest)} of manifest and config"
    return ("", size_text(view.pull_bytes, view.exactness), "", "", "", "", "", label)


def _notes(view: ImageView) -> tuple[str, ...]:
    notes = [visible(view.history_note)]
    if view.steps_without_layer:
        steps = count_text(view.steps_without_layer, "build step")
        notes.append(f"{steps} made no layer (ENV, CMD and the like).")
    if any(layer.is_foreign for layer in view.layers):
        notes.append("foreign: pulled from elsewhere, not stored in this registry.")
    if len({layer.digest for layer in view.layers}) < len(view.layers):
        notes.append("A layer listed twice is downloaded once.")
    notes += [conflict_note(conflict) for conflict in view.conflicts]
    return tuple(note for note in notes if note)


def conflict_note(conflict: SizeConflict) -> str:
    """One line about a digest whose size is claimed differently in different places."""
    claims = ", ".join(f"{claim:,} B" for claim in conflict.claims)
    return (
        f"Blob {conflict.digest.short} is declared with different sizes ({claims}); "
        f"{conflict.size_bytes:,} B is used."
    )
