from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.analysis.bases.names import BaseKind
from auditor.analysis.bases.own_layers import OwnLayers
from auditor.analysis.bases.swap_model import (
    BIG_PACKAGES_KEPT_RATIO,
    MUSL_EXTRA_BYTES,
    SPREADS,
    moved_bytes,
    predict_swap,
)
from scripts.fit_swap_model import fit, is_fitted, kind_and_libc, own_of, predict

_PAIRS = Path(__file__).parents[2] / "data/swap_pairs.json"
OWN = OwnLayers(30_000_000, 50_000_000, 14_000_000, 5_000_000)


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(_PAIRS.read_text())
    return loaded


def test_with_one_libc_own_layers_stay_as_they_are() -> None:
    assert moved_bytes(OWN, BaseKind.SYSTEM, to_musl=False) == OWN.size_bytes
    predicted = predict_swap(OWN, 20_000_000, BaseKind.RUNTIME, to_musl=False)
    assert predicted.size_bytes == 119_000_000
    assert predicted.low_bytes < predicted.size_bytes < predicted.high_bytes


def test_on_alpine_lists_go_and_on_a_system_base_packages_shrink() -> None:
    assert moved_bytes(OWN, BaseKind.RUNTIME, to_musl=True) == 85_000_000
    assert moved_bytes(OWN, BaseKind.SYSTEM, to_musl=True) == 27_000_000
    assert moved_bytes(OwnLayers(3_000_000), BaseKind.SYSTEM, to_musl=True) == 4_000_000


def within(pairs: list[dict[str, Any]], sizes: list[int]) -> float:
    real = [int(pair["to_bytes"]) for pair in pairs]
    close = [abs(size / one - 1) <= 0.1 for one, size in zip(real, sizes, strict=True)]
    return sum(close) / len(close)


def predicted(pair: dict[str, Any]) -> int:
    kind, to_musl = kind_and_libc(pair)
    return predict_swap(own_of(pair), pair["to_base_bytes"], kind, to_musl=to_musl).size_bytes


def test_real_swaps_of_runtime_bases_are_predicted_within_ten_percent(
    pairs: list[dict[str, Any]],
) -> None:
    runtime = [pair for pair in pairs if kind_and_libc(pair)[0] == BaseKind.RUNTIME]
    assert len(runtime) == 64
    assert within(runtime, [predicted(pair) for pair in runtime]) >= 0.95


def held_out(pairs: list[dict[str, Any]]) -> list[int]:
    """Predictions by constants that were fitted without the pair's family."""
    fitted = [pair for pair in pairs if is_fitted(pair)]
    constants = {
        family: fit([pair for pair in fitted if pair["family"] != family])
        for family in ("python", "ruby", "node", "golang", "kong")
    }
    usual = (BIG_PACKAGES_KEPT_RATIO, MUSL_EXTRA_BYTES)
    return [
        predict(pair, constants.get(pair["family"], usual)) if is_fitted(pair) else predicted(pair)
        for pair in pairs
    ]


def test_held_out_system_bases_are_predicted_clearly_better_than_by_subtraction(
    pairs: list[dict[str, Any]],
) -> None:
    system = [pair for pair in pairs if kind_and_libc(pair)[0] == BaseKind.SYSTEM]
    naive = [p["from_bytes"] - p["from_base_bytes"] + p["to_base_bytes"] for p in system]
    assert len(system) == 254
    assert within(system, held_out(system)) > within(system, naive) + 0.06


def test_the_constants_are_what_the_pairs_say(pairs: list[dict[str, Any]]) -> None:
    fitted = [pair for pair in pairs if is_fitted(pair)]
    assert fit(fitted) == (BIG_PACKAGES_KEPT_RATIO, MUSL_EXTRA_BYTES)
    for pair in fitted:
        assert predict(pair, (BIG_PACKAGES_KEPT_RATIO, MUSL_EXTRA_BYTES)) == predicted(pair)


def test_every_kind_has_a_spread_that_holds_eight_in_ten(pairs: list[dict[str, Any]]) -> None:
    for (kind, to_musl), spread in SPREADS.items():
        mine = [pair for pair in pairs if kind_and_libc(pair) == (kind, to_musl)]
        if mine:
            ratios = [pair["to_bytes"] / predicted(pair) for pair in mine]
            inside = sum(spread.low_ratio <= ratio <= spread.high_ratio for ratio in ratios)
            assert inside / len(mine) >= 0.78
