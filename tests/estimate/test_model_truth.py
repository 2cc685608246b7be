"""The model against layers that were really built: packages that its constants were not made by.

Replays tests/data/calculator-truth.json.gz (`make calculator-truth`).
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from scripts.fit_calculator import FORMS, ROOT, TARGET, load, make, score

FACTS = load()
PAGE = ROOT / "docs/reference/calculator-model.md"
MAIN = ("apt", "pip compiled", "npm")
LAYERS = tuple(form.name for form in FORMS[:5])


@cache
def scored(name: str) -> dict[str, Any]:
    (form,) = (form for form in FORMS if form.name == name)
    return score(FACTS, form)


@pytest.mark.parametrize("name", MAIN)
def test_at_least_forty_packages_are_foretold_by_what_others_taught(name: str) -> None:
    found = scored(name)
    assert found["rows"] >= 40
    assert found["median"] <= 0.10
    assert found["p90"] <= 0.25


@pytest.mark.parametrize("name", LAYERS)
def test_four_layers_in_five_lie_in_the_interval(name: str) -> None:
    assert 0.75 <= scored(name)["coverage"] <= 0.85


@pytest.mark.parametrize("name", LAYERS)
def test_no_kind_of_layer_is_far_off(name: str) -> None:
    found = scored(name)
    assert found["median"] <= 0.10
    assert found["p90"] <= 0.35


def test_the_shipped_constants_are_those_that_are_fitted() -> None:
    assert json.loads(TARGET.read_text()) == make(FACTS)


@pytest.mark.parametrize("name", ["pip cache", "npm cache"])
def test_caches_are_foretold_by_what_others_taught(name: str) -> None:
    found = scored(name)
    assert found["rows"] >= 8
    assert found["median"] <= 0.25


@pytest.mark.parametrize("name", LAYERS)
def test_the_page_says_what_is_scored(name: str) -> None:
    found = scored(name)
    row = (
        f"| {name} | {found['rows']} | {100 * found['median']:.1f} % "
        f"| {100 * found['p90']:.1f} % | {100 * found['coverage']:.0f} % |"
    )
    assert row in PAGE.read_text()
