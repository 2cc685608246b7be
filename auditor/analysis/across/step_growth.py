"""Growth that one step brought at one tag, and that is still there."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.analysis.across.found import AcrossFinding, quoted, step_key
from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.analysis.across.releases import followed
from auditor.analysis.across.steps import shape_of
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.domain.units import format_bytes

INFO = RuleInfo(
    identifier="growth-by-one-step",
    title="One step made the image grow at one release",
    sees="the same step, or a new one, makes a layer far bigger than in the release before",
    misses="whether the growth was wanted; slow growth over many releases; the base's growth",
)
# Of successive real pushes 1.8 % change by more than 10 % (the facts about official images).
LEAST_RATIO = 0.10
LEAST_BYTES = 10_000_000
# How many releases back a jump is still told.
_LAST_RELEASES = 20
BASE_STEP = "base image"


@dataclass(frozen=True, slots=True)
class StepGrowth:
    """Bytes that one step added between two releases of a line; negative where it shrank.

    `layer` is the step's position in `after`, None where the step is gone. `step` is
    `base image` for all layers of the base together.
    """

    before: PushedImage
    after: PushedImage
    step: str
    layer: int | None
    size_bytes: int

    @property
    def net_bytes(self) -> int:
        """Its share of the image's growth: no more than the whole image grew."""
        return min(self.size_bytes, self.after.size_bytes - self.before.size_bytes)


def step_growths(before: PushedImage, after: PushedImage) -> tuple[StepGrowth, ...]:
    """What each step added, biggest first; adds up to the difference of all layers.

    Steps are matched by their text, numbers in it aside; of equal ones in order. Layers
    whose step is not known are matched by position among themselves.
    """
    old = _layers_by_step(before)
    growths = []
    for shape, layers in _layers_by_step(after).items():
        for position, layer in layers:
            was = old[shape].popleft()[1].size_bytes if old[shape] else 0
            step = BASE_STEP if shape == BASE_STEP else layer.step
            growths.append(StepGrowth(before, after, step, position, layer.size_bytes - was))
    for shape, layers in old.items():
        for _, layer in layers:
            step = BASE_STEP if shape == BASE_STEP else layer.step
            growths.append(StepGrowth(before, after, step, None, -layer.size_bytes))
    return tuple(sorted(_base_as_one(growths), key=lambda it: (-it.size_bytes, it.layer or 0)))


def find_step_growth(repository: RepositoryImages) -> Iterator[AcrossFinding]:
    """At most one finding per line of tags: the biggest jump that the newest image still has.

    A jump is at least 10 MB and a tenth of the image before, by one step of its own, net of
    what other steps lost.
    """
    for line, images in repository.lines().items():
        jumps = [
            growth
            for before, after in followed(images, _LAST_RELEASES)
            for growth in step_growths(before, after)[:1]
            if _is_jump(growth) and _is_still_there(growth, images[-1])
        ]
        if jumps:
            biggest = max(jumps, key=lambda it: it.net_bytes)
            yield _finding(repository.repository, line, biggest, images[-1])


def _layers_by_step(
    image: PushedImage,
) -> defaultdict[str, deque[tuple[int, PushedLayer]]]:
    found: defaultdict[str, deque[tuple[int, PushedLayer]]] = defaultdict(deque)
    for position, layer in enumerate(image.layers):
        is_base = position < image.base_layers
        found[BASE_STEP if is_base else shape_of(layer.step)].append((position, layer))
    return found


def _base_as_one(growths: Sequence[StepGrowth]) -> Iterator[StepGrowth]:
    base = [growth for growth in growths if growth.step == BASE_STEP]
    yield from (growth for growth in growths if growth.step != BASE_STEP)
    if base:
        total = sum(growth.size_bytes for growth in base)
        layer = 0 if any(growth.layer is not None for growth in base) else None
        yield StepGrowth(base[0].before, base[0].after, BASE_STEP, layer, total)


def _is_jump(growth: StepGrowth) -> bool:
    least = max(LEAST_BYTES, LEAST_RATIO * growth.before.size_bytes)
    return growth.net_bytes >= least and growth.step not in {BASE_STEP, ""}


def _is_still_there(growth: StepGrowth, newest: PushedImage) -> bool:
    """Whether the newest image has the step, and more than half of what it grew by."""
    layer = growth.after.layers[growth.layer or 0]
    now = _now(growth, newest)
    return now is not None and 2 * (layer.size_bytes - now[1].size_bytes) < growth.net_bytes


def _now(growth: StepGrowth, newest: PushedImage) -> tuple[int, PushedLayer] | None:
    shape = shape_of(growth.step)
    own = enumerate(newest.layers)
    return next(((at, it) for at, it in own if shape_of(it.step) == shape), None)


def _names(growth: StepGrowth) -> tuple[str, str]:
    """How the two images are called; with digests where one tag moved."""
    before, after = growth.before.name, growth.after.name
    if before != after:
        return before, after
    old, new = growth.before.digest.short, growth.after.digest.short
    return f"{before} ({old})", f"{after} ({new})"


def _finding(repository: str, line: str, growth: StepGrowth, newest: PushedImage) -> AcrossFinding:
    position, layer = _now(growth, newest) or (0, newest.layers[0])
    size_bytes = min(growth.net_bytes, layer.size_bytes)
    before, after = _names(growth)
    return AcrossFinding(
        repository=repository,
        digest=newest.digest,
        images=1,
        finding=Finding(
            rule=INFO.identifier,
            key=step_key(f"{line} {growth.after.digest.short}", shape_of(growth.step)),
            what=(
                f"From {before} to {after}, the image grew by {format_bytes(growth.net_bytes)}"
                f" to {format_bytes(growth.after.size_bytes)}, by {quoted(growth.step)}."
            ),
            fix="Look at what that release added; take out what is not needed to run.",
            evidence=(
                Evidence(EvidenceKind.TAG, before, digest=growth.before.digest),
                Evidence(EvidenceKind.TAG, after, digest=growth.after.digest),
                Evidence(EvidenceKind.STEP, layer.step, position, layer.digest, layer.size_bytes),
            ),
            claims=(Claim(position, size_bytes),),
            first_layer=position,
            confidence=Confidence.LOW,
            basis=Basis.MEASURED,
            breadth=Breadth.IMAGE,
            low_bytes=0,
            high_bytes=size_bytes,
            caveats=("The growth is measured; whether it was wanted cannot be seen.",),
        ),
    )
