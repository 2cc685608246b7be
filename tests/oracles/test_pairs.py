"""The comparison itself, with predictions made up."""

from __future__ import annotations

from auditor.domain.manifest import ManifestKind
from auditor.sample.built import BuiltPair, load_built
from tests.oracles.pairs import Prediction, compare, decoded, foretold, shortfalls

ODD = "apt-lists-kept"


def exact(pair: BuiltPair) -> Prediction:
    return Prediction(pair.measured_bytes)


def test_what_is_foretold_exactly_leaves_nothing_to_say() -> None:
    rows = compare(exact)
    assert len(rows) >= 30
    assert {row.error for row in rows} == {0}
    assert shortfalls(rows) == []


def test_predictions_that_are_often_off_fall_short() -> None:
    rows = compare(lambda pair: Prediction(round(pair.measured_bytes * 1.15)))
    assert shortfalls(rows) == ["half of the predictions are 15% off or more"]


def test_one_prediction_that_is_far_off_is_named() -> None:
    rows = compare(lambda pair: Prediction(0) if pair.name == ODD else exact(pair))
    (said,) = shortfalls(rows)
    assert said == f"{ODD}: 0 for {rows[0].measured_bytes:,} bytes (100% off)"


def test_a_prediction_that_said_it_was_unsure_may_be_far_off() -> None:
    unsure = Prediction(0, is_low_confidence=True)
    rows = compare(lambda pair: unsure if pair.name == ODD else exact(pair))
    assert shortfalls(rows) == []


def test_pairs_that_no_rule_looks_for_or_that_releases_show_are_not_compared() -> None:
    left_out = {pair.name for pair in load_built().pairs} - {row.pair for row in compare(exact)}
    assert {"pip-bytecode", "order-python", "two-names"} <= left_out


def test_where_nothing_was_found_nothing_is_foretold() -> None:
    pair = load_built().pairs[0]
    assert foretold(pair, ()) == Prediction(0)


def test_images_can_be_decoded_as_a_crawl_does() -> None:
    for image in load_built().images:
        manifest, config = decoded(image)
        assert manifest.kind is ManifestKind.IMAGE
        layers = [(layer.digest, layer.size_bytes) for layer in manifest.layers]
        assert layers == [(layer.digest, layer.size_bytes) for layer in image.layers]
        assert len(config.diff_ids) == len(layers)
        made = [entry for entry in config.history if not entry.is_empty_layer]
        assert len(made) == len(layers), image.name
