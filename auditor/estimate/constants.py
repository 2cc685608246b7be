"""The constants of the size model: what they are called, and where they come from.

They lie in `data/model.json`, written by `scripts/fit_calculator.py` from layers that
`scripts/calculator_truth` built and weighed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Between which parts of a prediction of this size eight of ten real layers lay."""

    at_bytes: int
    low: float
    high: float


class Line(msgspec.Struct, frozen=True):
    """A weighted sum of what is known of packages, and how far off it was.

    `weights` by the names of `model.sums`. `spread` is for packages whose sizes are known,
    `spread_of_guesses` for those of which only the archives' are; both by rising size.
    `rows` says how many layers it was fitted on, `note` what to say of it besides.
    """

    weights: Mapping[str, float]
    spread: tuple[Spread, ...]
    spread_of_guesses: tuple[Spread, ...]
    rows: int
    note: str = ""


class Habits(msgspec.Struct, frozen=True):
    """What is usual for packages of an ecosystem, where its index does not say."""

    unpacked_per_archive: float
    source_per_archive: float
    files_per_archive_byte: float
    archive_bytes_median: int
    archive_bytes_ninth_decile: int


class Model(msgspec.Struct, frozen=True):
    """All constants. `origin` says from what, how and when they were made."""

    origin: Mapping[str, str]
    lines: Mapping[str, Line]
    habits: Mapping[str, Habits]


@cache
def load_model() -> Model:
    """The shipped constants; read once per process."""
    path = files("auditor.estimate").joinpath("data", "model.json")
    return msgspec.json.decode(path.read_bytes(), type=Model)


def spread_at(spreads: tuple[Spread, ...], size_bytes: float) -> tuple[float, float]:
    """Low and high at a size: as at the nearest one, and in between by the logarithm of bytes."""
    first, last = spreads[0], spreads[-1]
    if size_bytes <= first.at_bytes:
        return first.low, first.high
    for small, big in pairwise(spreads):
        if size_bytes < big.at_bytes:
            share = math.log(size_bytes / small.at_bytes) / math.log(big.at_bytes / small.at_bytes)
            return (
                small.low + share * (big.low - small.low),
                small.high + share * (big.high - small.high),
            )
    return last.low, last.high
