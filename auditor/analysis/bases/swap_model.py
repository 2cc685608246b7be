"""How big an image would be on another base.

Constants are refitted by `python -m scripts.fit_swap_model`; the figures beside them were held
out: each family of images was scored by constants fitted without it (decision 24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.analysis.bases.names import BaseKind
from auditor.analysis.bases.own_layers import OwnLayers

SMALL_PACKAGES_BYTES = 10_000_000
"""Packages up to here are libraries that any system needs; not fitted, chosen by looking."""
BIG_PACKAGES_KEPT_RATIO = 0.5
"""What is left, on Alpine, of bytes that packages have above that."""
BUILD_TOOLS_KEPT_RATIO = 0.02
"""Compilers in a layer of their own: Alpine variants drop them after use (golang, php, ruby)."""
MUSL_EXTRA_BYTES = 1_000_000
"""Libraries that glibc images find in their base and Alpine images add themselves."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Where eight in ten real sizes lie, as ratios of the predicted one; how it was measured.

    `within_ten_percent_ratio`: the share of `pairs` predicted within 10 %.
    """

    low_ratio: float
    high_ratio: float
    within_ten_percent_ratio: float
    pairs: int


RUNTIME = Spread(0.949, 1.034, 1.0, 64)
SYSTEM = Spread(0.785, 1.068, 0.685, 124)
SYSTEM_TO_MUSL = Spread(0.618, 1.207, 0.523, 130)
SPREADS: Mapping[tuple[BaseKind, bool], Spread] = {
    (BaseKind.RUNTIME, False): RUNTIME,
    (BaseKind.RUNTIME, True): RUNTIME,
    (BaseKind.SYSTEM, False): SYSTEM,
    (BaseKind.SYSTEM, True): SYSTEM_TO_MUSL,
    (BaseKind.OTHER, False): SYSTEM,
    (BaseKind.OTHER, True): SYSTEM_TO_MUSL,
}
"""By the kind of base, and whether the other one has musl where this one has glibc."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Compressed bytes of the whole image on the other base; `low` to `high`: eight in ten."""

    size_bytes: int
    low_bytes: int
    high_bytes: int


def moved_bytes(own: OwnLayers, kind: BaseKind, *, to_musl: bool) -> int:
    """The image's own layers on the other base.

    From glibc to musl, package lists of apt go (`apk add --no-cache` keeps none). On a system
    base packages move too; on a runtime base what was installed is the image's own business and
    stays. Between systems of one libc nothing is changed.
    """
    if not to_musl:
        return own.size_bytes
    if kind == BaseKind.RUNTIME:
        return own.size_bytes - own.list_bytes
    small = min(own.package_bytes, SMALL_PACKAGES_BYTES)
    big = int((own.package_bytes - small) * BIG_PACKAGES_KEPT_RATIO)
    tools = int(own.build_tool_bytes * BUILD_TOOLS_KEPT_RATIO)
    return small + big + tools + own.other_bytes + MUSL_EXTRA_BYTES


def predict_swap(
    own: OwnLayers, other_base_bytes: int, kind: BaseKind, *, to_musl: bool
) -> Prediction:
    """The image's size with these own layers on a base of `other_base_bytes`.

    Without corrections this is `image - base + other base`.
    """
    size = other_base_bytes + moved_bytes(own, kind, to_musl=to_musl)
    spread = SPREADS[kind, to_musl]
    return Prediction(size, int(size * spread.low_ratio), int(size * spread.high_ratio))
