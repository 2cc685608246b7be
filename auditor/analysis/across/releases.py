"""What one release changed against the one before it, layer by layer.

Source: OPTIMISATION section 6. There a layer above the first change is innocent where its
step is the same, its digest another, its size within 0.5 %; here it also must not depend
on what was copied before it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from auditor.analysis.across.images import PushedImage, PushedLayer
from auditor.analysis.across.steps import (
    Reads,
    copies_manifests_only,
    kind_of,
    names_contents,
    shape_of,
)
from auditor.domain.digest import Digest

_INNOCENT_RATIO = 0.005
# Measured: the same files under other times, gzip -6, differ by 5 to 21 bytes in a million
# (docs/reference/rules/repeated-content.md).
_SAME_RATIO = 0.00003
_SAME_BYTES = 64
# Streams such as 2.7 and 3.6 are pushed in turn: the release before may be some pushes ago.
_LOOK_BACK = 8
DAYS_PER_MONTH = 30.44
_PACE_DAYS = 90


class Cause(Enum):
    """Why layers were built anew: what is true of the first layer that differs.

    `BASE`: the base changed, or may have. `COPY`: other files were copied. `STEP`: the step
    reads differently. `ARGUMENT`: only build arguments do. `NONE`: nothing changed, yet the
    digest did. `UNKNOWN`: the same step made something else, or is not known.
    """

    BASE = "base"
    COPY = "copy"
    STEP = "step"
    ARGUMENT = "argument"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A layer with the contents of before under a new digest. `position` in the new image."""

    position: int
    layer: PushedLayer
    before: PushedLayer


@dataclass(frozen=True, slots=True)
class Release:
    """An image and the one it follows.

    `first` is the position of the first layer that differs; `cause_step` its step.
    `rebuilt`: innocent layers whose digests are new to the repository, bottom first.
    """

    before: PushedImage
    after: PushedImage
    first: int
    cause: Cause
    cause_step: str
    rebuilt: tuple[Rebuilt, ...]

    @property
    def excess_bytes(self) -> int:
        """E_i: what was stored and moved again although nothing changed in it."""
        return sum({it.layer.digest: it.layer.size_bytes for it in self.rebuilt}.values())


def followed(
    line: Sequence[PushedImage], most: int | None = None
) -> list[tuple[PushedImage, PushedImage]]:
    """Each image of the line from the second one on, behind the one it follows.

    That is, of the eight pushed before it, the one that shares most bytes from the bottom
    up, then most steps, then the latest. An image with the layers of an earlier one is no
    release. Of the `most` latest only, where that is given. Time is linear in the number
    of layers.
    """
    stacks: dict[tuple[str, ...], PushedImage] = {}
    for image in line:
        stacks.setdefault(tuple(layer.digest.text for layer in image.layers), image)
    distinct = list(stacks.values())
    start = 1 if most is None else max(1, len(distinct) - most)
    return [
        (_predecessor(distinct[at], distinct[max(0, at - _LOOK_BACK) : at]), distinct[at])
        for at in range(start, len(distinct))
    ]


def releases_of(line: Sequence[PushedImage], most: int | None = None) -> list[Release]:
    """What each image of the line changed against the one it follows, in order of push.

    Of the `most` latest only, where that is given.
    """
    pairs = followed(line, most)
    first = next((at for at, image in enumerate(line) if pairs and image is pairs[0][1]), 0)
    seen = {layer.digest for image in line[: max(first, 1)] for layer in image.layers}
    releases = []
    for before, after in pairs:
        releases.append(_compare(before, after, seen))
        seen.update(layer.digest for layer in after.layers)
    return releases


def is_same_content(before: PushedLayer, after: PushedLayer) -> bool:
    """Whether two layers of one step hold the same, as far as can be told.

    Equal diff IDs say so. Sizes that differ by less than 30 bytes in a million do, for a
    RUN, and for a COPY whose files the classic builder recorded by their hash; for other
    COPY steps only sizes equal to the byte.
    """
    if before.diff_id is not None and before.diff_id == after.diff_id:
        return True
    if kind_of(after.step).reads is Reads.COPIED:
        if before.raw_step != after.raw_step:
            return False
        if not names_contents(after.step):
            return before.size_bytes == after.size_bytes
    return _is_near(before.size_bytes, after.size_bytes, _SAME_RATIO, _SAME_BYTES)


def releases_per_month(moments: Iterable[datetime], now: datetime) -> float:
    """How often something was released in the last 90 days, per month of 30.44 days.

    Where history is shorter it is taken as it is, but for at least a month, so that a busy
    first day does not count for thirty. 0 for no releases.
    """
    past = [(now - moment) / timedelta(days=1) for moment in moments if moment <= now]
    if not past:
        return 0.0
    days = min(max(*past, DAYS_PER_MONTH), _PACE_DAYS)
    return sum(age <= days for age in past) * DAYS_PER_MONTH / days


def _predecessor(image: PushedImage, recent: Sequence[PushedImage]) -> PushedImage:
    if len(recent) == 1:
        return recent[0]
    steps = {layer.step for layer in image.layers} - {""}

    def likeness(at: int) -> tuple[int, int, int]:
        other = recent[at]
        shared = _shared_prefix(other, image)
        return (
            sum(layer.size_bytes for layer in image.layers[:shared]),
            sum(layer.step in steps for layer in other.layers),
            at,
        )

    return recent[max(range(len(recent)), key=likeness)]


def _shared_prefix(before: PushedImage, after: PushedImage) -> int:
    at = 0
    for old, new in zip(before.layers, after.layers, strict=False):
        if old.digest.text != new.digest.text:
            break
        at += 1
    return at


def _compare(before: PushedImage, after: PushedImage, seen: set[Digest]) -> Release:
    first = _shared_prefix(before, after)
    if first >= min(len(before.layers), len(after.layers)):
        return Release(before, after, first, Cause.UNKNOWN, "", ())
    cause = _cause(before, after, first)
    rebuilt = tuple(
        it for it in _rebuilt(before, after, first, cause) if it.layer.digest not in seen
    )
    return Release(before, after, first, cause, after.layers[first].step, rebuilt)


def _cause(before: PushedImage, after: PushedImage, first: int) -> Cause:
    old, new = before.layers[first], after.layers[first]
    kind = kind_of(new.step)
    if first < max(before.base_layers, after.base_layers, 1):
        return Cause.BASE
    if not new.step or not old.step:
        return Cause.UNKNOWN
    if kind.reads is Reads.COPIED and shape_of(old.step) == shape_of(new.step):
        if is_same_content(old, new):
            return Cause.NONE
        return Cause.UNKNOWN if copies_manifests_only(new.step) else Cause.COPY
    if not after.base_layers:
        # The step may be the base's: only what is copied is surely the image's own.
        return Cause.UNKNOWN
    if old.step != new.step:
        return Cause.STEP if shape_of(old.step) == shape_of(new.step) else Cause.UNKNOWN
    if old.raw_step != new.raw_step:
        return Cause.ARGUMENT
    return Cause.NONE if is_same_content(old, new) else Cause.UNKNOWN


def _rebuilt(
    before: PushedImage, after: PushedImage, first: int, cause: Cause
) -> Iterator[Rebuilt]:
    """Innocent layers; the first that differs is one only where nothing of it changed."""
    old_layers: defaultdict[str, deque[PushedLayer]] = defaultdict(deque)
    for layer in before.layers[first:]:
        old_layers[layer.step].append(layer)
    for position, layer in enumerate(after.layers[first:], first):
        if not layer.step or not old_layers[layer.step]:
            continue
        old = old_layers[layer.step].popleft()
        is_fair = position > first or cause in {Cause.NONE, Cause.ARGUMENT}
        if is_fair and old.digest != layer.digest and _is_innocent(old, layer, cause):
            yield Rebuilt(position, layer, old)


def _is_innocent(before: PushedLayer, after: PushedLayer, cause: Cause) -> bool:
    reads = kind_of(after.step).reads
    if reads is Reads.SOURCES:
        return False
    if reads is Reads.COPIED or cause is Cause.NONE:
        return is_same_content(before, after)
    return _is_near(before.size_bytes, after.size_bytes, _INNOCENT_RATIO)


def _is_near(before: int, after: int, ratio: float, slack: int = 0) -> bool:
    return abs(before - after) <= max(slack, ratio * max(before, after))
