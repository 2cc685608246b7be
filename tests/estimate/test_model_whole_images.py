"""Three applications built in the usual ways, against what was foretold of them.

Replays tests/data/calculator-truth.json.gz: what was built (`make calculator-truth`), and what the
calculator resolved of the same Dockerfiles. The model weighs it anew here.
"""

from __future__ import annotations

from typing import Any

import pytest

from auditor.domain.estimates import Interval
from auditor.domain.packages import Closure, Ecosystem, SizedPackage
from auditor.estimate.model import LayerOptions, layer_part
from scripts.calculator_truth.foretell import ROOT, built_bytes, on_the_base
from scripts.fit_calculator import load

IMAGES = load()["images"]
WAYS = ("everything", "production", "stages")
KINDS = {kind.value for kind in Ecosystem}


def weighed(image: dict[str, Any]) -> Interval:
    """The parts of the record, those of packages weighed by the model as it is now."""
    fresh = [
        layer_part(
            Closure(
                Ecosystem(one["ecosystem"]),
                tuple(SizedPackage(**package) for package in one["packages"]),
            ),
            LayerOptions(
                is_byte_compiled=one["is_byte_compiled"], is_slim_base=one["is_slim_base"]
            ),
        )
        for one in image["foretold"]["closures"]
    ]
    parts = [one for one in image["foretold"]["parts"] if one["kind"] not in KINDS]
    parts += [
        {
            "kind": part.kind.value,
            "estimate": part.compressed.estimate_bytes,
            "low": part.compressed.low_bytes,
            "high": part.compressed.high_bytes,
        }
        for part in fresh
    ]
    return on_the_base(parts)


def of(app: str) -> dict[str, dict[str, Any]]:
    return {image["way"]: image for image in IMAGES if image["app"] == app}


def test_three_applications_were_built_in_three_ways() -> None:
    assert {(one["app"], one["way"]) for one in IMAGES} == {
        (app, way) for app in ("express", "flask", "native") for way in WAYS
    }


@pytest.mark.parametrize("app", ["express", "flask", "native"])
def test_the_order_of_the_ways_is_foretold(app: str) -> None:
    images = of(app)
    built = sorted(WAYS, key=lambda way: built_bytes(images[way]))
    foretold = sorted(WAYS, key=lambda way: weighed(images[way]).estimate_bytes)
    # Ways that differ by less than one part in a hundred have no order to foretell.
    for one, other in zip(built, foretold, strict=True):
        if one != other:
            assert built_bytes(images[one]) == pytest.approx(built_bytes(images[other]), rel=0.01)


@pytest.mark.parametrize("image", IMAGES, ids=lambda one: f"{one['app']}-{one['way']}")
def test_what_is_built_on_the_base_is_foretold(image: dict[str, Any]) -> None:
    real, said = built_bytes(image), weighed(image).estimate_bytes
    assert said == pytest.approx(real, rel=0.25)


def test_the_page_says_what_was_built() -> None:
    page = (ROOT / "docs/reference/calculator-model.md").read_text()
    for image in IMAGES:
        said = weighed(image)
        assert (
            f"| {image['app']} | {image['way']} | {built_bytes(image):,} "
            f"| {said.estimate_bytes:,} | {said.low_bytes:,} to {said.high_bytes:,} |"
        ) in page
