"""The build history of an image, step by step, with the layers the steps made."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.analysis.build_steps import align_steps
from auditor.analysis.image_facts import BuildStep
from auditor.analysis.recorded_step import RecordedStep, recorded_step
from auditor.analysis.remembered import Remembered
from auditor.domain.image_config import HistoryEntry

_ENDS_A_DOCKERFILE = frozenset({"CMD", "ENTRYPOINT"})
# What a remembered command takes beside its text, roughly, on a 64-bit Python.
_CHARACTERS_OF_A_COMMAND = 300


def take_apart(
    history: Sequence[HistoryEntry], layer_sizes: Sequence[int], base_layers: int = 0
) -> tuple[BuildStep, ...]:
    """All steps in order, those without layer too; empty where history does not fit the layers.

    `layer_sizes` are compressed bytes, bottom first; `base_layers` as in `on_base`.
    """
    alignment = align_steps(len(layer_sizes), history)
    if None in alignment.steps:
        return ()
    layers = _layers_of(history, alignment.steps)
    steps = tuple(
        _step(_recorded(entry.created_by), entry, layer, layer_sizes)
        for entry, layer in zip(history, layers, strict=True)
    )
    return on_base(steps, base_layers)


def on_base(steps: Sequence[BuildStep], base_layers: int) -> tuple[BuildStep, ...]:
    """These steps, those marked that the base with so many layers brought.

    That is its layers' steps and all before them. Steps without layer between the last layer
    of the base and the next one are its own up to the last CMD or ENTRYPOINT, with which
    Dockerfiles end, or up to the first run of them where the image adds no layer; the rest
    belongs to the image.
    """
    count = _steps_of_base(steps, base_layers)
    return (*(_of_base(step) for step in steps[:count]), *steps[count:])


def _layers_of(
    history: Sequence[HistoryEntry], made: Sequence[HistoryEntry | None]
) -> list[int | None]:
    """The layer each step made, `made` being the steps that made one, in the same order."""
    layers: list[int | None] = []
    layer = 0
    for entry in history:
        is_next = layer < len(made) and entry is made[layer]
        layers.append(layer if is_next else None)
        layer += is_next
    return layers


def _steps_of_base(steps: Sequence[BuildStep], base_layers: int) -> int:
    """How many steps the base brought."""
    if not base_layers:
        return 0
    layers = [step.layer for step in steps]
    start = _position(layers, base_layers - 1) + 1
    own = _position(layers, base_layers)
    ends = [at for at in range(start, own) if steps[at].instruction in _ENDS_A_DOCKERFILE]
    if own == len(layers) and ends:
        ends = [at for number, at in enumerate(ends) if at == ends[0] + number]
    return ends[-1] + 1 if ends else start


def _position(layers: Sequence[int | None], layer: int) -> int:
    """Which step made a layer; behind all where none did."""
    return next((at for at, made in enumerate(layers) if made == layer), len(layers))


def _step(
    text: RecordedStep, entry: HistoryEntry, layer: int | None, layer_sizes: Sequence[int]
) -> BuildStep:
    return BuildStep(
        text.instruction,
        text.text,
        text.script,
        text.flags,
        text.arguments,
        text.build_arguments,
        layer,
        0 if layer is None else layer_sizes[layer],
        created_at=entry.created_at,
    )


def _of_base(step: BuildStep) -> BuildStep:
    # By hand: `replace` takes five times as long, and this is done for every step of a base.
    return BuildStep(
        step.instruction,
        step.text,
        step.script,
        step.flags,
        step.arguments,
        step.build_arguments,
        step.layer,
        step.size_bytes,
        is_from_base=True,
        created_at=step.created_at,
    )


def _weight(created_by: str, step: RecordedStep) -> int:
    commands = len(step.script.commands) if step.script else 0
    return 3 * len(created_by) + _CHARACTERS_OF_A_COMMAND * commands


_recorded = Remembered(recorded_step, 64 * 2**20, _weight)
