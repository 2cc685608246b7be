from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.domain.digest import Digest
from auditor.domain.estimates import BaseLayerHeld, BaseUsed, Interval
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.estimate.base_parts import base_part

BASE = BaseUsed(
    "python:3.12-slim",
    DEFAULT_PLATFORM,
    Interval.exactly(43_000_000),
    "crawled from r.example",
    date(2026, 11, 20),
    layers=(BaseLayerHeld(Digest("sha256:" + "a" * 64), 43_000_000, is_held=True),),
)


def test_a_base_is_known_compressed_and_guessed_unpacked() -> None:
    part = base_part(BASE)
    assert part.compressed.is_exact
    assert part.unpacked is not None
    # 119.2 MB unpacked for 43.2 MB was measured of this very image.
    assert part.unpacked.low_bytes < 119_200_000 < part.unpacked.high_bytes
    assert part.explanation == "1 layer, crawled from r.example, as of 2026-11-20."


def test_where_its_figures_are_from_is_said() -> None:
    bare = base_part(replace(BASE, layers=(), as_of=None))
    assert bare.explanation == "crawled from r.example."
    stand_in = base_part(replace(BASE, stand_in="python:3.11-slim"))
    assert "python:3.11-slim stands in" in stand_in.explanation
